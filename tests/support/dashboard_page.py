"""A page with the dashboard, and what the tests ask of it."""

import time
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import LANDSCAPE, Tab
from tests.support.browser_fixtures import OpenTab
from tests.support.fake_floor import FakeFloor
from tests.support.screen_checks import problems

# Read at a desk or on a tablet, not in gloves.
TARGET_PX = 32
TEXT_PX = 14

ALL_READ = "takt.feed.loader.gaps(takt.state.view.toMs - takt.state.view.spanMs, takt.state.view.toMs).length === 0"

# The middle of an event's bar in the page, and whether it is drawn at all.
BAR = """
(id) => {
  const gantt = document.getElementById("gantt"), event = takt.floor.events.get(id);
  const [left, right] = gantt.painter.span(event), box = gantt.canvas.getBoundingClientRect();
  const row = takt.floor.order.findIndex((one) => one.identifier === event.machine);
  const where = gantt.painter.parts[event.type] ?? gantt.painter.parts.main;
  const y = box.top + 30 + row * gantt.rowPx - gantt.scroller.scrollTop + where.top + where.height / 2;
  return { left: box.left + left, right: box.left + right, x: box.left + (left + right) / 2, y };
}
"""


def opened(floor: FakeFloor, open_tab: OpenTab, size: tuple[int, int] = LANDSCAPE, *, dark: bool = False, calm: bool = True) -> Tab:
    """The dashboard, live, with everything read."""
    tab = open_tab(f"{floor.url}/dashboard", size, dark=dark, calm=calm)
    expect(tab.page.locator("body")).to_have_attribute("data-screen", "floor")
    expect(tab.page.locator("body")).to_have_attribute("data-link", "live")
    floor.wait_until_followed()
    until(tab.page, ALL_READ, within_s=20)
    until(
        tab.page,
        "takt.feed.known && document.querySelector('.tile-value').textContent !== '–' && document.querySelector('.pareto-bar') !== null",
    )
    return tab


def until(page: Page, holds: str, within_s: float = 20.0) -> Any:
    """What an expression gives as soon as it gives something. The page's policy forbids Playwright's own waiting, which needs eval."""
    deadline = time.monotonic() + within_s
    while not (found := page.evaluate(holds)):
        assert time.monotonic() < deadline, f"it never came to hold: {holds}"
        page.wait_for_timeout(20)
    return found


def row(page: Page, name: str) -> Locator:
    """The row of a machine."""
    return page.locator("li.row").filter(has=page.get_by_text(name, exact=True))


def view(page: Page) -> dict[str, Any]:
    """The window that is shown."""
    found: dict[str, Any] = page.evaluate("takt.state.view")
    return found


def bar(page: Page, event_id: str) -> dict[str, float]:
    """Where the bar of an event is drawn."""
    found: dict[str, float] = page.evaluate(BAR, event_id)
    return found


def click_bar(page: Page, event_id: str) -> None:
    """Clicks in the middle of a bar."""
    at = bar(page, event_id)
    page.mouse.click(at["x"], at["y"])


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it is now."""
    return problems(page, may_scroll=True, target_px=TARGET_PX, text_px=TEXT_PX)
