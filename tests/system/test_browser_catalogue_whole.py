"""The administration and the sign-in of operators on the whole system: every process for real."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import eventually, needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.rest import call
from tests.support.system import RunningTakt

pytestmark = [pytest.mark.browser, needs_chromium()]

PASSWORD = "lamp under seven bridges"
BADGE = "04A1B2C3D4"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningTakt]:
    system = RunningTakt(tmp_path / "data", TAKT_HUB_WORKERS="1")
    try:
        yield system.wait_until_ready()
    finally:
        system.stop()


def named(page: Page, *steps: str) -> None:
    """The steps stand so."""
    eventually(lambda: page.locator("#steps .row-name").evaluate_all("all => all.map((one) => one.firstChild.textContent)") == [*steps], 8)


def test_an_administrator_makes_an_operator_and_a_recipe_and_the_operator_signs_in_at_the_bench(
    running: RunningTakt, open_tab: OpenTab
) -> None:
    code = running.wait_for(r"#code=([\w-]+)").group(1)
    token = running.token()
    page = open_tab(f"{running.url}/#code={code}").page
    # An empty Takt asks for its first station.
    page.get_by_label("Its name").fill("Bench 1, left")
    page.get_by_label("Its camera").fill("push")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing to build yet")).to_be_visible()
    assert [one["id"] for one in call(running.url, token, "GET", "/api/v1/stations")] == ["bench-1-left"]
    page.get_by_role("link", name="Administration").click()
    page.get_by_role("button", name="Add an operator").click()
    page.get_by_label("First name").fill("Jana")
    page.get_by_label("PIN or password").fill(PASSWORD)
    page.get_by_label("Badge").fill(BADGE)
    page.get_by_label("Last name").fill("Dvořák")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Jana Dvořák")).to_be_visible()
    page.get_by_role("radio", name="Supervisor").check(force=True)
    expect(page.locator("#undo")).to_contain_text("Jana Dvořák is Supervisor now.")
    page.get_by_role("button", name="Undo").click()
    eventually(lambda: call(running.url, token, "GET", "/operator/1")["msg"]["role"] == "operator")
    page.get_by_role("button", name="Assemblies").click()
    make_recipe(page)
    for step, kind, text in (("Read the serial", "Text is kept", None), ("Check the label", "Text is the same", "serial")):
        add_check(page, step, kind, text)
    page.get_by_role("button", name="Move up Check the label").click()
    expect(page.locator(".refused")).to_contain_text("“Check the label” was not moved. Step 1 “Read the serial” captures serial")
    named(page, "Read the serial", "Check the label", "Close the lid")
    page.get_by_role("button", name="Move up Close the lid").click()
    named(page, "Read the serial", "Close the lid", "Check the label")
    page.get_by_role("button", name="Undo").click()
    named(page, "Read the serial", "Check the label", "Close the lid")
    page.get_by_role("button", name="Delete Check the label").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 check")
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    named(page, "Read the serial", "Close the lid")
    page.get_by_role("button", name="Undo").click()
    named(page, "Read the serial", "Check the label", "Close the lid")
    page.get_by_role("button", name="Delete Check the label").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    named(page, "Read the serial", "Close the lid")
    id_ = assembly_of(running, token)
    assert len(call(running.url, token, "GET", f"/assembly/{id_}/step")["msg"]) == 3
    page.get_by_role("button", name="Settings").click()
    # Going on to something else is the end of the way back.
    eventually(lambda: len(call(running.url, token, "GET", f"/assembly/{id_}/step")["msg"]) == 2)
    page.get_by_role("radio", name="Only what is released").check(force=True)
    eventually(lambda: call(running.url, token, "GET", "/setting/release-control")["msg"]["release_control_enabled"])
    at_the_bench(page)


def add_check(page: Page, step: str, kind: str, text: str | None) -> None:
    """What a step checks: it keeps the text `serial`, or compares it with one that was kept."""
    page.get_by_role("button", name=f"Checks of {step}").click()
    page.get_by_role("button", name="Add a check").click()
    page.get_by_role("radio", name=kind).check(force=True)
    page.keyboard.press("Enter")
    page.get_by_label("What is checked").fill("The serial number")
    if text is None:
        page.get_by_label("Texts that are kept").fill("serial = SN.*")
    else:
        page.get_by_role("checkbox", name=text).check()
    page.get_by_label("Settings, one a line").fill("lamp = on")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#checks .row")).to_contain_text("serial, lamp = on")
    # Changed once more, its settings keep what the hub gave them.
    page.locator("#checks .row").click()
    page.get_by_label("Settings, one a line").fill("lamp = off")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#checks .row")).to_contain_text("serial, lamp = off")
    page.get_by_role("button", name="All steps").click()


def make_recipe(page: Page) -> None:
    """A product with one published version of three steps."""
    for button, name in (("Add a product", "Gearbox"), ("Add a version", "Gearbox")):
        page.get_by_role("button", name=button).click()
        page.get_by_role("dialog").get_by_role("textbox").fill(name)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Publish").click()
    page.get_by_label("Released by").fill("A. Novák")
    page.keyboard.press("Enter")
    expect(page.locator(".version")).to_contain_text("active, published by A. Novák")
    page.get_by_role("button", name="Steps").click()
    for step in ("Read the serial", "Check the label", "Close the lid"):
        page.get_by_role("button", name="Add a step").click()
        page.get_by_label("What is done").fill(step)
        page.keyboard.press("Enter")
        expect(page.locator("#steps")).to_contain_text(step)


def assembly_of(running: RunningTakt, token: str) -> str:
    """The id of the only assembly."""
    (found,) = call(running.url, token, "GET", "/assembly")["msg"]
    return str(found["id"]["id"])


def at_the_bench(page: Page) -> None:
    """Signs in by password and by badge; the lines are signed in anew and stay live."""
    page.get_by_role("link", name="Bench").click()
    page.get_by_role("button", name="Jana Dvořák").click()
    page.keyboard.type("not this one", delay=45)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_have_text("That is not the password. Try again.")
    page.keyboard.type(PASSWORD, delay=45)
    page.keyboard.press("Enter")
    expect(page.locator("#person")).to_have_text("Jana Dvořák")
    expect(page.get_by_role("heading", name="Nothing to build yet")).to_be_visible()
    expect(page.locator("#badge")).to_have_attribute("data-state", "idle")
    page.get_by_role("button", name="Sign out").click()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Who builds?")).to_be_visible()
    page.keyboard.type(BADGE)
    page.keyboard.press("Enter")
    expect(page.locator("#person")).to_have_text("Jana Dvořák")
    # The screen itself is still signed in.
    page.reload()
    expect(page.get_by_role("heading", name="Who builds?")).to_be_visible()
