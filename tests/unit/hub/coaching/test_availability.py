"""Uptime and downtime of a window, against an oracle that looks at every second."""

from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.coaching.availability import PRECEDENCE, Interval, Stop, clip, exclusive, summarise, total_ms, union
from hub.coaching.cover import Cover
from hub.coaching.shifts import DAY_MS, moment
from hub.zones import clock_of
from storage.entities.downtime_record import Category
from tests.unit.hub.coaching.oracle import S, category_at, many_spans, nows, seconds, spans, stop, stops, windows, within

PLANNED, UNPLANNED, CHANGEOVER, MAINTENANCE = Category.PLANNED, Category.UNPLANNED, Category.CHANGEOVER, Category.MAINTENANCE
HOUR_S = 3600
LATER = 10**9


def down_s(*known: Stop, from_s: int = 0, to_s: int = 100, now_s: int = LATER) -> float:
    """Seconds of downtime in a window of 100 s."""
    return summarise(known, from_s * S, to_s * S, now_s * S).downtime_ms / S


@given(stops, windows, nows)
def test_a_summary_says_what_every_second_says(known: list[Stop], window: tuple[int, int], now_ms: int) -> None:
    from_ms, to_ms = window
    found = summarise(known, from_ms, to_ms, now_ms)
    seen = [category_at(at_ms, known) for at_ms in seconds(from_ms, min(to_ms, now_ms))]
    assert found.total_ms == len(seen) * S
    assert found.uptime_ms == seen.count(None) * S
    assert found.downtime_by_category == {category: seen.count(category) * S for category in PRECEDENCE}


@given(stops, windows, nows)
def test_percentages_stay_within_0_and_100_and_the_parts_give_the_whole(known: list[Stop], window: tuple[int, int], now_ms: int) -> None:
    found = summarise(known, *window, now_ms)
    assert 0 <= found.uptime_percentage <= 100
    assert found.availability is None or 0 <= found.availability <= 1
    assert found.uptime_ms + found.downtime_ms == found.total_ms
    assert sum(found.downtime_by_category.values()) == found.downtime_ms
    assert set(found.downtime_by_category) == set(Category)


@given(stops, windows, st.integers(0, 20), nows)
def test_a_split_window_adds_up(known: list[Stop], window: tuple[int, int], split: int, now_ms: int) -> None:
    from_ms, to_ms = window
    middle = min(from_ms + split * S, to_ms)
    whole, left, right = (summarise(known, *each, now_ms) for each in (window, (from_ms, middle), (middle, to_ms)))
    assert left.uptime_ms + right.uptime_ms == whole.uptime_ms
    assert left.total_ms + right.total_ms == whole.total_ms
    for category in Category:
        assert left.downtime_by_category[category] + right.downtime_by_category[category] == whole.downtime_by_category[category]


@given(stops.filter(lambda known: len(known) > 1), windows, nows, st.data())
def test_merging_records_never_raises_downtime(known: list[Stop], window: tuple[int, int], now_ms: int, data: st.DataObject) -> None:
    """Records that overlap or touch, made one record, give the same downtime; and one record more never gives less."""
    open_until = max(now_ms, max(each.start_ms for each in known))
    merged = [Stop(span.start_ms, span.end_ms, UNPLANNED) for span in union(_ended(each, open_until) for each in known)]
    before = summarise(known, *window, now_ms).downtime_ms
    assert summarise(merged, *window, now_ms).downtime_ms <= before
    left_out = data.draw(st.integers(0, len(known) - 1))
    fewer = known[:left_out] + known[left_out + 1 :]
    assert summarise(fewer, *window, now_ms).downtime_ms <= before


def _ended(each: Stop, at_ms: int) -> Interval:
    return Interval(each.start_ms, at_ms if each.end_ms is None else each.end_ms)


@given(many_spans)
def test_a_union_is_apart_in_order_and_covers_the_same_seconds(known: list[Interval]) -> None:
    apart = union(known)
    assert all(each.start_ms < each.end_ms for each in apart)
    assert all(left.end_ms < right.start_ms for left, right in zip(apart, apart[1:], strict=False))
    assert [within(at_ms, apart) for at_ms in range(-5 * S, 45 * S, S)] == [within(at_ms, known) for at_ms in range(-5 * S, 45 * S, S)]


@given(many_spans, many_spans)
def test_exclusive_shares_add_up_to_the_union(first: list[Interval], second: list[Interval]) -> None:
    assert exclusive([first, second]) == [total_ms(union(first)), total_ms(union(first + second)) - total_ms(union(first))]


