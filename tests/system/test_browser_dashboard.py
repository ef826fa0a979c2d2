"""The dashboard in a real browser: the floor as it is, moved through by mouse, touch and keys."""

import os
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import LANDSCAPE, PORTRAIT, needs_chromium, scan
from tests.support.browser_fixtures import OpenTab
from tests.support.dashboard_page import ALL_READ, click_bar, faults, opened, row, until, view
from tests.support.fake_floor import FakeFloor
from tests.support.fake_floor_data import Day
from tests.support.system import ROOT

pytestmark = [pytest.mark.browser, needs_chromium()]

HOUR_MS = 3_600_000


@pytest.fixture
def floor() -> Iterator[FakeFloor]:
    """A floor of twelve machines, of which two stand still."""
    fake = FakeFloor(Day(int(time.time() * 1000), hours=5, cycle_s=120))
    fake.start()
    try:
        yield fake
    finally:
        fake.stop()


def middle(page: Page) -> tuple[float, float]:
    """The middle of the chart."""
    box = page.locator("canvas.chart").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + 200


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT], ids=["1280x800", "820x1180"])
def test_the_floor_is_readable_in_every_size_and_light(floor: FakeFloor, open_tab: OpenTab, size: tuple[int, int], dark: bool) -> None:
    page = opened(floor, open_tab, size, dark=dark).page
    expect(page.locator("li.row")).to_have_count(12)
    expect(page.locator("#summary")).to_contain_text("1 down")
    if os.environ.get("TAKT_KEEP_SCREENSHOTS") and size == LANDSCAPE and not dark:
        page.screenshot(path=ROOT / "docs" / "images" / "dashboard.png")
    expect(row(page, "Mill 1")).to_have_attribute("data-state", "down")
    expect(row(page, "Mill 1")).to_contain_text("Hydraulics leak")
    expect(row(page, "Test bench 1")).to_have_attribute("data-state", "stopped")
    expect(page.locator(".devices")).to_contain_text("92.31 %")
    expect(page.locator(".tile").nth(2)).to_contain_text("25 min")
    page.locator(".method summary").click()
    expect(page.locator(".method")).to_contain_text("repair time of unplanned and maintenance records")
    assert faults(page) == []
    stop = next(record for record in floor.day.records.values() if record["ended_at"] is None)
    click_bar(page, floor.day.tell(stop)["id"])
    expect(page.locator("#facts")).to_contain_text(stop["reason"])
    assert faults(page) == []
    page.get_by_role("button", name="Record downtime").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    floor.refusing = True
    floor.cut(1012)
    expect(page.locator("#link")).to_contain_text("No connection for")
    assert faults(page) == []


