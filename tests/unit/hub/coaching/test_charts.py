"""The charts: each is what every second of its intervals says."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.coaching.availability import PRECEDENCE, Interval
from hub.coaching.charts import (
    CHARTS,
    HOUR_MS,
    MOST_BUCKETS,
    MOST_LABELS,
    MOST_POINTS,
    OTHER,
    Bar,
    Chart,
    MachineBars,
    buckets,
    draw,
)
from storage.entities.downtime_record import Category
from tests.unit.hub.coaching.oracle import S, nows, seconds, spans, windows

DAY_H = 24
LATER = 10**13


@st.composite
def _bar(draw: st.DrawFn) -> Bar:
    span = draw(spans)
    end_ms = draw(st.sampled_from([span.end_ms, span.end_ms, None]))
    return Bar(span.start_ms, end_ms, draw(st.sampled_from(["", "a", "b"])), draw(st.none() | st.sampled_from(Category)))


bars = st.lists(_bar(), max_size=5)
machines = st.lists(st.builds(MachineBars, st.sampled_from(["M1", "M2"]), bars, bars, bars, st.none() | bars), max_size=3)


def bar(start_h: float, end_h: float | None, label: str = "", category: Category | None = None) -> Bar:
    """A bar in hours."""
    return Bar(round(start_h * HOUR_MS), None if end_h is None else round(end_h * HOUR_MS), label, category)


def chart(kind: str, *known: MachineBars, hours: float = DAY_H, now_h: float = 10**6) -> Chart:
    """A chart of the hours from 0 on."""
    return draw(kind, known, 0, round(hours * HOUR_MS), round(now_h * HOUR_MS))


def points(found: Chart) -> dict[str, dict[int | str, float]]:
    """The chart by the names of its series."""
    return {series.name: dict(series.points) for series in found.series}


def there(at_ms: int, known: list[Bar]) -> list[Bar]:
    """The bars over one second."""
    return [each for each in known if each.start_ms <= at_ms and (each.end_ms is None or at_ms < each.end_ms)]


def hours_of(count: float) -> object:
    """Seconds as hours, to the fourth decimal: 0.36 s."""
    return pytest.approx(count / 3600, abs=0.0002)


@given(machines, windows, nows)
def test_every_chart_of_any_intervals_has_finite_figures(known: list[MachineBars], window: tuple[int, int], now_ms: int) -> None:
    for kind in CHARTS:
        found = draw(kind, known, *window, now_ms)
        assert found.unit in ("percent", "hours", "seconds")
        values = [value for series in found.series for _, value in series.points]
        assert all(0 <= value < 1e6 for value in values)
        if found.unit == "percent":
            assert all(value <= 100 for value in values)


@given(bars, bars, bars, st.none() | bars, windows)
def test_hours_by_state_are_those_of_every_second(
    cycles: list[Bar], steps: list[Bar], reasons: list[Bar], shifts: list[Bar] | None, window: tuple[int, int]
) -> None:
    found = points(draw("machine_hours", [MachineBars("M", cycles, steps, reasons, shifts)], *window, LATER))
    active = off = 0
    for at_ms in seconds(*window):
        works = bool(there(at_ms, cycles + steps)) and not there(at_ms, reasons)
        active += works
        off += not works and shifts is not None and not there(at_ms, shifts)
    total = len(seconds(*window))
    assert found["active"]["M"] == hours_of(active)
    assert found["off"]["M"] == hours_of(off)
    assert found["idle"]["M"] == hours_of(total - active - off)


@given(bars, windows)
def test_categories_add_up_to_the_downtime_of_every_second(reasons: list[Bar], window: tuple[int, int]) -> None:
    found = points(draw("downtime_reason_category", [MachineBars("M", reasons=reasons)], *window, LATER))["downtime"]
    order = [*PRECEDENCE, None]
    first = [min((order.index(each.category) for each in there(at_ms, reasons)), default=-1) for at_ms in seconds(*window)]
    assert list(found) == [*PRECEDENCE, "uncategorised"]
    assert list(found.values()) == [hours_of(first.count(n)) for n in range(len(order))]


@given(bars, windows)
def test_reasons_have_the_time_of_every_second(reasons: list[Bar], window: tuple[int, int]) -> None:
    found = points(draw("downtime_reason", [MachineBars("M", reasons=reasons)], *window, LATER))["downtime"]
    for label, name in (("a", "a"), ("b", "b"), ("", "no reason given")):
        mine = [each for each in reasons if each.label == label]
        assert found.get(name, 0) == hours_of(sum(bool(there(at_ms, mine)) for at_ms in seconds(*window)))


@given(bars, bars, bars, windows)
def test_a_shift_is_active_stopped_and_idle_time(cycles: list[Bar], reasons: list[Bar], shifts: list[Bar], window: tuple[int, int]) -> None:
    found = points(draw("shift_breakdown", [MachineBars("M", cycles, (), reasons, shifts)], *window, LATER))
    for label, name in (("a", "a"), ("b", "b"), ("", "shift")):
        mine = [each for each in shifts if each.label == label]
        inside = [at_ms for at_ms in seconds(*window) if there(at_ms, mine)]
        stopped = sum(bool(there(at_ms, reasons)) for at_ms in inside)
        active = sum(bool(there(at_ms, cycles)) and not there(at_ms, reasons) for at_ms in inside)
        expected = {"active": active, "stopped": stopped, "idle": len(inside) - active - stopped}
        assert {series: values.get(name, 0) for series, values in found.items()} == {k: hours_of(v) for k, v in expected.items()}


def test_utilisation_is_active_time_of_the_time_that_a_machine_should_work() -> None:
    press = MachineBars("PRESS", cycles=[bar(6, 8)], reasons=[bar(7.5, 8)], shifts=[bar(6, 10, "early")])
    found = chart("machine_utilisation", press)
    assert found.unit == "percent"
    quarters = {at // (HOUR_MS // 4): value for at, value in found.series[0].points if isinstance(at, int)}
    assert quarters == {n: 100.0 if n < 30 else 0.0 for n in range(24, 40)}


def test_utilisation_of_a_machine_without_shifts_is_of_all_time() -> None:
    [series] = chart("machine_utilisation", MachineBars("PRESS", cycles=[bar(0, 1.5)]), hours=2).series
    assert [value for _, value in series.points] == [100.0] * 18 + [0.0] * 6


def test_work_outside_a_shift_counts_as_work() -> None:
    [series] = chart("machine_utilisation", MachineBars("PRESS", cycles=[bar(0, 1)], shifts=[]), hours=2).series
    assert [value for _, value in series.points] == [100.0] * 12


def test_downtime_over_time_counts_overlapping_reasons_once() -> None:
    found = chart("downtime_analysis", MachineBars("PRESS", reasons=[bar(1, 3), bar(2, 2.5), bar(2, 4)]), MachineBars("SAW"))
    by_machine = points(found)
    assert (found.unit, list(by_machine)) == ("hours", ["PRESS", "SAW"])
    assert sum(by_machine["PRESS"].values()) == 3
    assert by_machine["PRESS"][2 * HOUR_MS] == 0.25
    assert set(by_machine["SAW"].values()) == {0.0}


def test_reasons_come_longest_first_summed_over_machines_and_nameless_ones_have_a_name() -> None:
    press = MachineBars("PRESS", reasons=[bar(0, 1, "Jam"), bar(2, 4, "Tool change"), bar(5, 5.5)])
    saw = MachineBars("SAW", reasons=[bar(0, 1.5, "Jam"), bar(0.5, 1.5, "Jam")])
    [series] = chart("downtime_reason", press, saw).series
    assert series.points == [("Jam", 2.5), ("Tool change", 2.0), ("no reason given", 0.5)]


def test_the_smallest_of_very_many_reasons_are_summed() -> None:
    many = [bar(0, 1 + n / 100, f"reason {n:04d}") for n in range(MOST_LABELS + 10)]
    [series] = chart("downtime_reason", MachineBars("PRESS", reasons=many)).series
    assert len(series.points) == MOST_LABELS + 1
    assert series.points[-1] == (OTHER, pytest.approx(10 + 0.45))


def test_planned_downtime_is_not_unplanned_too() -> None:
    reasons = [bar(0, 4, "Jam", Category.UNPLANNED), bar(1, 2, "Break", Category.PLANNED), bar(3, 6, "No operator")]
    found = points(chart("downtime_reason_category", MachineBars("PRESS", reasons=reasons)))["downtime"]
    assert found == {"planned": 1.0, "maintenance": 0.0, "changeover": 0.0, "unplanned": 3.0, "uncategorised": 2.0}


def test_an_open_interval_lasts_until_now_and_not_into_the_future() -> None:
    found = points(chart("downtime_reason", MachineBars("PRESS", reasons=[bar(1, None, "Jam")]), now_h=3))
    assert found == {"downtime": {"Jam": 2.0}}
    hours = points(chart("machine_hours", MachineBars("PRESS", cycles=[bar(1, None)]), now_h=3))
    assert hours == {"active": {"PRESS": 2.0}, "idle": {"PRESS": 1.0}, "off": {"PRESS": 0.0}}


def test_machines_without_shifts_have_no_part_in_the_breakdown() -> None:
    found = chart(
        "shift_breakdown", MachineBars("PRESS", cycles=[bar(0, 5)]), MachineBars("SAW", cycles=[bar(0, 5)], shifts=[bar(4, 6, "late")])
    )
    assert points(found) == {"active": {"late": 1.0}, "stopped": {"late": 0.0}, "idle": {"late": 1.0}}


def test_a_cycle_is_a_point_at_its_start_when_it_is_finished_and_began_in_the_window() -> None:
    cycles = [bar(2, 2.5), bar(1, 1.25), bar(-1, 1), bar(23.9, 25), bar(3, None), bar(24, 25)]
    found = chart("cycle", MachineBars("PRESS", cycles=cycles), MachineBars("SAW"))
    assert found.unit == "seconds"
    assert points(found) == {
        "PRESS": {HOUR_MS: 900.0, 2 * HOUR_MS: 1800.0, round(23.9 * HOUR_MS): pytest.approx(3960.0)},
        "SAW": {},
    }


def test_steps_are_gathered_by_their_name_over_all_machines() -> None:
    press = MachineBars("PRESS", steps=[bar(1, 2, "Fit cover"), bar(2, 3, "Tighten"), bar(30, 31, "Pack")])
    saw = MachineBars("SAW", steps=[bar(0, 0.5, "Fit cover")])
    found = points(chart("step_cycle", press, saw))
    assert found == {"Fit cover": {0: 1800.0, HOUR_MS: 3600.0}, "Tighten": {2 * HOUR_MS: 3600.0}}


def test_the_rarest_of_very_many_steps_share_a_series() -> None:
    steps = [bar(n / 100, n / 100 + 0.01, f"step {n % 60:02d}") for n in range(110)]
    found = chart("step_cycle", MachineBars("PRESS", steps=steps))
    assert len(found.series) == MOST_LABELS + 1
    assert found.series[-1].name == OTHER
    assert sum(len(series.points) for series in found.series) == 110


def test_a_line_of_very_many_points_is_averaged() -> None:
    cycles = [Bar(n * 2 * S, (n * 2 + 1 + n % 2) * S) for n in range(MOST_POINTS * 3 + 1)]
    [series] = chart("cycle", MachineBars("PRESS", cycles=cycles)).series
    assert MOST_POINTS / 2 < len(series.points) <= MOST_POINTS
    assert all(1 <= value <= 2 for _, value in series.points)
    assert series.points[0] == (0, 1.5)


def test_no_machine_gives_no_series_and_an_empty_window_no_points() -> None:
    for kind in CHARTS:
        assert all(not series.points or set(dict(series.points).values()) == {0.0} for series in draw(kind, [], 0, HOUR_MS, LATER).series)
    assert chart("cycle", MachineBars("PRESS", cycles=[bar(0, 1)]), hours=0).series[0].points == []
    assert chart("downtime_analysis", MachineBars("PRESS", reasons=[bar(0, 1)]), now_h=-5).series[0].points == []


@given(st.integers(0, 10**10), st.integers(0, 4 * 10**12))
def test_buckets_touch_fill_the_window_and_are_few(from_ms: int, length_ms: int) -> None:
    found = buckets(Interval(from_ms, from_ms + length_ms))
    assert len(found) <= MOST_BUCKETS
    assert sum(each.end_ms - each.start_ms for each in found) == length_ms
    assert all(left.end_ms == right.start_ms for left, right in zip(found, found[1:], strict=False))


def test_every_chart_that_the_contract_names_is_drawn_and_no_other() -> None:
    named = "machine_utilisation machine_hours downtime_analysis downtime_reason downtime_reason_category shift_breakdown cycle step_cycle"
    assert set(CHARTS) == set(named.split())
    with pytest.raises(KeyError):
        draw("pie", [], 0, 1, 1)


def test_a_day_of_ten_machines_with_three_thousand_intervals_each_is_drawn_quickly() -> None:
    cycles = [Bar(n * 43 * S, (n * 43 + 30) * S, f"step {n % 9}") for n in range(1000)]
    reasons = [Bar(n * 86 * S, (n * 86 + 10) * S, f"reason {n % 12}", list(Category)[n % 4]) for n in range(1000)]
    shifts = [bar(6, 14, "early"), bar(14, 22, "late")]
    floor = [MachineBars(f"M{n}", cycles, cycles, reasons, shifts) for n in range(10)]
    for kind in CHARTS:
        began = process_time()
        draw(kind, floor, 0, 24 * HOUR_MS, LATER)
        assert process_time() - began < 1, kind
