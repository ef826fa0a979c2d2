"""The screens on the whole system: every process for real, only the camera is the test's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from clients.demo.bench import ComposedBench
from clients.demo.scenes import Scene
from tests.support.browser import eventually, needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.pushed_camera import PushedCamera
from tests.support.rest import call
from tests.support.system import RunningTakt, takt

pytestmark = [pytest.mark.browser, needs_chromium()]

STATION = "bench-1"
PASSWORD = "lamp under seven bridges"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningTakt]:
    system = RunningTakt(tmp_path / "data", TAKT_HUB_WORKERS="1")
    try:
        yield system.wait_until_ready()
    finally:
        system.stop()


def record(page: Page, ms: int = 2200) -> None:
    """Holds Space until enough is taken."""
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(400)
    page.keyboard.down("Space")
    page.wait_for_timeout(ms)
    page.keyboard.up("Space")
    expect(page.locator(".told")).to_contain_text("pictures taken")


def test_somebody_teaches_takt_two_steps_in_the_browser_and_an_operator_is_coached_through_them(
    running: RunningTakt, open_tab: OpenTab
) -> None:
    added = takt(running.data_dir, "station", "add", STATION, "--camera", "push")
    assert added.returncode == 0, added.stderr
    code = running.wait_for(r"#code=([\w-]+)").group(1)
    person = {"first_name": "A.", "last_name": "Novák", "password": PASSWORD, "rfid": "04A1B2C3D4"}
    call(running.url, running.token(), "POST", "/operator", person)
    bench = ComposedBench(Scene("bench"), seed=11)
    start, first, second, *_, hands = bench.lessons
    with PushedCamera(running.url, running.token(), STATION) as camera:
        camera.show(bench.lesson(start))
        page = open_tab(f"{running.url}/train#code={code}").page
        page.get_by_label("Its name").fill("Two parts")
        page.keyboard.press("Enter")
        expect(page.locator("live-picture")).to_have_attribute("data-picture", "some")
        record(page)
        for lesson in (first, second):
            camera.show(bench.lesson(lesson))
            page.get_by_role("button", name="Add a step").click()
            page.get_by_label("What is done in it?").fill(lesson.name)
            page.keyboard.press("Enter")
            expect(page.locator(".target-title")).to_contain_text(lesson.name)
            record(page)
        camera.show(bench.lesson(hands))
        page.get_by_role("button", name="Hands in the way").click()
        record(page)
        camera.show(bench.lesson(start))
        page.locator("#train").click()
        expect(page.get_by_role("heading", name="Version 1")).to_be_visible(timeout=40_000)
        expect(page.locator(".result-words")).to_contain_text("named rightly")
        page.get_by_role("link", name="Try it at the bench").click()
        page.get_by_role("button", name="A. Novák").first.click()
        page.get_by_label("PIN or password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Start").click()
        expect(page.locator(".step-name")).to_have_text(first.name)
        expect(page.locator("#badge")).to_contain_text("ms")
        camera.show(bench.lesson(hands))
        eventually(lambda: page.locator("#view").get_attribute("data-look") == "hands", 10)
        camera.show(bench.lesson(first))
        expect(page.locator(".step-name")).to_have_text(second.name)
        camera.show(bench.lesson(second))
        expect(page.get_by_role("heading", name="Unit complete")).to_be_visible(timeout=15_000)
        expect(page.locator(".facts")).to_contain_text("2 of 2")
        page.get_by_role("button", name="Another assembly").click()
        page.get_by_role("button", name="My units").click()
        expect(page.locator(".unit-title")).to_have_text("Two parts")
        expect(page.locator(".history-bars .bar-name")).to_have_text([f"1  {first.name}", f"2  {second.name}"])
