"""Parts of the dashboard that hold no state: the zone's clock, the order of events, the figures; run in the browser that runs them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.support.browser import needs_chromium
from tests.support.browser_fixtures import OpenTab
from tests.support.fake_floor import FakeFloor

pytestmark = [pytest.mark.browser, needs_chromium()]


@pytest.fixture
def page(open_tab: OpenTab) -> Iterator[Page]:
    """A page of the same origin."""
    fake = FakeFloor()
    fake.start()
    try:
        yield open_tab(f"{fake.url}/dashboard").page
    finally:
        fake.stop()


def test_the_axis_stands_on_whole_hours_of_the_site_on_days_of_23_and_25_hours(page: Page) -> None:
    marks = page.evaluate(
        """async () => {
          const { Zone } = await import("/static/dashboard/chart/zone.js");
          const zone = new Zone("Europe/Prague");
          const day = (from, hours) => zone.ticks(Date.parse(from), Date.parse(from) + hours * 3600e3, 640).map(({ label }) => label);
          return [day("2026-03-28T23:00:00Z", 23), day("2026-10-24T22:00:00Z", 25), day("2026-06-01T08:00:00Z", 0.05)];
        }"""
    )
    hours = [f"{hour:02d}:00" for hour in range(3, 24, 3)]
    assert marks[0] == ["Sun 29 Mar", *hours, "Mon 30 Mar"]
    assert marks[1] == ["Sun 25 Oct", *hours, "Mon 26 Oct"]
    assert marks[2] == ["10:00:00", "10:00:30", "10:01:00", "10:01:30", "10:02:00", "10:02:30", "10:03:00"]


def test_a_time_that_is_typed_means_the_sites_clock_also_when_it_is_set(page: Page) -> None:
    typed = page.evaluate(
        """async () => {
          const { Zone } = await import("/static/dashboard/chart/zone.js");
          const zone = new Zone("Europe/Prague");
          const read = (text) => new Date(zone.fromField(text)).toISOString().slice(0, 16);
          return [read("2026-07-01T12:00"), read("2026-12-01T12:00"), read("2026-10-25T02:30"), read("2026-03-29T02:30"),
                  zone.fromField("nonsense"), zone.toField(Date.parse("2026-10-25T00:30:00Z")), new Zone("Asia/Kolkata").time(0)];
        }"""
    )
    assert typed == ["2026-07-01T10:00", "2026-12-01T11:00", "2026-10-25T00:30", "2026-03-29T01:30", None, "2026-10-25T02:30", "05:30"]


def test_a_window_finds_exactly_what_touches_it_however_late_long_or_edited(page: Page) -> None:
    wrong = page.evaluate(
        """async () => {
          const { Lane } = await import("/static/dashboard/floor/lane.js");
          let seed = 5;
          const chance = (n) => (seed = (seed * 48271) % 2147483647) % n;
          const wrong = [];
          for (let round = 0; round < 60; round++) {
            const lane = new Lane();
            for (let n = 0; n < 80; n++) {
              const from = chance(1000);
              lane.add({ id: String(n), fromMs: from, toMs: [null, from, from + chance(30), from + chance(900)][chance(4)] });
              if (n % 9 === 0) { lane.events[chance(lane.events.length)].toMs = 1000 + chance(50); lane.changed(); }
            }
            const from = chance(1000), to = from + 1 + chance(300), found = [];
            lane.each(from, to, (event) => found.push(event.id));
            const wanted = lane.events.filter((e) => e.fromMs < to && (e.toMs ?? Infinity) >= from).map((e) => e.id);
            if (found.join() !== wanted.join()) wrong.push([found, wanted]);
          }
          return wrong;
        }"""
    )
    assert wrong == []


def test_figures_agree_with_counting_every_second(page: Page) -> None:
    wrong = page.evaluate(
        """async () => {
          const { availability, fleetAvailability, pareto } = await import("/static/dashboard/floor/summary.js");
          const { Lane } = await import("/static/dashboard/floor/lane.js");
          const stops = { about: () => ({ record: {}, category: "unplanned" }) };
          let seed = 9;
          const chance = (n) => (seed = (seed * 48271) % 2147483647) % n;
          const wrong = [];
          for (let round = 0; round < 60; round++) {
            const row = { lanes: { activity_reason: new Lane() } };
            for (let n = 0; n < chance(9); n++) {
              const from = chance(90);
              const toMs = chance(4) ? (from + chance(40)) * 1000 : null;
              row.lanes.activity_reason.add({ id: String(n), label: "ab"[n % 2], fromMs: from * 1000, toMs });
            }
            const [from, to, now] = [chance(40), 60 + chance(40), 50 + chance(60)], until = Math.min(to, now);
            const holds = (e, ms) => e.fromMs <= ms && ms < (e.toMs ?? 1e9);
            const down = (s, label) => row.lanes.activity_reason.events.some((e) => (!label || e.label === label) && holds(e, s * 1000));
            const count = (label) => Array.from({ length: until - from }, (_, n) => down(from + n, label)).filter(Boolean).length;
            const found = availability(row, stops, from * 1000, to * 1000, now * 1000);
            if (Math.abs(found.share - (1 - count() / (until - from))) > 1e-9) wrong.push(["share", found.share, count()]);
            for (const bar of pareto([row], stops, from * 1000, to * 1000, now * 1000))
              if (bar.ms !== 1000 * count(bar.label)) wrong.push(["pareto", bar, count(bar.label)]);
          }
          const nothing = availability({ lanes: { activity_reason: new Lane() } }, stops, 2000, 3000, 1000);
          const both = fleetAvailability([{ stoppedMs: 10, windowMs: 100, stops: 1 }, { stoppedMs: 0, windowMs: 300, stops: 0 }]);
          return [wrong, nothing.share, both.share];
        }"""
    )
    assert wrong == [[], None, 0.975]


def test_what_lies_far_away_is_forgotten_and_nothing_near_or_in_flight(page: Page) -> None:
    found = page.evaluate(
        """async () => {
          const { Floor } = await import("/static/dashboard/floor/floor.js");
          const { Loader, HOUR_MS } = await import("/static/dashboard/floor/loader.js");
          const floor = new Floor(), asked = [];
          const read = async (from, to) => asked.push((to - from) / HOUR_MS);
          const loader = new Loader({ read, forget: (isFar) => floor.forget(isFar), changed: () => null });
          const put = (id, from, to) => {
            const iso = (hour) => new Date(hour * HOUR_MS).toISOString();
            floor.takeFact({ id, type: "cycle", machine_foreign_id: "M", from: iso(from), to: to && iso(to) });
          };
          loader.want(0, 23.9 * HOUR_MS);
          await new Promise((done) => setTimeout(done, 50));
          const gaps = loader.gaps(0, 24.5 * HOUR_MS);
          put("old", 0.2, 0.4); put("over the hour", 0.9, 1.1); put("in flight", 0.1, null); put("long", 0.3, 90); put("near", 90.2, 90.3);
          loader.want(60 * HOUR_MS, 83.9 * HOUR_MS);
          await new Promise((done) => setTimeout(done, 50));
          loader.want(84 * HOUR_MS, 107.9 * HOUR_MS);
          return [[...floor.events.keys()], floor.rows.get("M").lanes.cycle.events.length, loader.hours.size, Math.max(...asked),
                  gaps.map(([from, to]) => [from / HOUR_MS, to / HOUR_MS])];
        }"""
    )
    assert found == [["in flight", "long", "near"], 3, 48, 4, [[24, 25]]]


def test_what_the_websocket_told_is_not_undone_by_an_older_answer(page: Page) -> None:
    ends = page.evaluate(
        """async () => {
          const { Floor } = await import("/static/dashboard/floor/floor.js");
          const floor = new Floor();
          const shape = (id, to) => ({ id, type: "cycle", machine_foreign_id: "M", from: "2026-01-01T00:00:00Z", to, label: "" });
          const read = floor.beginRead();
          floor.takeFact(shape("a", "2026-01-01T00:10:00Z"));
          floor.takeWindow(read, [shape("a", null), shape("b", null)]);
          const late = floor.beginRead();
          floor.clear();
          floor.takeWindow(late, [shape("c", null)]);
          return [floor.events.size, floor.rows.get("M").open.size, floor.takeFact({ id: "x", type: "unknown" })];
        }"""
    )
    assert ends == [0, 0, None]