@given(many_spans, spans)
def test_a_cover_knows_how_much_of_any_span_is_covered(known: list[Interval], span: Interval) -> None:
    expected = sum(within(at_ms, known) for at_ms in seconds(span.start_ms, span.end_ms)) * S
    assert Cover(known).within(span.start_ms, span.end_ms) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param([stop(10, 30), stop(20, 50)], 40, id="overlapping"),
        pytest.param([stop(10, 50), stop(20, 30)], 40, id="nested"),
        pytest.param([stop(10, 30), stop(10, 30)], 20, id="duplicate"),
        pytest.param([stop(10, 30), stop(30, 50)], 40, id="touching"),
        pytest.param([stop(10, 10)], 0, id="zero length"),
        pytest.param([stop(10, 10), stop(5, 30)], 25, id="zero length within another"),
        pytest.param([stop(90, None)], 10, id="open"),
        pytest.param([stop(-50, None)], 100, id="open since before the window"),
        pytest.param([stop(-50, 20)], 20, id="over the window's beginning"),
        pytest.param([stop(80, 500)], 20, id="over the window's end"),
        pytest.param([stop(-50, 500)], 100, id="over the whole window"),
        pytest.param([stop(-50, 0)], 0, id="touching the window's beginning"),
        pytest.param([stop(100, 200)], 0, id="touching the window's end"),
        pytest.param([], 0, id="none"),
    ],
)
def test_downtime_is_the_union_of_the_records_within_the_window(known: list[Stop], expected: int) -> None:
    assert down_s(*known) == expected
    assert down_s(*reversed(known)) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([stop(10, 30), stop(10, 30), stop(10, 10)], 3),
        ([stop(-5, 0), stop(100, 120), stop(100, 100)], 0),
        ([stop(0, 0), stop(-5, 1), stop(99, None), stop(-5, None)], 4),
    ],
)
def test_every_record_that_meets_the_window_is_counted(known: list[Stop], expected: int) -> None:
    assert summarise(known, 0, 100 * S, LATER).record_count == expected


def test_an_open_record_lasts_until_now_and_not_longer() -> None:
    found = summarise([stop(10, None)], 0, 100 * S, 40 * S)
    assert (found.total_ms, found.downtime_ms) == (40 * S, 30 * S)


def test_an_end_in_the_future_is_now() -> None:
    assert summarise([], 0, 100 * S, 40 * S) == summarise([], 0, 40 * S, LATER)
    assert summarise([stop(30, 500)], 0, 100 * S, 40 * S).downtime_ms == 10 * S


def test_a_record_that_begins_in_the_future_is_no_downtime_yet() -> None:
    found = summarise([stop(50, 80), stop(50, None)], 0, 100 * S, 40 * S)
    assert (found.downtime_ms, found.record_count) == (0, 0)


def test_a_window_that_has_not_begun_is_empty() -> None:
    found = summarise([stop(0, None)], 100 * S, 200 * S, 40 * S)
    assert found.record_count == 0
    assert (found.total_ms, found.uptime_ms, found.downtime_ms, found.uptime_percentage, found.availability) == (0, 0, 0, 0.0, None)


def test_planned_time_is_never_unplanned() -> None:
    known = [stop(0, 60), stop(20, 40, PLANNED), stop(30, 50, MAINTENANCE), stop(45, 70, CHANGEOVER)]
    shares = summarise(known, 0, 100 * S, LATER).downtime_by_category
    assert shares == {PLANNED: 20 * S, MAINTENANCE: 10 * S, CHANGEOVER: 20 * S, UNPLANNED: 20 * S}


@given(stops, windows, nows)
def test_the_order_of_records_does_not_matter(known: list[Stop], window: tuple[int, int], now_ms: int) -> None:
    assert summarise(known, *window, now_ms) == summarise(known[::-1], *window, now_ms)


def test_availability_leaves_planned_downtime_out_of_the_busy_time() -> None:
    known = [stop(0, 20, PLANNED), stop(20, 40, UNPLANNED)]
    found = summarise(known, 0, 100 * S, LATER)
    assert found.uptime_percentage == 60
    assert found.availability == pytest.approx(60 / 80)
    assert summarise([stop(0, 100, PLANNED)], 0, 100 * S, LATER).availability is None


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_is_as_long_as_its_clock_says(day: str, hours: int) -> None:
    zone = clock_of("Europe/Zurich")
    midnight = {"2026-03-29": 20541, "2026-10-25": 20751, "2026-06-01": 20605}[day] * DAY_MS
    from_ms, to_ms = moment(zone, midnight), moment(zone, midnight + DAY_MS)
    found = summarise([Stop(from_ms, to_ms - HOUR_S * S, PLANNED)], from_ms, to_ms, to_ms)
    assert (found.total_ms, found.downtime_ms, found.uptime_ms) == (hours * HOUR_S * S, (hours - 1) * HOUR_S * S, HOUR_S * S)
    assert found.uptime_percentage == pytest.approx(100 / hours)


def test_clipping_leaves_nothing_outside() -> None:
    assert clip(Interval(0, 10), 5, 20) == Interval(5, 10)
    assert clip(Interval(0, 5), 5, 20) is None
    assert clip(Interval(7, 7), 5, 20) is None


def test_the_method_is_said_in_words() -> None:
    method = summarise([], 0, 1, 1).method
    assert all(word in method for word in ("union", "once", "Open records last until now", "planned, maintenance, changeover, unplanned"))


def test_thirty_thousand_records_are_summed_at_once() -> None:
    known = [Stop(n * 7919 % 3_000_000, n * 7919 % 3_000_000 + 5000, list(Category)[n % 4]) for n in range(30_000)]
    began = process_time()
    found = summarise(known, 0, 3_000_000, 3_000_000)
    assert process_time() - began < 5
    assert found.record_count == 30_000
    assert replace(found, record_count=60_000) == summarise(known * 2, 0, 3_000_000, 3_000_000)
