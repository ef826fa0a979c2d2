"""The administration (screens.admin) in a real browser: operators, products and versions, each change with a way back or a warning."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.admin_page import BOTH, check, deleted, fits, opened, undo
from tests.support.browser import LANDSCAPE, PORTRAIT, needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.fake_catalogue import PRODUCT, FakeCatalogue, recipe
from tests.support.fake_hub import ASSEMBLY, assembly

pytestmark = [pytest.mark.browser, needs_chromium()]


@BOTH
def test_what_is_changed_of_an_operator_can_be_taken_back(
    catalogue: FakeCatalogue, open_tab: OpenTab, size: tuple[int, int], dark: bool
) -> None:
    page = opened(catalogue, open_tab, "operators", size, dark=dark)
    jana = catalogue.operators[0]
    fits(page)
    page.get_by_role("radio", name="Supervisor").check(force=True)
    expect(page.locator("#undo")).to_contain_text("Jana Dvořák is Supervisor now.")
    assert jana["role"] == "supervisor"
    # Whoever works with keys stays where they were.
    expect(page.get_by_role("radio", name="Supervisor")).to_be_focused()
    fits(page)
    undo(page, "Supervisor")
    expect(page.get_by_role("radio", name="Operator")).to_be_checked()
    page.get_by_role("button", name="Make inactive").click()
    expect(page.get_by_role("button", name="Make active")).to_be_visible()
    assert jana["active"] is False
    undo(page, "inactive, and signed out")
    expect(page.get_by_role("button", name="Make inactive")).to_be_visible()
    page.get_by_role("button", name="Take away").click()
    undo(page, "has no badge any more")
    expect(page.get_by_role("button", name="Take away")).to_be_visible()
    page.get_by_role("button", name="Rename").click()
    fits(page)
    page.get_by_label("First name").fill("Petr")
    page.get_by_label("Last name").fill("Novák")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").last).to_have_text("Another operator is called so.")
    page.get_by_label("Last name").fill("Dvořák")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Petr Dvořák")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("heading", name="Jana Dvořák")).to_be_visible()
    assert (jana["role"], jana["active"], jana["rfid"], jana["first_name"]) == ("operator", True, "04A1B2C3D4", "Jana")


def test_an_operator_is_added_found_and_given_a_password_with_the_keyboard_alone(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    page = opened(catalogue, open_tab, "operators")
    press_until(page, "Add an operator")
    page.keyboard.press("Enter")
    fits(page)
    page.keyboard.type("Eva")
    page.keyboard.press("Tab")
    page.keyboard.type("Malá")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Eva Malá")).to_be_visible()
    added = catalogue.operators[-1]
    assert (added["first_name"], added["last_name"], added["role"]) == ("Eva", "Malá", "supervisor")
    expect(page.locator(".panel")).to_contain_text("this operator cannot sign in")
    press_until(page, "Set a password")
    page.keyboard.press("Enter")
    page.keyboard.type("123")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").last).to_have_text("A password has 10 to 256 characters.")
    page.keyboard.type(" small blue boats")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="New password")).to_be_visible()
    # Replacing one says what is lost.
    page.get_by_role("button", name="New password").click()
    expect(page.get_by_role("dialog")).to_contain_text("The old password of Eva Malá works no more")
    page.keyboard.press("Escape")
    page.get_by_label("Find").fill("novák")
    expect(page.locator("#operators .row")).to_have_count(1)


def press_until(page: Page, name: str) -> None:
    """Tab until a control of this name has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"{name} is not reached with Tab")


@pytest.mark.parametrize(("size", "dark"), [(LANDSCAPE, False), (PORTRAIT, True)], ids=["1280x800 light", "820x1180 dark"])
def test_versions_are_made_active_published_and_named_and_each_change_can_be_taken_back(
    catalogue: FakeCatalogue, open_tab: OpenTab, size: tuple[int, int], dark: bool
) -> None:
    page = opened(catalogue, open_tab, "assemblies", size, dark=dark)
    versions = catalogue.versions_of[PRODUCT]
    second = page.locator(".version").nth(1)
    fits(page)
    second.get_by_role("button", name="Make active").click()
    expect(second).to_have_attribute("data-active", "true")
    undo(page, "Version 2 is the active one.")
    expect(page.locator(".version").first).to_have_attribute("data-active", "true")
    second.get_by_role("button", name="Publish").click()
    expect(page.get_by_label("Released by")).to_have_value("A. Novák")
    fits(page)
    page.keyboard.press("Enter")
    expect(second).to_contain_text("published by A. Novák")
    undo(page, "Version 2 is published.")
    expect(second).to_contain_text("not published")
    page.locator(".panel-head").get_by_role("button", name="Rename").click()
    page.keyboard.type("Pump")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Pump")).to_be_visible()
    undo(page, "Gearbox cover is called Pump now.")
    expect(page.locator(".panel h2")).to_have_text("Gearbox cover")
    page.get_by_role("button", name="Add a version").click()
    page.keyboard.press("Enter")
    expect(page.locator(".version")).to_have_count(3)
    undo(page, "one version more")
    expect(page.locator(".version")).to_have_count(2)
    assert [(one["active"], one["published"], one["approver"]) for one in versions] == [(True, True, ""), (False, False, "")]