def test_what_happens_is_seen_at_once_and_a_bar_in_flight_grows(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    page.get_by_role("button", name="5 min", exact=True).click()
    now = floor.now_ms()
    started = floor.day.event("cycle", "MACHINE_010", now - 40_000, None, "PART-X", "evt_GrowingBar01")
    floor.tell(started, "started")
    expect(row(page, "Lathe 2")).to_contain_text("Running")
    until(page, "takt.floor.events.has('evt_GrowingBar01')")
    width = "document.getElementById('gantt').painter.span(takt.floor.events.get('evt_GrowingBar01')).reduce((left, right) => right - left)"
    before = until(page, width)
    until(page, f"{width} > {before + 1}")
    finished = floor.day.event("cycle", "MACHINE_010", now - 40_000, now - 30_000, "PART-X", "evt_GrowingBar01")
    floor.tell(finished, "finished")
    expect(row(page, "Lathe 2")).to_contain_text("Idle")
    new = floor.day.event("cycle", "STATION_X", now - 5000, None, "Unit", "evt_NewMachine01")
    floor.tell(new, "started")
    expect(row(page, "STATION_X")).to_contain_text("Running")


def test_wheel_drag_pinch_and_buttons_move_through_time(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    x, y = middle(page)
    page.mouse.move(x, y)
    for _ in range(12):
        page.mouse.wheel(0, -400)
    until(page, "takt.state.view.spanMs === 300000 && takt.state.view.follow")
    for _ in range(16):
        page.mouse.wheel(0, 400)
    until(page, "takt.state.view.spanMs === 86400000")
    page.get_by_role("button", name="1 h", exact=True).click()
    before = view(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y, steps=4)
    page.mouse.up()
    until(page, "!takt.state.view.follow")
    assert before["toMs"] - 0.6 * HOUR_MS < view(page)["toMs"] < before["toMs"] - 0.1 * HOUR_MS
    expect(page.locator("#facts")).to_be_hidden()
    # Away from now, what is under the pointer stays there.
    under = "(x) => { const p = document.getElementById('gantt').painter; return p.from + x / p.perMs; }"
    left = page.locator("canvas.chart").bounding_box()["x"]  # type: ignore[index]
    at = page.evaluate(under, x + 100 - left)
    page.mouse.move(x + 100, y)
    page.mouse.wheel(0, -300)
    until(page, "takt.state.view.spanMs < 3000000")
    page.wait_for_timeout(60)
    assert page.evaluate(under, x + 100 - left) == pytest.approx(at, abs=2000)
    page.get_by_role("button", name="Earlier").click()
    page.get_by_role("button", name="Jump to now").click()
    until(page, "takt.state.view.follow")
    pinch(page, x, y)
    until(page, "takt.state.view.spanMs < 2000000")


def pinch(page: Page, x: float, y: float) -> None:
    """Two fingers that move apart."""
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, apart: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 40)
    for apart in (60, 90, 130):
        fingers("touchMove", apart)
    fingers("touchEnd", 0)


def test_the_floor_leads_to_the_screens_that_a_person_may_open(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    links = page.get_by_role("navigation", name="Other screens").get_by_role("link")
    expect(links).to_have_text(["Bench", "Teach", "Administration"])
    assert links.evaluate_all("all => all.map((one) => one.getAttribute('href'))") == ["/", "/train", "/admin"]
    floor.role = "operator"
    page.reload()
    expect(links).to_have_text(["Bench"])


def test_everything_works_by_keyboard_alone(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    keys = page.keyboard
    page.locator("canvas.chart").focus()
    keys.press("+")
    keys.press("+")
    until(page, "takt.state.view.spanMs === 3600000")
    keys.press("ArrowLeft")
    until(page, "!takt.state.view.follow")
    keys.press("n")
    until(page, "takt.state.view.follow")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(row(page, "Mill 1").get_by_role("button")).to_have_attribute("aria-pressed", "true")
    keys.press(",")
    expect(page.locator("#facts")).to_contain_text("Hydraulics leak")
    expect(page.locator("#said")).to_contain_text("Mill 1: Stop: Hydraulics leak")
    keys.press(",")
    expect(page.locator("#facts h2")).not_to_have_text("Hydraulics leak")
    keys.press(".")
    expect(page.locator("#facts h2")).to_have_text("Hydraulics leak")
    keys.press("Enter")
    expect(page.locator("#facts h2")).to_be_focused()
    keys.press("Escape")
    expect(page.locator("#facts")).to_be_hidden()
    expect(page.locator("canvas.chart")).to_be_focused()
    keys.press("5")
    expect(page.get_by_role("button", name="Reasons")).to_have_attribute("aria-pressed", "false")
    # The machines are one stop of the Tab key.
    keys.press("Tab")
    expect(row(page, "Lathe 1").get_by_role("button")).to_be_focused()
    keys.press("ArrowDown")
    expect(row(page, "Mill 1").get_by_role("button")).to_be_focused()
    keys.press("Tab")
    expect(page.get_by_label("Days of MTTR and MTBF")).to_be_focused()
    keys.press("Shift+Tab")
    # What a scanner types is no wish.
    scan(page, "PRN5+R")
    page.wait_for_timeout(150)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Reasons")).to_have_attribute("aria-pressed", "false")
    keys.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("jump to now")
    assert faults(page) == []
    keys.press("Escape")
    keys.press("r")
    expect(page.get_by_role("dialog")).to_contain_text("Record a downtime")
    expect(page.get_by_label("Machine", exact=True)).to_be_focused()


def test_a_window_that_follows_reads_each_hour_before_it_comes(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    page.evaluate("takt.state.clockMs += 3 * 3600e3")
    until(page, f"takt.state.view.toMs > Date.now() + 2.5 * 3600e3 && {ALL_READ}")
    ahead = "Math.floor((takt.state.view.toMs + 600e3) / 3600e3) * 3600e3"
    until(page, f"takt.feed.loader.keeps({ahead}, {ahead})")


def test_overlays_are_switched_off_and_stay_off(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    drawn = "Number(document.getElementById('gantt').dataset.drawn)"
    before = page.evaluate(drawn)
    page.get_by_role("button", name="Steps").click()
    page.get_by_role("button", name="Parts").click()
    until(page, f"{drawn} < {before}")
    page.reload()
    expect(page.get_by_role("button", name="Steps")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("button", name="Cycles")).to_have_attribute("aria-pressed", "true")


def test_a_reason_of_the_pareto_points_out_its_bars_and_a_machine_narrows_the_figures(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    reason = page.locator(".pareto-bar").filter(has_text="Hydraulics leak")
    reason.click()
    until(page, "takt.state.highlight === 'Hydraulics leak'")
    expect(reason).to_have_attribute("aria-pressed", "true")
    row(page, "Mill 1").get_by_role("button").click()
    expect(page.locator("#tiles h2")).to_have_text("Mill 1")
    expect(page.locator(".tile").nth(3)).to_contain_text("> 813 h")
    expect(page.locator(".tile").nth(3)).to_contain_text("no failure yet")
    share = row(page, "Mill 1").locator(".row-share").inner_text()
    expect(page.locator(".tile-value").first).to_have_text(share)


def test_a_state_in_the_header_shows_only_its_machines(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    down = page.locator("#summary").get_by_role("button", name="down")
    down.focus()
    page.keyboard.press("Enter")
    expect(page.locator("li.row")).to_have_count(1)
    expect(page.locator("li.row")).to_contain_text("Mill 1")
    assert faults(page) == []
    down.click()
    expect(page.locator("li.row")).to_have_count(12)


def test_on_paper_there_are_all_machines_in_light_colours_and_no_buttons(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab, dark=True).page
    page.emulate_media(media="print")
    expect(page.locator("html")).to_have_attribute("data-printing", "yes")
    expect(page.get_by_role("button", name="Record downtime")).to_be_hidden()
    heights = page.evaluate("[document.getElementById('gantt').clientHeight, document.querySelector('.rows').scrollHeight]")
    assert heights[0] >= heights[1] > 300
    assert page.evaluate("getComputedStyle(document.getElementById('tiles')).backgroundColor") == "rgb(255, 255, 255)"
    page.emulate_media(media="screen")
    expect(page.locator("html")).to_have_attribute("data-printing", "no")


def test_fifty_machines_with_two_thousand_events_each_are_drawn_by_pixels_not_by_events(
    open_tab: OpenTab, record_property: Callable[[str, object], None]
) -> None:
    fake = FakeFloor(Day(int(time.time() * 1000), count=50, hours=24, cycle_s=168))
    fake.start()
    try:
        page = opened(fake, open_tab, calm=False).page
        page.get_by_role("button", name="Day").click()
        until(page, ALL_READ, within_s=20)
        known = page.evaluate("takt.floor.events.size")
        assert known > 90_000
        measured = page.evaluate(MEASURE_FRAMES)
        for name, value in measured.items():
            record_property(name, value)
        print({"events": known, **measured})
        # A row has some six hundred columns and six kinds: more shapes than columns would mean that events are drawn that nobody sees.
        rows = page.evaluate("Math.ceil(document.querySelector('.rows-scroll').clientHeight / document.getElementById('gantt').rowPx) + 1")
        assert measured["most_shapes"] < rows * 6 * 650
        assert page.evaluate("document.getElementById('gantt').rowPx") == 32
    finally:
        fake.stop()


# Zooms from a day to five minutes and back, and pans, one step a frame; times are between frames, and of drawing alone.
MEASURE_FRAMES = """
async () => {
  const gantt = document.getElementById("gantt"), frames = [], draws = [];
  const paint = gantt.painter.paint.bind(gantt.painter);
  gantt.painter.paint = (scene) => { const t = performance.now(); paint(scene); draws.push(performance.now() - t); };
  let shapes = 0, last = 0;
  for (let n = 0; n < 120; n++) {
    const move = n < 50 ? { zoom: 0.89, share: 0.6 } : n < 100 ? { zoom: 1.12, share: 0.4 } : { pan: n % 2 ? -0.07 : 0.07 };
    gantt.dispatchEvent(new CustomEvent("move", { detail: move }));
    const at = await new Promise((resolve) => requestAnimationFrame(resolve));
    if (last) frames.push(at - last);
    last = at;
    shapes = Math.max(shapes, gantt.painter.drawn);
  }
  const share = (list, part) => Math.round(10 * [...list].sort((a, b) => a - b)[Math.floor(part * (list.length - 1))]) / 10;
  return { frame_ms_median: share(frames, 0.5), frame_ms_p95: share(frames, 0.95), draw_ms_median: share(draws, 0.5),
           draw_ms_p95: share(draws, 0.95), most_shapes: shapes };
}
"""


def test_a_floor_that_cannot_be_read_says_so_and_is_read_when_asked_again(floor: FakeFloor, open_tab: OpenTab) -> None:
    floor.refusing = True
    page = open_tab(f"{floor.url}/dashboard").page
    expect(page.get_by_role("heading", name="Takt does not answer")).to_be_visible()
    expect(page.locator("#page")).to_contain_text("The store does not answer.")
    floor.refusing = False
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("body")).to_have_attribute("data-screen", "floor")
    expect(page.locator("li.row")).to_have_count(12)


def test_a_floor_without_machines_says_how_to_add_one(floor: FakeFloor, open_tab: OpenTab) -> None:
    floor.day = Day(floor.now_ms(), count=0)
    page = open_tab(f"{floor.url}/dashboard").page
    expect(page.locator(".no-machines")).to_contain_text("Add one with POST /api/v1/machines")
    page.get_by_role("button", name="Record downtime").click()
    expect(page.locator("#notice")).to_contain_text("There is no machine yet.")
    assert faults(page) == []


def test_a_click_where_nothing_happened_chooses_the_machine_alone(floor: FakeFloor, open_tab: OpenTab) -> None:
    page = opened(floor, open_tab).page
    for overlay in ("Orders", "Shifts"):
        page.get_by_role("button", name=overlay).click()
    stopped = floor.now_ms() - 20 * 60_000
    x = page.evaluate(
        "(ms) => { const p = document.getElementById('gantt').painter; return p.x(ms) + p.canvas.getBoundingClientRect().left; }", stopped
    )
    box = row(page, "Lathe 2").bounding_box()
    assert box is not None
    page.mouse.click(x, box["y"] + box["height"] / 2)
    expect(row(page, "Lathe 2").get_by_role("button")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#facts")).to_be_hidden()
