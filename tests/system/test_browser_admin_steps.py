"""The steps of a version in the administration, in a real browser: their order, what they check, and deleting them."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.admin_page import BOTH, check, deleted, fits, numbered, opened_steps, undo
from tests.support.browser import PORTRAIT, eventually, keep, needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.fake_catalogue import FakeCatalogue
from tests.support.fake_hub import ASSEMBLY

pytestmark = [pytest.mark.browser, needs_chromium()]

REFUSED = "Step 3 captures “serial”, which step 4 verifies: it has to stay before it."


def test_what_is_deleted_comes_back_with_all_it_had_until_the_next_change_or_until_the_page_is_left(
    catalogue: FakeCatalogue, open_tab: OpenTab
) -> None:
    page = opened_steps(catalogue, open_tab)
    rows = page.locator("#steps li")

    def delete(name: str) -> None:
        page.get_by_role("button", name=f"Delete {name}").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete it").click()

    delete("Fit the gasket")
    expect(rows).to_have_count(5)
    # Whoever works with keys goes on at the row that took its place.
    expect(rows.nth(1).locator(".row")).to_be_focused()
    undo(page, "“Fit the gasket” is deleted.")
    expect(rows).to_have_count(6)
    assert deleted(catalogue) == []
    delete("Fit the gasket")
    expect(rows).to_have_count(5)
    # The next change goes by an order in which the step is gone.
    page.get_by_role("button", name="Move up Fit the crystal").click()
    expect(page.locator("#undo")).to_contain_text("“Fit the crystal” is step 1 now.")
    moves = [path for method, path, body in catalogue.requests if method == "DELETE" or (method == "PUT" and body)]
    assert [path.rsplit("/", 1)[1] for path in moves] == ["2", "3"]
    delete("Stick the label")
    expect(page.locator("#undo")).to_contain_text("“Stick the label” is deleted.")
    page.get_by_role("link", name="Bench").click()
    eventually(lambda: deleted(catalogue) == ["2", "6"])


def test_a_step_whose_text_a_later_one_compares_is_not_deleted_and_it_is_said_why(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    steps = catalogue.steps_of[ASSEMBLY]
    steps[2]["step_data"], steps[4]["step_data"] = [check("serial")], [check("serial", "ocr-verify")]
    page = opened_steps(catalogue, open_tab)
    page.get_by_role("button", name="Delete Fit the crystal").click()
    refused = "“Fit the crystal” was not deleted. Step 5, “Fit both screws”, compares the text “serial” that this step keeps."
    expect(page.get_by_role("alert").first).to_contain_text(refused)
    expect(page.get_by_role("dialog")).to_have_count(0)


@BOTH
def test_what_a_step_checks_is_added_changed_and_deleted_and_each_change_can_be_taken_back(
    catalogue: FakeCatalogue, open_tab: OpenTab, size: tuple[int, int], dark: bool
) -> None:
    page = opened_steps(catalogue, open_tab, size, dark=dark)
    page.get_by_role("button", name="Checks of Fit the gasket").click()
    expect(page.get_by_role("heading", name="Step 2, Fit the gasket")).to_be_visible()
    checks = catalogue.steps_of[ASSEMBLY][1]["step_data"]
    add(page, "Text is kept")
    fits(page)
    page.get_by_label("What is checked").fill("Serial number")
    page.get_by_label("Texts that are kept").fill("serial = SN-.*\nbatch")
    page.get_by_label("Settings, one a line").fill("no equals sign")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("“no equals sign” needs a name, then =, then its value.")
    page.get_by_label("Settings, one a line").fill("lamp = on")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#checks .row")).to_contain_text("Text is kept, serial, batch, lamp = on")
    assert checks[0]["ocr_capture_variable_info"] == [{"name": "serial", "value": "SN-.*"}, {"name": "batch", "value": ""}]
    assert checks[0]["step_data_info"] == [{"name": "lamp", "value": "on"}]
    checks[0]["step_data_info"][0] |= {"id": "91", "link": "/lamp"}
    page.locator("#checks .row").click()
    page.get_by_label("Settings, one a line").fill("lamp = off")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#checks .row")).to_contain_text("lamp = off")
    page.get_by_role("button", name="Delete Serial number").click()
    expect(page.locator("#checks .row")).to_have_count(0)
    undo(page, "“Serial number” is not checked any more.")
    expect(page.locator("#checks .row")).to_have_count(1)
    fits(page)
    page.get_by_role("button", name="All steps").click()
    expect(page.locator("#steps .row").nth(1)).to_contain_text("1 check")


def add(page: Page, kind: str) -> None:
    """Begins a check of a kind, with the keyboard from the button on."""
    page.get_by_role("button", name="Add a check").click()
    page.get_by_role("radio", name=kind).check(force=True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text(f"Add: {kind}")


def test_a_wrench_and_a_comparison_are_set_up_as_the_hub_takes_them(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    catalogue.steps_of[ASSEMBLY][0]["step_data"] = [check("serial")]
    page = opened_steps(catalogue, open_tab)
    page.get_by_role("button", name="Checks of Fit the gasket").click()
    add(page, "Torque")
    page.get_by_label("What is checked").fill("Four screws")
    page.get_by_label("Unit").fill("Nm")
    page.get_by_label("May be off by").fill("0.25")
    page.get_by_label("Settings, one a line").fill("parameter_set = 12\ntool = left")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#checks .row")).to_contain_text("Torque, ± 0.25 Nm, parameter_set = 12, tool = left")
    add(page, "Text is the same")
    page.get_by_label("What is checked").fill("The same unit")
    page.get_by_role("checkbox", name="serial").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#checks .row")).to_have_count(2)
    torque, compared = catalogue.steps_of[ASSEMBLY][1]["step_data"]
    assert (torque["units"], torque["tolerance"], torque["torque_data"]) == ("Nm", 0.25, {"parameter_set": 12, "tool": "left"})
    assert (compared["data_type"], compared["ocr_capture_variable_info"]) == ("ocr-verify", [{"name": "serial"}])


def test_steps_are_put_in_order_by_dragging_by_keys_and_by_touch_and_put_back(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    page = opened_steps(catalogue, open_tab)
    fits(page)
    before = numbered(page)
    drag(page, 3, 0)
    expect(page.locator("#undo")).to_contain_text("“Press the cover” is step 1 now.")
    keep(page, "admin")
    assert numbered(page) == [before[3], *before[:3], *before[4:]]
    undo(page, "step 1 now")
    expect(page.locator("#steps .row-name").first).to_contain_text(before[0])
    assert [one["name"] for one in catalogue.steps_of[ASSEMBLY]] == before
    page.get_by_role("button", name="Move down Lay the base plate").click()
    expect(page.locator("#steps .row-name").first).to_contain_text("Fit the gasket")
    expect(page.get_by_role("button", name="Move down Lay the base plate")).to_be_focused()
    # Quicker than the hub answers: each press counts.
    for _ in range(3):
        page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#undo")).to_contain_text("“Lay the base plate” is step 5 now.")
    assert numbered(page)[4] == "Lay the base plate"
    asked = [body for body in catalogue.asked("PUT", f"/assembly/{ASSEMBLY}/step/1") if body]
    assert asked == [{"previous_step_id": str(n), "next_step_id": str(n + 1)} for n in (2, 3, 4, 5)]


def drag(page: Page, row: int, onto: int) -> None:
    """Drags a step by its dots to the place of another."""
    grip = page.locator("#steps .grip").nth(row).bounding_box()
    goal = page.locator("#steps li").nth(onto).bounding_box()
    assert grip is not None
    assert goal is not None
    page.mouse.move(grip["x"] + 20, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(grip["x"] + 20, goal["y"] + 4, steps=5)
    expect(page.locator("#steps li[data-gap=before]")).to_have_count(1)
    page.mouse.up()


def test_a_move_that_is_refused_is_explained_and_changes_nothing(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    page = opened_steps(catalogue, open_tab, PORTRAIT)
    before = numbered(page)
    catalogue.refuse_move = REFUSED
    page.get_by_role("button", name="Move down Fit the crystal").click()
    expect(page.get_by_role("alert").first).to_have_text(f"“Fit the crystal” was not moved. {REFUSED}")
    eventually(lambda: numbered(page) == before)
    expect(page.locator("#undo")).to_be_hidden()
    fits(page)


def test_a_step_is_added_and_changed_and_both_can_be_taken_back(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    page = opened_steps(catalogue, open_tab)
    page.get_by_role("button", name="Add a step").click()
    fits(page)
    page.keyboard.type("Close the lid")
    page.keyboard.press("Enter")
    expect(page.locator("#steps li")).to_have_count(7)
    undo(page, "“Close the lid” is added.")
    expect(page.locator("#steps li")).to_have_count(6)
    page.locator("#steps .row").first.click()
    page.get_by_label("Seconds it should take").fill("31.5")
    page.get_by_label("Least confidence").fill("72")
    page.keyboard.press("Enter")
    expect(page.locator("#steps .row-name").first).to_contain_text("31.5 s")
    first = catalogue.steps_of[ASSEMBLY][0]
    assert (first["name"], first["benchmark"], first["minimum_predict"]) == ("Lay the base plate", 31.5, 0.72)
    undo(page, "is changed")
    expect(page.locator("#steps .row-name").first).to_contain_text("12 s")