def test_before_a_version_or_step_is_deleted_it_is_named_what_is_lost(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    catalogue.assemblies.append({**assembly(0), "id": recipe(2)["id"]["id"], "start_label": None, "occluded_label": None})
    catalogue.steps_of[recipe(2)["id"]["id"]] = []
    page = opened(catalogue, open_tab, "assemblies")
    page.get_by_role("button", name="Delete version 1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Lost with it: 6 steps and 7 recordings (297 pictures). Records of units that were built stay.")
    expect(dialog).to_contain_text("It is the active one")
    fits(page)
    # Deleting is not one Enter away.
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".version")).to_have_count(2)
    page.get_by_role("button", name="Delete version 2").click()
    expect(dialog).to_contain_text("It has no steps and no pictures yet.")
    dialog.get_by_role("button", name="Delete it").click()
    expect(page.locator(".version")).to_have_count(1)
    undo(page, "Version 2 of Gearbox cover is deleted.")
    expect(page.locator(".version")).to_have_count(2)
    page.get_by_role("button", name="Steps").first.click()
    catalogue.steps_of[ASSEMBLY][2]["step_data"] = [check("serial")]
    page.get_by_role("button", name="Delete Fit the crystal").click()
    expect(dialog).to_contain_text("Lost with it: 1 recording (42 pictures).")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Delete Fit the crystal")).to_be_focused()
    page.get_by_role("button", name="All versions").click()
    page.get_by_role("button", name="Steps").first.click()
    page.get_by_role("button", name="Delete Fit the crystal").click()
    expect(dialog).to_contain_text("1 recording (42 pictures) and 1 check (serial)")
    assert deleted(catalogue) == []


@pytest.mark.parametrize(("size", "dark"), [(LANDSCAPE, False), (PORTRAIT, True)], ids=["1280x800 light", "820x1180 dark"])
def test_release_control_is_switched_and_units_are_filmed_each_with_a_way_back(
    catalogue: FakeCatalogue, open_tab: OpenTab, size: tuple[int, int], dark: bool
) -> None:
    page = open_tab(f"{catalogue.url}/admin#settings", size, dark=dark).page
    expect(page.get_by_role("radio", name="Everything that is trained")).to_be_checked()
    fits(page)
    page.get_by_role("radio", name="Only what is released").check(force=True)
    expect(page.locator("#undo")).to_contain_text("Only what is released is built from now on.")
    expect(page.get_by_role("radio", name="Only what is released")).to_be_focused()
    assert [catalogue.released] == [True]
    undo(page, "Only what is released")
    expect(page.get_by_role("radio", name="Everything that is trained")).to_be_checked()
    assert [catalogue.released] == [False]
    page.get_by_role("button", name="Assemblies").click()
    page.get_by_role("button", name="Film units").first.click()
    expect(page.locator(".version").first).to_contain_text("units are filmed")
    assert catalogue.versions_of[PRODUCT][0]["record_videos"] is True
    undo(page, "Units of version 1 are filmed from the next one on.")
    expect(page.locator(".version").first).not_to_contain_text("units are filmed")


def test_the_way_back_is_there_for_ten_seconds_and_no_longer(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    tab = open_tab(f"{catalogue.url}/sign-in")
    tab.page.clock.install()
    tab.page.goto(f"{catalogue.url}/admin#operators")
    tab.page.get_by_role("button", name="Make inactive").click()
    bar = tab.page.locator("#undo")
    expect(bar).to_contain_text("10 s")
    tab.page.clock.run_for(9_500)
    expect(bar).to_contain_text("1 s")
    tab.page.clock.run_for(1_000)
    expect(bar).to_be_hidden()
    tab.page.keyboard.press("Control+z")
    assert catalogue.operators[0]["active"] is False


def test_each_role_is_offered_what_it_may_change(catalogue: FakeCatalogue, open_tab: OpenTab) -> None:
    catalogue.role = "supervisor"
    page = opened(catalogue, open_tab, "operators")
    expect(page.get_by_role("heading", name="Assemblies")).to_be_visible()
    expect(page.get_by_role("button", name="Operators")).to_have_count(0)
    catalogue.role = "operator"
    page.reload()
    expect(page.get_by_role("heading", name="Only supervisors and administrators")).to_be_visible()
    fits(page)
    catalogue.signed_in = False
    page.reload()
    expect(page.get_by_label("E-mail")).to_be_visible()
