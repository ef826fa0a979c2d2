"""A page that watches a unit being built at the fake hub."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.support.browser import LANDSCAPE, Tab
from tests.support.browser_fixtures import OpenTab
from tests.support.fake_hub import FakeHub


def in_step_three(hub: FakeHub) -> None:
    """Two steps are done and the third began."""
    hub.fact("COACHING_STARTED", 1)
    for step in (1, 2):
        hub.fact("STEP_COMPLETE", step, "COMPLETE", ago_s=10)
        hub.fact("STEP_ADVANCE", step + 1)


def coached(hub: FakeHub, open_tab: OpenTab, size: tuple[int, int] = LANDSCAPE, *, dark: bool = False) -> Tab:
    """A page that watches a unit in its third step."""
    in_step_three(hub)
    tab = open_tab(hub.url, size, dark=dark)
    expect(tab.page.locator(".step-name")).to_have_text("Fit the crystal")
    expect(tab.page.locator("live-picture")).to_have_attribute("data-picture", "some")
    expect(tab.page.locator("#badge")).to_contain_text("live")
    hub.wait_for_watchers()
    return tab


def see(hub: FakeHub, page: Page, look: str, **said: Any) -> None:
    """Sends predictions until the screen shows the look."""
    for _ in range(40):
        hub.predict(3, **said)
        if page.locator("#view").get_attribute("data-look") == look:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"the screen never showed {look}")
