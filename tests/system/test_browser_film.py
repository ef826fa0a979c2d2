"""The film of a unit in a real browser: it is played, and each step is one press away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import LANDSCAPE, PORTRAIT, eventually, keep, needs_chromium, scan
from tests.support.browser_fixtures import OpenTab
from tests.support.fake_catalogue import BADGE
from tests.support.fake_films import FakeFilms, make_film
from tests.support.screen_checks import problems

pytestmark = [pytest.mark.browser, needs_chromium()]
BEGINS_S = [0.0, 1.5, 3.0, 4.4, 6.0, 8.0, 10.0, 11.0]
SHOWN = """video => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 8, 8);
  return Math.round((context.getImageData(4, 4, 1, 1).data[0] - 6) / 4);
}"""


@pytest.fixture
def films(tmp_path: Path) -> Iterator[FakeFilms]:
    """A hub whose newest unit was filmed for 12 seconds."""
    hub = FakeFilms(make_film(tmp_path, 60), BEGINS_S)
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


def watch(page: Page) -> None:
    """Signs in and opens the film with the keyboard alone."""
    expect(page.get_by_role("heading", name="Who builds?")).to_be_visible()
    scan(page, BADGE)
    expect(page.locator(".builder")).to_have_text("Jana Dvořák")
    page.get_by_role("button", name="My units").click()
    expect(page.get_by_role("button", name="Watch the film")).to_be_visible()
    assert problems(page) == []
    page.get_by_role("button", name="Watch the film").focus()
    page.keyboard.press("Enter")
    expect(page.locator("video")).to_be_visible()


@pytest.mark.parametrize(("size", "dark"), [(LANDSCAPE, False), (PORTRAIT, True)], ids=["1280x800 light", "820x1180 dark"])
def test_each_step_of_a_film_is_one_press_away(films: FakeFilms, open_tab: OpenTab, size: tuple[int, int], dark: bool) -> None:
    page = open_tab(films.url, size, dark=dark).page
    watch(page)
    video = page.locator("video")
    eventually(lambda: abs(float(video.evaluate("video => video.duration || 0")) - 12.0) < 0.01)
    assert problems(page) == []
    if size == LANDSCAPE:
        keep(page, "film")
    page.locator(".film-step").nth(3).focus()
    page.keyboard.press("Enter")
    # It runs on from there: the fourth step began at 4.4 s, which is picture 22.
    eventually(lambda: 22 <= int(video.evaluate(SHOWN)) <= 59)
    assert float(video.evaluate("video => video.currentTime")) >= 4.4
    video.evaluate("video => { video.pause(); video.currentTime = 1.7; }")
    eventually(lambda: int(video.evaluate(SHOWN)) == 8)
    expect(page.locator(".film-step").nth(1)).to_have_attribute("aria-current", "step")
    page.get_by_role("button", name="Next page").click()
    expect(page.locator(".film-step").last).to_contain_text("0:11")
    assert problems(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator(".unit-button").nth(1).click()
    expect(page.get_by_role("button", name="Watch the film")).to_have_count(0)
    asked = [path for method, path, _ in films.requests if path.endswith("/video")]
    assert len(asked) == 1
