"""The figures of a job on a machine: its cycles and its parts. Times are milliseconds UTC inside, figures are seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from hub.coaching.availability import Interval, clipped, total_ms, union


@dataclass(frozen=True, slots=True)
class StepStatistics:
    """TrackMyMachines' figures of a step event. Seconds; None where there is nothing to measure.

    The job's whole time = `total_in_cycle_time` + `load_time` + `total_dead_time`.
    """

    cycle_count: int
    """Finished cycles that began during the job."""
    minimum_cycle_time: float | None
    """The shortest of them."""
    median_cycle_time: float | None
    """The middle one, or the mean of the middle two."""
    maximum_cycle_time: float | None
    """The longest of them."""
    total_in_cycle_time: float
    """The part of the job in which a cycle ran, also one that began before, still runs or overlaps another."""
    part_count: int
    """Parts counted after the job's start, up to and including its end: a part at the moment of a change belongs to the job before."""
    time_to_first_part_count: float | None
    """From the job's start to its first part."""
    minimum_time_between_part_counts: float | None
    """The shortest time from one part to the next."""
    maximum_time_between_part_counts: float | None
    """The longest."""
    median_time_between_part_counts: float | None
    """The middle one, or the mean of the middle two."""
    load_time: float
    """Time between cycles: after the first one began and before the last one ended, while none ran."""
    total_part_count_time: float
    """From the job's start to its last part: what its parts took together."""
    total_dead_time: float
    """Time before the first and after the last cycle; without a cycle the whole job."""


def step_statistics(
    cycles: Sequence[tuple[int, int | None]], parts: Sequence[int], start_ms: int, end_ms: int | None, now_ms: int
) -> StepStatistics:
    """The figures of the job [start, end), an open one until now. O(n log n).

    `cycles` are (start, end or None), `parts` are moments: all that meet the job, in any order.
    """
    end_ms = max(start_ms, now_ms if end_ms is None else end_ms)
    times = [(end - start) / 1000 for start, end in cycles if end is not None and start_ms <= start < end_ms]
    in_cycle = union(clipped((Interval(start, end_ms if end is None else end) for start, end in cycles), start_ms, end_ms))
    in_cycle_ms = total_ms(in_cycle)
    worked_ms = in_cycle[-1].end_ms - in_cycle[0].start_ms if in_cycle else 0
    moments = sorted(at_ms for at_ms in parts if start_ms < at_ms <= end_ms)
    gaps = [(later - earlier) / 1000 for earlier, later in pairwise(moments)]
    return StepStatistics(
        cycle_count=len(times),
        minimum_cycle_time=min(times, default=None),
        median_cycle_time=median(times) if times else None,
        maximum_cycle_time=max(times, default=None),
        total_in_cycle_time=in_cycle_ms / 1000,
        part_count=len(moments),
        time_to_first_part_count=(moments[0] - start_ms) / 1000 if moments else None,
        minimum_time_between_part_counts=min(gaps, default=None),
        maximum_time_between_part_counts=max(gaps, default=None),
        median_time_between_part_counts=median(gaps) if gaps else None,
        load_time=(worked_ms - in_cycle_ms) / 1000,
        total_part_count_time=(moments[-1] - start_ms) / 1000 if moments else 0.0,
        total_dead_time=(end_ms - start_ms - worked_ms) / 1000,
    )
