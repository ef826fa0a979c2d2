"""How a machine fares now, from what its timeline says."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from storage.entities.downtime_record import Category
from storage.entities.event import EventType

# A cycle of assembly takes seconds to minutes: a machine of which nothing was heard for so long does not work now.
RECENT_MS = 15 * 60_000
# A plan says nothing about whether the machine is there.
_PLANS = frozenset({EventType.SHIFT_PERIOD.value})
_OTHER_STOPS = frozenset({EventType.ACTIVITY_REASON.value, *Category} - {Category.UNPLANNED.value})


class MachineStatus(StrEnum):
    """Haltless's four words, as `machine_status` derives them."""

    HEALTHY = "healthy"
    WARNING = "warning"
    CRITICAL = "critical"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of a machine or a record of its downtime: the `type` is the event's or the category. `end_ms` None = still."""

    type: str
    start_ms: int
    end_ms: int | None


def machine_status(heard: Iterable[Heard], now_ms: int) -> MachineStatus:
    """Of what touches the RECENT_MS (15 minutes) before now:

    critical: an unplanned downtime record is open; warning: another stop is (a record, or an activity reason, be it of a camera or of a
    session that is paused); healthy: no stop, and an event is in flight or ended in this time; offline: nothing was heard. Shift periods
    do not count.
    """
    known = [each for each in heard if each.type not in _PLANS]
    now = {each.type for each in known if each.start_ms <= now_ms and (each.end_ms is None or each.end_ms > now_ms)}
    if Category.UNPLANNED.value in now:
        return MachineStatus.CRITICAL
    if now & _OTHER_STOPS:
        return MachineStatus.WARNING
    return MachineStatus.HEALTHY if known else MachineStatus.OFFLINE
