"""The figures of a job on a machine."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.coaching.step_statistics import StepStatistics, step_statistics
from tests.unit.hub.coaching.oracle import LONGEST_S, S, moments, nows, seconds, spans

LATER = 10**9
cycles = st.lists(st.tuples(spans, st.booleans()).map(lambda each: (each[0].start_ms, None if each[1] else each[0].end_ms)), max_size=6)
parts = st.lists(moments.map(lambda second: second * S), max_size=8)
jobs = spans.map(lambda span: (span.start_ms, span.end_ms))


def of(cycles_s: list[tuple[float, float | None]], parts_s: list[float], end_s: int | None = 100, now_s: int = LATER) -> StepStatistics:
    """A job from 0 s on."""
    known = [(round(start * S), None if end is None else round(end * S)) for start, end in cycles_s]
    return step_statistics(known, [round(at * S) for at in parts_s], 0, None if end_s is None else end_s * S, now_s * S)


def test_a_job_with_three_cycles_and_three_parts() -> None:
    found = of([(10, 30), (35, 50), (60, 85)], [30, 50, 85])
    assert asdict(found) == {
        "cycle_count": 3,
        "minimum_cycle_time": 15.0,
        "median_cycle_time": 20.0,
        "maximum_cycle_time": 25.0,
        "total_in_cycle_time": 60.0,
        "part_count": 3,
        "time_to_first_part_count": 30.0,
        "minimum_time_between_part_counts": 20.0,
        "maximum_time_between_part_counts": 35.0,
        "median_time_between_part_counts": 27.5,
        "load_time": 15.0,
        "total_part_count_time": 85.0,
        "total_dead_time": 25.0,
    }


def test_a_job_without_anything_is_dead_time() -> None:
    found = of([], [])
    assert (found.cycle_count, found.part_count, found.total_in_cycle_time, found.load_time, found.total_part_count_time) == (0, 0, 0, 0, 0)
    assert found.total_dead_time == 100
    empty = {name for name, value in asdict(found).items() if value is None}
    assert empty == {
        "minimum_cycle_time",
        "median_cycle_time",
        "maximum_cycle_time",
        "time_to_first_part_count",
        "minimum_time_between_part_counts",
        "maximum_time_between_part_counts",
        "median_time_between_part_counts",
    }


def test_one_part_has_a_first_time_and_no_time_between() -> None:
    found = of([], [40])
    assert (found.part_count, found.time_to_first_part_count, found.total_part_count_time) == (1, 40.0, 40.0)
    assert found.median_time_between_part_counts is None


def test_an_open_job_lasts_until_now() -> None:
    found = of([(10, None)], [20], end_s=None, now_s=50)
    assert (found.cycle_count, found.total_in_cycle_time, found.total_dead_time, found.part_count) == (0, 40.0, 10.0, 1)


def test_a_cycle_over_an_edge_counts_for_the_job_it_began_in_and_its_time_for_both() -> None:
    before, after = of([(90, 120)], []), step_statistics([(90 * S, 120 * S)], [], 100 * S, 200 * S, LATER)
    assert (before.cycle_count, before.maximum_cycle_time, before.total_in_cycle_time) == (1, 30.0, 10.0)
    assert (after.cycle_count, after.maximum_cycle_time, after.total_in_cycle_time) == (0, None, 20.0)


def test_a_part_at_the_moment_of_a_change_belongs_to_the_job_before() -> None:
    assert of([], [0, 100]).part_count == 1
    assert step_statistics([], [100 * S], 100 * S, 200 * S, LATER).part_count == 0


@pytest.mark.parametrize(("end_s", "now_s"), [(0, 50), (None, 0), (None, -50)])
def test_a_job_of_no_length_has_noughts(end_s: int | None, now_s: int) -> None:
    found = of([(-10, 10)], [0], end_s, now_s)
    assert (found.cycle_count, found.part_count, found.total_in_cycle_time, found.load_time, found.total_dead_time) == (0, 0, 0, 0, 0)


@given(cycles, parts, jobs, nows)
def test_the_parts_of_the_time_give_the_job(
    known: list[tuple[int, int | None]], moments_ms: list[int], job: tuple[int, int], now_ms: int
) -> None:
    found = step_statistics(known, moments_ms, *job, now_ms)
    assert found.total_in_cycle_time + found.load_time + found.total_dead_time == pytest.approx((job[1] - job[0]) / S)
    assert min(found.total_in_cycle_time, found.load_time, found.total_dead_time, found.total_part_count_time) >= 0
    running = [any(a <= at_ms and (b is None or at_ms < b) for a, b in known) for at_ms in seconds(*job)]
    assert found.total_in_cycle_time == running.count(True)
    inner = running[running.index(True) : len(running) - running[::-1].index(True)] if any(running) else []
    assert found.load_time == inner.count(False)


@given(cycles, parts, jobs)
def test_least_median_and_most_are_in_order(known: list[tuple[int, int | None]], moments_ms: list[int], job: tuple[int, int]) -> None:
    found = step_statistics(known, moments_ms, *job, LATER)
    if found.cycle_count:
        assert (found.minimum_cycle_time or 0) <= (found.median_cycle_time or 0) <= (found.maximum_cycle_time or 0)
    if found.part_count > 1:
        between = (found.minimum_time_between_part_counts, found.median_time_between_part_counts, found.maximum_time_between_part_counts)
        assert (between[0] or 0) <= (between[1] or 0) <= (between[2] or 0)
        assert (found.time_to_first_part_count or 0) <= found.total_part_count_time <= (job[1] - job[0]) / S


@given(cycles, parts, jobs, st.integers(0, LONGEST_S))
def test_two_jobs_in_a_row_share_cycles_and_parts_without_losing_one(
    known: list[tuple[int, int | None]], moments_ms: list[int], job: tuple[int, int], split: int
) -> None:
    start_ms, end_ms = job
    middle = min(start_ms + split * S, end_ms)
    whole, first, second = (step_statistics(known, moments_ms, *each, LATER) for each in (job, (start_ms, middle), (middle, end_ms)))
    assert first.cycle_count + second.cycle_count == whole.cycle_count
    assert first.part_count + second.part_count == whole.part_count
    assert first.total_in_cycle_time + second.total_in_cycle_time == pytest.approx(whole.total_in_cycle_time)
