"""How long repairs take and how long a machine runs between failures: MTTR and MTBF."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.coaching.availability import Stop, standstills, total_ms, union
from storage.entities.downtime_record import Category

HOUR_MS = 3_600_000
# Haltless: "average repair duration for unplanned and maintenance events".
REPAIRS = frozenset({Category.UNPLANNED, Category.MAINTENANCE})

METHOD = (
    "MTTR is the mean duration of the unplanned and maintenance records that ended within the window, each counted once and whole, even "
    "where records overlap; open records are no repairs yet. MTBF is the uptime of the window, which is the window minus the union of all "
    "downtime records, divided by the number of unplanned records that began within it. The window counts whole, also what of it lies "
    "before the machine was made here: records may be given afterwards. Without a failure MTBF is null and uptime_hours its lower bound."
)
FLEET_METHOD = "Sums of all machines divided by sums, not a mean of means. For each machine: " + METHOD


@dataclass(frozen=True, slots=True)
class Reliability:
    """The sums of a window: time of `repairs` finished repairs, time up, and how many failures began."""

    repair_ms: int
    repairs: int
    failures: int
    uptime_ms: int
    method: str = METHOD

    @property
    def mttr_hours(self) -> float | None:
        """Mean time to repair = sum of the durations of repairs / number of repairs; None without a repair.

        Haltless, "MTTR / MTBF": the average repair duration of unplanned and maintenance events. ISO 22400-2 has the same sum of times
        to repair, divided by failure events + 1; the source's average is kept because its clients know it.
        """
        return self.repair_ms / self.repairs / HOUR_MS if self.repairs else None

    @property
    def mtbf_hours(self) -> float | None:
        """Mean time between failures = uptime / number of unplanned failures; None without a failure: `uptime_ms` is then a lower bound.

        Haltless, "MTTR / MTBF": the average uptime between unplanned failure events, in the lookback window of `days`. Its clients ask
        for a window and reckon with all of it, so it is not cut where the machine was made here: the machine is older than its entry, and
        its earlier records come with an import or by hand. ISO 22400-2 divides the times between failures by failure events + 1.
        """
        return self.uptime_ms / self.failures / HOUR_MS if self.failures else None

    @property
    def uptime_hours(self) -> float:
        """Hours up in the window."""
        return self.uptime_ms / HOUR_MS


def reliability(stops: Sequence[Stop], from_ms: int, to_ms: int, now_ms: int) -> Reliability:
    """The repairs that ended in (from, to], the failures that began in [from, to), and the uptime between.

    A failure belongs to the window it began in and a repair to the one it ended in, so neighbouring windows add up. `to` in
    the future is now: a record that ends later is not repaired yet.
    """
    to_ms = max(from_ms, min(to_ms, now_ms))
    repairs = [
        stop.end_ms - stop.start_ms
        for stop in stops
        if stop.category in REPAIRS and stop.end_ms is not None and from_ms < stop.end_ms <= to_ms
    ]
    return Reliability(
        repair_ms=sum(repairs),
        repairs=len(repairs),
        failures=sum(stop.category is Category.UNPLANNED and from_ms <= stop.start_ms < to_ms for stop in stops),
        uptime_ms=to_ms - from_ms - total_ms(union(standstills(stops, from_ms, to_ms))),
    )


def fleet(machines: Iterable[Reliability]) -> Reliability:
    """All machines as one: sums over sums, so a machine with many repairs weighs more than one with a single long one."""
    known = list(machines)
    return Reliability(
        repair_ms=sum(each.repair_ms for each in known),
        repairs=sum(each.repairs for each in known),
        failures=sum(each.failures for each in known),
        uptime_ms=sum(each.uptime_ms for each in known),
        method=FLEET_METHOD,
    )
