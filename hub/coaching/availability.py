"""How long a machine was up in a window: its downtime is the union of its stops. Times are milliseconds UTC, spans half-open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage.entities.downtime_record import Category

# Where stops of several categories overlap, the first of these takes the time: what was planned is not the machine's fault.
PRECEDENCE = (Category.PLANNED, Category.MAINTENANCE, Category.CHANGEOVER, Category.UNPLANNED)

METHOD = (
    "Downtime is the union of the downtime records within the window: time that several records share counts once. Open records last until "
    "now, and a window's end in the future is now. Uptime is the window minus downtime. Time that categories share counts for the first of "
    "planned, maintenance, changeover, unplanned."
)


@dataclass(frozen=True, slots=True)
class Interval:
    """The time from `start_ms` up to, not including, `end_ms`."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Stop:
    """A machine stood still. `end_ms` None = it still does."""

    start_ms: int
    end_ms: int | None
    category: Category


@dataclass(frozen=True, slots=True)
class UptimeSummary:
    """A window in figures: uptime and downtime add up to the total, every category of `downtime_by_category` to the downtime."""

    total_ms: int
    uptime_ms: int
    downtime_ms: int
    uptime_percentage: float
    downtime_by_category: dict[Category, int]
    record_count: int
    method: str = METHOD

    @property
    def availability(self) -> float | None:
        """0..1, or None when nothing but planned downtime filled the window.

        ISO 22400-2, availability = actual production time / planned busy time (APT / PBT). Planned busy time is the window
        without planned downtime; a machine that no record calls stopped is taken to produce.
        """
        busy_ms = self.total_ms - self.downtime_by_category[Category.PLANNED]
        return self.uptime_ms / busy_ms if busy_ms > 0 else None


def clip(interval: Interval, from_ms: int, to_ms: int) -> Interval | None:
    """The part of an interval within [from, to); None when there is none."""
    start_ms, end_ms = max(interval.start_ms, from_ms), min(interval.end_ms, to_ms)
    return Interval(start_ms, end_ms) if start_ms < end_ms else None


def clipped(intervals: Iterable[Interval], from_ms: int, to_ms: int) -> list[Interval]:
    """The parts of all intervals within [from, to). Those within it are kept as they are: most are, and making new ones takes the time."""
    return [
        part
        for each in intervals
        if (part := each if from_ms <= each.start_ms < each.end_ms <= to_ms else clip(each, from_ms, to_ms)) is not None
    ]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The time that at least one interval covers: apart from each other, in order, none of them empty. O(n log n)."""
    spans = sorted([(each.start_ms, each.end_ms) for each in intervals if each.start_ms < each.end_ms])
    if not spans:
        return []
    apart: list[Interval] = []
    begun_ms, ended_ms = spans[0]
    for start_ms, end_ms in spans:
        if start_ms > ended_ms:
            apart.append(Interval(begun_ms, ended_ms))
            begun_ms, ended_ms = start_ms, end_ms
        elif end_ms > ended_ms:
            ended_ms = end_ms
    return [*apart, Interval(begun_ms, ended_ms)]


def total_ms(intervals: Iterable[Interval]) -> int:
    """The sum of the lengths; of a union, the time covered."""
    return sum(each.end_ms - each.start_ms for each in intervals)


def meets(start_ms: int, end_ms: int | None, from_ms: int, to_ms: int) -> bool:
    """Whether something is in [from, to): it starts before `to` and is open or ends after `from`; of no length, it is within."""
    if start_ms == end_ms:
        return from_ms <= start_ms < to_ms
    return from_ms < to_ms and start_ms < to_ms and (end_ms is None or end_ms > from_ms)


def standstills(stops: Iterable[Stop], from_ms: int, to_ms: int) -> list[Interval]:
    """The parts of stops within [from, to), an open one up to `to`, which must not be in the future."""
    return clipped((Interval(stop.start_ms, to_ms if stop.end_ms is None else stop.end_ms) for stop in stops), from_ms, to_ms)


def exclusive(groups: Iterable[Iterable[Interval]]) -> list[int]:
    """How much time each group covers that no earlier group does: the shares add up to what all cover together."""
    shares: list[int] = []
    covered: list[Interval] = []
    for group in groups:
        before_ms = total_ms(covered)
        covered = union([*covered, *group])
        shares.append(total_ms(covered) - before_ms)
    return shares


def summarise(stops: Sequence[Stop], from_ms: int, to_ms: int, now_ms: int) -> UptimeSummary:
    """Uptime and downtime of a window; of one that has not begun, noughts.

    Uptime percentage = 100 * uptime / window (Haltless, "Uptime summary").
    """
    to_ms = max(from_ms, min(to_ms, now_ms))
    window_ms = to_ms - from_ms
    by_category = [standstills([stop for stop in stops if stop.category is category], from_ms, to_ms) for category in PRECEDENCE]
    shares = dict(zip(PRECEDENCE, exclusive(by_category), strict=True))
    covered_ms = sum(shares.values())
    return UptimeSummary(
        total_ms=window_ms,
        uptime_ms=window_ms - covered_ms,
        downtime_ms=covered_ms,
        uptime_percentage=100 * (window_ms - covered_ms) / window_ms if window_ms else 0.0,
        downtime_by_category=shares,
        record_count=sum(meets(stop.start_ms, stop.end_ms, from_ms, to_ms) for stop in stops),
    )
