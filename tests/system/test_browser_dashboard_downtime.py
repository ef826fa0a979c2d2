"""Downtime at the dashboard: recorded, ended, changed, confirmed, and taken back after a slip."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import eventually, needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.dashboard_page import click_bar, faults, opened, row, until
from tests.support.fake_floor import FakeFloor
from tests.support.fake_floor_data import Day, iso, stable, to_ms

pytestmark = [pytest.mark.browser, needs_chromium()]


@pytest.fixture
def floor() -> Iterator[FakeFloor]:
    """A floor on which one machine is down and one is set up for another product."""
    fake = FakeFloor(Day(int(time.time() * 1000), hours=3, cycle_s=150))
    fake.start()
    try:
        yield fake
    finally:
        fake.stop()


def written(floor: FakeFloor) -> list[tuple[str, str, Any]]:
    """What was asked to be changed, by method, the end of the address, and body."""
    return [(method, path.rsplit("/", 1)[-1], body) for method, path, body in floor.requests if "/downtime" in path and method != "GET"]


def open_stop(floor: FakeFloor, name: str) -> dict[str, Any]:
    """The record that lasts at a machine."""
    machine = next(one for one in floor.day.machines if one["name"] == name)
    return next(r for r in floor.day.records.values() if r["machine_id"] == machine["id"] and r["ended_at"] is None)


def shown(floor: FakeFloor, page: Page, name: str) -> dict[str, Any]:
    """Opens the facts of the stop that lasts at a machine."""
    record = open_stop(floor, name)
    click_bar(page, floor.day.tell(record)["id"])
    expect(page.locator("#facts h2")).to_have_text(record["reason"])
    return record


def test_a_downtime_is_recorded_by_keyboard_with_its_reason_from_the_tree(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    row(page, "Press 1").get_by_role("button").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Machine", exact=True)).to_have_value(stable("MACHINE_001"))
    dialog.get_by_label("Find a reason").focus()
    page.keyboard.type("belt")
    expect(dialog.locator("li[data-code]:visible")).to_have_count(2)
    for _ in range(6):
        if page.evaluate("document.activeElement.value") == stable("M2"):
            break
        page.keyboard.press("ArrowDown" if page.evaluate("document.activeElement.type") == "radio" else "Tab")
    page.keyboard.press("Space")
    expect(dialog.get_by_label("In words")).to_have_value("Belt worn")
    expect(dialog.get_by_label("Unplanned")).to_be_checked()
    assert faults(page) == []
    dialog.get_by_label("In words").focus()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("#notice")).to_contain_text("Recorded: Belt worn at Press 1.")
    expect(row(page, "Press 1")).to_have_attribute("data-state", "down")
    ((method, _, body),) = written(floor)
    assert (method, body["reason"], body["category"], body["reason_code_id"], body["ended_at"]) == (
        "POST", "Belt worn", "unplanned", stable("M2"), None,
    )  # fmt: skip
    assert abs(to_ms(body["started_at"]) - floor.now_ms()) < 60_000
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#notice")).to_contain_text("counts nowhere")
    assert written(floor)[1][2] == {"ended_at": next(reversed(floor.day.records.values()))["started_at"], "category": "planned"}
    expect(row(page, "Press 1")).not_to_have_attribute("data-state", "down")


def test_what_the_form_lacks_and_what_the_hub_refuses_is_said_at_the_field(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    page.get_by_role("button", name="Record downtime").click()
    dialog = page.get_by_role("dialog")
    save = dialog.get_by_role("button", name="Record", exact=True)
    save.click()
    expect(dialog.get_by_role("alert")).to_contain_text("Choose a reason")
    expect(dialog.get_by_label("In words")).to_be_focused()
    dialog.get_by_label("In words").fill("Cable torn")
    dialog.get_by_label("It is over").check()
    dialog.get_by_label("Ended", exact=True).fill("2020-01-01T00:00")
    save.click()
    expect(dialog.get_by_role("alert")).to_contain_text("cannot end before it began")
    assert faults(page) == []
    dialog.get_by_label("Began").fill("2020-01-01T00:00")
    floor.refuse_next = (422, {"detail": [{"loc": ["body", "started_at"], "msg": "Older than what is kept.", "type": "value_error"}]})
    save.click()
    expect(dialog.get_by_role("alert")).to_have_text("Older than what is kept.")
    expect(dialog.get_by_label("Began")).to_have_attribute("aria-invalid", "true")
    floor.refuse_next = (404, {"detail": "Machine not found."})
    save.click()
    expect(dialog.get_by_role("alert")).to_have_text("Machine not found.")
    save.click()
    expect(dialog).to_have_count(0)
    # The site's clock: midnight in Prague is eleven in the evening of UTC.
    body = written(floor)[-1][2]
    assert (body["started_at"], body["ended_at"]) == ("2019-12-31T23:00:00.000Z",) * 2


def test_a_stop_that_was_ended_by_mistake_goes_on_as_if_it_had_never_ended(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    record = shown(floor, page, "Mill 1")
    # A nervous second click changes nothing.
    page.get_by_role("button", name="End it now").dblclick()
    expect(page.locator("#notice")).to_contain_text("Ended: Hydraulics leak at Mill 1.")
    expect(row(page, "Mill 1")).not_to_have_attribute("data-state", "down")
    page.get_by_role("button", name="It goes on").click()
    expect(page.locator("#notice")).to_contain_text("as if it had never ended")
    expect(row(page, "Mill 1")).to_have_attribute("data-state", "down")
    assert [(method, path) for method, path, _ in written(floor)] == [("POST", "end"), ("PUT", record["id"])]
    assert written(floor)[1][2] == {"ended_at": None}
    # Later than the notice lasts, the facts of the bar still offer it.
    page.get_by_role("button", name="End it now").click()
    page.locator("#facts").get_by_role("button", name="Open it again").click()
    expect(page.locator("#facts").get_by_role("button", name="End it now")).to_be_visible()
    floor.refuse_next = (409, {"detail": "The downtime has ended already."})
    page.get_by_role("button", name="End it now").click()
    expect(page.locator("#notice")).to_have_text("The downtime has ended already.")


def test_another_reason_is_given_in_the_tree_and_undone(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    record = shown(floor, page, "Mill 1")
    before = {name: record[name] for name in ("reason", "category", "reason_code_id", "ended_at")}
    tree = page.locator("#facts reason-tree")
    expect(tree.get_by_label("Hydraulics leak")).to_be_checked()
    expect(page.get_by_role("button", name="Save this reason")).to_be_hidden()
    tree.get_by_role("button", name="Reasons under Upkeep").click()
    tree.get_by_label("Inspection").check()
    page.get_by_role("button", name="Save this reason").click()
    expect(page.locator("#facts h2")).to_have_text("Inspection")
    expect(page.locator("#facts .badge")).to_have_text("Maintenance")
    expect(row(page, "Mill 1")).to_have_attribute("data-state", "stopped")
    assert written(floor)[0][2] == {"reason_code_id": stable("S2"), "reason": "Inspection", "category": "maintenance"}
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#facts h2")).to_have_text("Hydraulics leak")
    assert {name: floor.day.records[record["id"]][name] for name in before} == before


def test_times_are_changed_in_the_form_and_seconds_that_it_does_not_show_are_kept(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    record = shown(floor, page, "Mill 1")
    began = record["started_at"]
    page.get_by_role("button", name="Change …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Machine", exact=True)).to_be_disabled()
    dialog.get_by_label("In words").fill("Hose burst")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#facts h2")).to_have_text("Hose burst")
    assert to_ms(written(floor)[0][2]["started_at"]) == to_ms(began)


def test_what_a_camera_saw_counts_only_once_it_is_confirmed(floor: FakeFloor, open_tab: OpenTab) -> None:
    start = floor.now_ms() // 1000 * 1000 - 900_000
    label = "No operator"
    floor.day.event("activity_reason", "MACHINE_009", start, start + 600_000, label, "evt_SeenByCamera")
    floor.regions = [{"roi_name": "L2", "roi_title": "Place 9", "line_name": "Line C", "machine_foreign_id": "MACHINE_009"}]
    parts = [{"label_name": "no_operator", "duration_seconds": 480.0}, {"label_name": "waiting", "duration_seconds": 120.0}]
    seen = {"event_id": "98d2a7eb-afa3-496a-b9ea-a14cd49cc7c0", "line_name": "Line C", "roi_name": "L2", "roi_title": "Place 9",
            "roi_api_name": "", "detected_at": iso(start).replace("Z", "+00:00"), "updated_at": iso(start + 600_000),
            "downtime_seconds": 600.0, "downtime_reason": parts}  # fmt: skip
    floor.seen = [seen]
    page = opened(floor, open_tab).page
    until(page, "takt.stops.seen.size > 0")
    click_bar(page, "evt_SeenByCamera")
    facts = page.locator("#facts")
    expect(facts).to_contain_text("Seen by the camera, not confirmed")
    expect(facts).to_contain_text("Place 9")
    expect(facts).to_contain_text("8 min")
    assert faults(page) == []
    facts.get_by_role("button", name="Confirm as a downtime").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("In words")).to_have_value(label)
    dialog.get_by_role("button", name="Confirm").click()
    expect(page.locator("#notice")).to_contain_text("Recorded: No operator")
    body = written(floor)[0][2]
    assert (to_ms(body["started_at"]), to_ms(body["ended_at"])) == (start, start + 600_000)
    assert body["detected_event_id"] == seen["event_id"]


def test_who_may_only_look_is_offered_nothing_to_change(floor: FakeFloor, open_tab: OpenTab) -> None:
    floor.role = "viewer"
    page = opened(floor, open_tab).page
    expect(page.get_by_role("button", name="Record downtime")).to_be_hidden()
    page.keyboard.press("r")
    expect(page.locator("#notice")).to_contain_text("Ask an administrator for the role of operator.")
    shown(floor, page, "Mill 1")
    expect(page.locator("#facts")).to_contain_text("may look, not change")
    expect(page.locator("#facts").get_by_role("button", name="End it now")).to_have_count(0)
    assert faults(page) == []
    eventually(lambda: written(floor) == [])
