"""MTTR and MTBF: what counts as a repair, what as a failure, and how windows and machines add up."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.coaching.availability import Stop, summarise
from hub.coaching.reliability import HOUR_MS, Reliability, fleet, reliability
from storage.entities.downtime_record import Category
from tests.unit.hub.coaching.oracle import S, category_at, nows, seconds, stop, stops, windows

PLANNED, UNPLANNED, CHANGEOVER, MAINTENANCE = Category.PLANNED, Category.UNPLANNED, Category.CHANGEOVER, Category.MAINTENANCE
LATER = 10**9


def of(*known: Stop, from_s: int = 0, to_s: int = 100, now_s: int = LATER) -> Reliability:
    """The sums of a window of 100 s."""
    return reliability(known, from_s * S, to_s * S, now_s * S)


def hours(start: float, end: float | None, category: Category = UNPLANNED) -> Stop:
    """A stop in hours."""
    return Stop(round(start * HOUR_MS), None if end is None else round(end * HOUR_MS), category)


def test_repairs_include_maintenance_and_failures_do_not_as_in_the_source() -> None:
    """The example of Haltless's page: 5 failures, 7 repairs of 2.5 h on average, 168 h up for each failure."""
    failures = [hours(24 * n, 24 * n + 2.5) for n in range(5)]
    cares = [hours(24 * n + 12, 24 * n + 14.5, MAINTENANCE) for n in range(2)]
    window_ms = round((5 * 168 + 7 * 2.5) * HOUR_MS)
    found = reliability(failures + cares, 0, window_ms, window_ms)
    assert (found.mttr_hours, found.mtbf_hours, found.failures, found.repairs) == (2.5, 168.0, 5, 7)
    assert found.uptime_hours == 840


@given(stops, windows, nows)
def test_uptime_is_that_of_every_second(known: list[Stop], window: tuple[int, int], now_ms: int) -> None:
    found = reliability(known, *window, now_ms)
    assert found.uptime_ms == sum(category_at(at_ms, known) is None for at_ms in seconds(window[0], min(window[1], now_ms))) * S
    assert found.uptime_ms == summarise(known, *window, now_ms).uptime_ms


@given(stops, windows, st.integers(0, 20), nows)
def test_neighbouring_windows_add_up(known: list[Stop], window: tuple[int, int], split: int, now_ms: int) -> None:
    from_ms, to_ms = window
    middle = min(from_ms + split * S, to_ms)
    whole = reliability(known, from_ms, to_ms, now_ms)
    parts = fleet([reliability(known, from_ms, middle, now_ms), reliability(known, middle, to_ms, now_ms)])
    assert (parts.repair_ms, parts.repairs, parts.failures, parts.uptime_ms) == (
        whole.repair_ms,
        whole.repairs,
        whole.failures,
        whole.uptime_ms,
    )


@given(stops, windows, nows)
def test_no_figure_is_below_nought_and_none_is_endless(known: list[Stop], window: tuple[int, int], now_ms: int) -> None:
    found = reliability(known, *window, now_ms)
    assert min(found.repair_ms, found.repairs, found.failures, found.uptime_ms) >= 0
    assert (found.mttr_hours is None) == (found.repairs == 0)
    assert (found.mtbf_hours is None) == (found.failures == 0)
    assert 0 <= (found.mttr_hours or 0) < inf


@pytest.mark.parametrize(
    ("known", "repairs", "repair_s", "failures", "uptime_s"),
    [
        pytest.param([stop(10, 30), stop(20, 50)], 2, 50, 2, 60, id="overlapping"),
        pytest.param([stop(10, 50), stop(20, 30)], 2, 50, 2, 60, id="nested"),
        pytest.param([stop(10, 30), stop(10, 30)], 2, 40, 2, 80, id="duplicate"),
        pytest.param([stop(10, 30), stop(30, 50)], 2, 40, 2, 60, id="touching"),
        pytest.param([stop(10, 10)], 1, 0, 1, 100, id="zero length"),
        pytest.param([stop(90, None)], 0, 0, 1, 90, id="open: a failure, not repaired yet"),
        pytest.param([stop(90, None, MAINTENANCE)], 0, 0, 0, 90, id="open maintenance"),
        pytest.param([stop(-50, 20)], 1, 70, 0, 80, id="over the beginning: failed before, repaired within, whole"),
        pytest.param([stop(80, 500)], 0, 0, 1, 80, id="over the end: failed within, repaired after"),
        pytest.param([stop(-50, 500)], 0, 0, 0, 0, id="over the whole window"),
        pytest.param([stop(80, 100)], 1, 20, 1, 80, id="ends with the window"),
        pytest.param([stop(-20, 0), stop(100, 120)], 0, 0, 0, 100, id="touching the window from outside"),
        pytest.param([stop(10, 30, PLANNED), stop(40, 50, CHANGEOVER)], 0, 0, 0, 70, id="planned and changeover"),
        pytest.param([stop(10, 30, MAINTENANCE)], 1, 20, 0, 80, id="maintenance: a repair, no failure"),
        pytest.param([stop(10, 30, PLANNED), stop(20, 25)], 1, 5, 1, 80, id="a failure within planned downtime"),
    ],
)
def test_what_counts(known: list[Stop], repairs: int, repair_s: int, failures: int, uptime_s: int) -> None:
    found = of(*known)
    assert (found.repairs, found.repair_ms, found.failures, found.uptime_ms) == (repairs, repair_s * S, failures, uptime_s * S)


def test_without_a_failure_mtbf_is_none_and_the_uptime_its_lower_bound() -> None:
    found = reliability([], 0, 90 * 24 * HOUR_MS, LATER * 1000)
    assert found.mtbf_hours is None
    assert found.mttr_hours is None
    assert found.uptime_hours == 2160
    assert "lower bound" in found.method


def test_an_end_in_the_future_is_now() -> None:
    assert of(stop(10, 20), now_s=50) == of(stop(10, 20), to_s=50)
    found = of(stop(10, 80), stop(60, 70), now_s=50)
    assert (found.failures, found.repairs, found.uptime_ms) == (1, 0, 10 * S)


def test_a_window_that_has_not_begun_is_empty() -> None:
    found = of(stop(0, None), stop(1, 2), from_s=100, to_s=200, now_s=50)
    assert (found.uptime_ms, found.failures, found.repairs) == (0, 0, 0)


def test_the_fleet_is_a_sum_over_a_sum_and_not_a_mean_of_means() -> None:
    busy = Reliability(repair_ms=9 * HOUR_MS, repairs=9, failures=9, uptime_ms=90 * HOUR_MS)
    calm = Reliability(repair_ms=11 * HOUR_MS, repairs=1, failures=1, uptime_ms=110 * HOUR_MS)
    idle = Reliability(repair_ms=0, repairs=0, failures=0, uptime_ms=100 * HOUR_MS)
    found = fleet([busy, calm, idle])
    assert (found.mttr_hours, found.mtbf_hours, found.failures, found.repairs) == (2.0, 30.0, 10, 10)
    assert "not a mean of means" in found.method


def test_a_fleet_without_machines_has_no_figures() -> None:
    found = fleet([])
    assert (found.mttr_hours, found.mtbf_hours, found.uptime_hours) == (None, None, 0)


def test_the_method_says_how_overlapping_repairs_count() -> None:
    assert "even where records overlap" in of().method
