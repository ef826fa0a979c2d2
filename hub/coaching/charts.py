"""The charts: figures of machines over a window, from nothing but their intervals. Times are milliseconds UTC."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from hub.coaching.activities import ActivityState, activities
from hub.coaching.availability import PRECEDENCE, Interval, clipped, exclusive, union
from hub.coaching.availability import total_ms as length_ms
from hub.coaching.cover import Cover
from storage.entities.downtime_record import Category

HOUR_MS = 3_600_000
# A chart over time has at most as many bars as can be told apart: the first width that gives no more is taken.
# A day of 25 hours has 100 quarters.
MOST_BUCKETS = 100
WIDTHS_MS = tuple(minutes * 60_000 for minutes in (5, 15, 60, 360, 1440, 10_080, 43_200, 525_600))
# A line on a screen has no more points than pixels; longer ones are averaged in equal groups.
MOST_POINTS = 2000
# What people and machines write as reasons has no limit, a legend has: the smallest are summed as OTHER.
MOST_LABELS = 50
OTHER = "all others"
NO_REASON = "no reason given"
NO_CATEGORY = "uncategorised"

Point = tuple[int | str, float]


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval with its words. `end_ms` None = it still lasts; `category` only for reasons that have one."""

    start_ms: int
    end_ms: int | None
    label: str = ""
    category: Category | None = None


