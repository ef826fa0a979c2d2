"""The dashboard when the line to the hub breaks, comes back, or cannot be filled: nothing old ever looks live."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.browser import needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.dashboard_page import faults, opened, row, until
from tests.support.fake_floor import FakeFloor
from tests.support.fake_floor_data import Day, iso

pytestmark = [pytest.mark.browser, needs_chromium()]

WIDTH = "document.getElementById('gantt').painter.span(takt.floor.order.find((row) => row.name === 'Mill 1').running('activity_reason'))[1]"


@pytest.fixture
def floor() -> Iterator[FakeFloor]:
    """A floor of which the clock of the hub is ten minutes ahead of the browser's."""
    fake = FakeFloor(Day(int(time.time() * 1000) + 600_000, hours=2, cycle_s=150))
    fake.clock_ms = 600_000
    fake.start()
    try:
        yield fake
    finally:
        fake.stop()


def reads(floor: FakeFloor) -> int:
    """How often the page read events."""
    return len([path for _, path, _ in floor.requests if path == "/api/v1/events"])


def test_a_cut_is_seen_and_counted_and_what_was_missed_comes_after_it(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab, calm=False).page
    page.get_by_role("button", name="5 min", exact=True).click()
    until(page, "takt.state.view.spanMs === 300000")
    before = reads(floor)
    floor.refusing = True
    floor.cut(1012)
    expect(page.locator("#link-words")).to_contain_text("No connection for")
    expect(page.locator("#badge")).to_contain_text("no connection")
    expect(page.locator("body")).to_have_attribute("data-link", "lost")
    expect(page.get_by_role("button", name="Record downtime")).to_be_disabled()
    assert "grayscale" in page.evaluate("getComputedStyle(document.querySelector('canvas.chart')).filter")
    # Time goes on and the bars do not: nobody knows whether they still grow.
    until(page, "takt.nowMs() - takt.state.clockMs - takt.feed.link.sinceMs > 2000")
    now, end = page.evaluate(f"[document.getElementById('gantt').painter.x(takt.nowMs()), {WIDTH}]")
    assert now - end > 3
    assert faults(page) == []
    seconds = page.locator("#link-words").inner_text()
    page.wait_for_timeout(1100)
    assert page.locator("#link-words").inner_text() != seconds
    stop = next(record for record in floor.day.records.values() if record["ended_at"] is None and record["reason"] == "Hydraulics leak")
    stop["ended_at"] = iso(floor.now_ms())
    floor.tell(floor.day.tell(stop), "finished")
    floor.refusing = False
    page.get_by_role("button", name="Try now").click()
    expect(page.locator("body")).to_have_attribute("data-link", "live")
    expect(page.locator("#link")).to_be_hidden()
    expect(row(page, "Mill 1")).not_to_have_attribute("data-state", "down")
    assert reads(floor) == before, "the position was enough; nothing was read again"


def test_a_stream_that_cannot_be_filled_is_read_anew(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    before = reads(floor)
    floor.refusing = True
    floor.cut(1012)
    expect(page.locator("#link")).to_be_visible()
    gone = next(id_ for id_, event in floor.day.events.items() if event["type"] == "cycle" and event["to"] is None)
    del floor.day.events[gone], floor.day.spans[gone]
    floor.epoch, floor.offset, floor.told = "e2", 5, []
    floor.refusing = False
    expect(page.locator("body")).to_have_attribute("data-link", "live")
    until(page, f"takt.floor.events.size > 0 && !takt.floor.events.has('{gone}')")
    assert reads(floor) > before
    floor.tell(floor.day.event("cycle", "MACHINE_010", floor.now_ms(), None, "After it", "evt_AfterNewEpoch"), "started")
    until(page, "takt.floor.events.has('evt_AfterNewEpoch')")


def test_the_hubs_clock_counts_not_the_browsers(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    ahead = page.evaluate("takt.nowMs() - Date.now()")
    assert ahead == pytest.approx(600_000, abs=500)
    words = row(page, "Mill 1").locator(".row-state").inner_text()
    assert words.startswith(("46 min", "47 min", "45 min")), words


def test_a_refused_account_is_told_so(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    floor.cut(4403)
    expect(page.locator("#link-words")).to_contain_text("Not connected. Your account may not watch")
    floor.signed_in = False
    page = open_tab(f"{floor.url}/dashboard").page
    page.wait_for_url("**/sign-in?to=%2Fdashboard")