@dataclass(frozen=True, slots=True)
class MachineBars:
    """What is known of a machine: all that meets the window, in any order. `shifts` None: it has none and is never off."""

    machine: str
    cycles: Sequence[Bar] = ()
    steps: Sequence[Bar] = ()
    reasons: Sequence[Bar] = ()
    shifts: Sequence[Bar] | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One line or row of bars: points of (moment in ms UTC or label, value)."""

    name: str
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Chart:
    """Series that share a unit: percent, hours or seconds."""

    unit: str
    series: list[Series]


def draw(chart_type: str, machines: Sequence[MachineBars], from_ms: int, to_ms: int, now_ms: int) -> Chart:
    """A chart of CHARTS over [from, to); a `to` in the future is now, and what still lasts lasts until then. Raises KeyError."""
    return CHARTS[chart_type](machines, Interval(from_ms, max(from_ms, min(to_ms, now_ms))))


def machine_utilisation(machines: Sequence[MachineBars], window: Interval) -> Chart:
    """For each machine over time: active time as a percentage of the time it should work (active and idle).

    ISO 22400-2, utilisation efficiency = actual production time / actual unit busy time. A piece of time in which the machine was off
    throughout is left out.
    """
    series = []
    for each in machines:
        spans = _states(each, window)
        active, off = Cover(spans[ActivityState.ACTIVE]), Cover(spans[ActivityState.OFF])
        points: list[Point] = []
        for bucket in buckets(window):
            busy_ms = bucket.end_ms - bucket.start_ms - off.within(bucket.start_ms, bucket.end_ms)
            if busy_ms:
                points.append((bucket.start_ms, round(100 * active.within(bucket.start_ms, bucket.end_ms) / busy_ms, 2)))
        series.append(Series(each.machine, points))
    return Chart("percent", series)


def machine_hours(machines: Sequence[MachineBars], window: Interval) -> Chart:
    """Hours active, idle and off of each machine: together the window."""
    spans = [(each.machine, _states(each, window)) for each in machines]
    return Chart(
        "hours", [Series(state.value, [(name, _hours(length_ms(found[state]))) for name, found in spans]) for state in ActivityState]
    )


def downtime_analysis(machines: Sequence[MachineBars], window: Interval) -> Chart:
    """For each machine over time: hours in which at least one reason says that it stood."""
    series = []
    for each in machines:
        stopped = Cover(_spans(each.reasons, window))
        points: list[Point] = [(b.start_ms, _hours(stopped.within(b.start_ms, b.end_ms))) for b in buckets(window)]
        series.append(Series(each.machine, points))
    return Chart("hours", series)


def downtime_reason(machines: Sequence[MachineBars], window: Interval) -> Chart:
    """Hours by reason over all machines, the longest first. Reasons that overlap on a machine each have the whole of their time."""
    sums: dict[str, int] = defaultdict(int)
    for each in machines:
        for label, bars in _by_label(each.reasons, NO_REASON).items():
            sums[label] += length_ms(union(_spans(bars, window)))
    ranked = sorted(((label, ms) for label, ms in sums.items() if ms), key=lambda item: (-item[1], item[0]))
    points: list[Point] = [(label, _hours(ms)) for label, ms in ranked[:MOST_LABELS]]
    if ranked[MOST_LABELS:]:
        points.append((OTHER, _hours(sum(ms for _, ms in ranked[MOST_LABELS:]))))
    return Chart("hours", [Series("downtime", points)])


def downtime_reason_category(machines: Sequence[MachineBars], window: Interval) -> Chart:
    """Hours by category over all machines: they add up to the downtime. Time that categories share counts for the first of PRECEDENCE."""
    categories: tuple[Category | None, ...] = (*PRECEDENCE, None)
    sums = [0] * len(categories)
    for each in machines:
        shares = exclusive(_spans([bar for bar in each.reasons if bar.category is category], window) for category in categories)
        sums = [so_far + share for so_far, share in zip(sums, shares, strict=True)]
    points: list[Point] = [(category.value if category else NO_CATEGORY, _hours(ms)) for category, ms in zip(categories, sums, strict=True)]
    return Chart("hours", [Series("downtime", points)])


def shift_breakdown(machines: Sequence[MachineBars], window: Interval) -> Chart:
    """Hours of each shift over all machines: active, stopped for a known reason, idle without one; together the shift.

    Machines without shifts have no part in it.
    """
    active_ms: dict[str, int] = defaultdict(int)
    stopped_ms: dict[str, int] = defaultdict(int)
    shift_ms: dict[str, int] = defaultdict(int)
    for each in machines:
        active, stopped = Cover(_states(each, window)[ActivityState.ACTIVE]), Cover(_spans(each.reasons, window))
        for label, bars in _by_label(each.shifts or (), "shift").items():
            for span in union(_spans(bars, window)):
                active_ms[label] += active.within(span.start_ms, span.end_ms)
                stopped_ms[label] += stopped.within(span.start_ms, span.end_ms)
                shift_ms[label] += span.end_ms - span.start_ms
    idle_ms = {label: ms - active_ms[label] - stopped_ms[label] for label, ms in shift_ms.items()}
    named = (("active", active_ms), ("stopped", stopped_ms), ("idle", idle_ms))
    return Chart("hours", [Series(name, [(label, _hours(sums[label])) for label in sorted(shift_ms)]) for name, sums in named])


def cycle(machines: Sequence[MachineBars], window: Interval) -> Chart:
    """For each machine: when each finished cycle of the window began, and its seconds."""
    return Chart("seconds", [Series(each.machine, _durations(each.cycles, window)) for each in machines])


def step_cycle(machines: Sequence[MachineBars], window: Interval) -> Chart:
    """For each step by its name, over all machines: when each finished visit of the window began, and its seconds."""
    visits = _by_label([bar for each in machines for bar in each.steps], "step")
    often = sorted(visits, key=lambda label: (-len(visits[label]), label))
    series = [Series(label, _durations(visits[label], window)) for label in sorted(often[:MOST_LABELS])]
    if often[MOST_LABELS:]:
        series.append(Series(OTHER, _durations([bar for label in often[MOST_LABELS:] for bar in visits[label]], window)))
    return Chart("seconds", [each for each in series if each.points])


CHARTS: dict[str, Callable[[Sequence[MachineBars], Interval], Chart]] = {
    rule.__name__: rule
    for rule in (
        machine_utilisation,
        machine_hours,
        downtime_analysis,
        downtime_reason,
        downtime_reason_category,
        shift_breakdown,
        cycle,
        step_cycle,
    )
}


def buckets(window: Interval) -> list[Interval]:
    """The window in equal pieces from its start on, the last one cut; MOST_BUCKETS at most, unless it is longer than 100 years."""
    length = window.end_ms - window.start_ms
    width = next((w for w in WIDTHS_MS if length <= w * MOST_BUCKETS), length)
    return [Interval(start, min(start + width, window.end_ms)) for start in range(window.start_ms, window.end_ms, width)]


def _states(each: MachineBars, window: Interval) -> dict[ActivityState, list[Interval]]:
    busy = _spans([*each.cycles, *each.steps], window)
    shifts = None if each.shifts is None else _spans(each.shifts, window)
    found: dict[ActivityState, list[Interval]] = {state: [] for state in ActivityState}
    for span in activities(busy, _spans(each.reasons, window), shifts, window.start_ms, window.end_ms):
        found[span.state].append(Interval(span.start_ms, span.end_ms))
    return found


def _spans(bars: Iterable[Bar], window: Interval) -> list[Interval]:
    """The parts of bars within the window."""
    known = (Interval(bar.start_ms, window.end_ms if bar.end_ms is None else bar.end_ms) for bar in bars)
    return clipped(known, window.start_ms, window.end_ms)


def _by_label(bars: Iterable[Bar], nameless: str) -> dict[str, list[Bar]]:
    found: dict[str, list[Bar]] = defaultdict(list)
    for bar in bars:
        found[bar.label or nameless].append(bar)
    return found


def _durations(bars: Iterable[Bar], window: Interval) -> list[Point]:
    known = sorted(
        (bar.start_ms, (bar.end_ms - bar.start_ms) / 1000)
        for bar in bars
        if bar.end_ms is not None and window.start_ms <= bar.start_ms < window.end_ms
    )
    size = -(-len(known) // MOST_POINTS)
    if size <= 1:
        return [*known]
    return [(known[i][0], round(fmean(value for _, value in known[i : i + size]), 3)) for i in range(0, len(known), size)]


def _hours(ms: int) -> float:
    return round(ms / HOUR_MS, 4)
