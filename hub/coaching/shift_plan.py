"""What a pattern of shifts puts on a machine's timeline. Times are milliseconds UTC."""

from collections import Counter
from collections.abc import Sequence

from hub.coaching.shifts import DAYS, Clock, ShiftPeriod, WeeklyShift, minutes, periods
from storage.entities.event import Event, EventType, event_id
from storage.entities.shift_pattern import PatternMachine, Shift, ShiftPattern

_DAY = 24 * 60
_WEEK = 7 * _DAY


def overlapping(weekly: Sequence[Shift]) -> tuple[Shift, Shift] | None:
    """Two shifts that share time, if there are any: a machine works one shift of a pattern at a time. Raises ValueError."""
    placed = sorted((DAYS.index(shift.day) * _DAY + minutes(shift.start), place) for place, shift in enumerate(weekly))
    for n, (start, place) in enumerate(placed):
        after, after_place = placed[(n + 1) % len(placed)]
        until_next = (after - start) % _WEEK if len(placed) > 1 else _WEEK
        if until_next < _length(weekly[place]):
            return weekly[place], weekly[after_place]
    return None


def shift_periods(pattern: ShiftPattern, zone: Clock, from_ms: int, to_ms: int) -> list[ShiftPeriod]:
    """The periods of the pattern, as it is now, that meet [from, to)."""
    return periods([WeeklyShift(shift.day, shift.start, shift.end) for shift in pattern.weekly], zone, from_ms, to_ms)


def shift_events(pattern: ShiftPattern, machine: PatternMachine, zone: Clock, now_ms: int) -> list[Event]:
    """The periods that the machine's timeline lacks or that were in flight when it was written last, as they are now, by their start."""
    found = []
    for period in shift_periods(pattern, zone, machine.written_until_ms, now_ms + 1):
        start_ms = max(period.start_ms, machine.applies_from_ms)
        if start_ms < period.end_ms:
            found.append(_event(pattern, machine.identifier, start_ms, period.end_ms if period.end_ms <= now_ms else None, period))
    return found


def current_event(pattern: ShiftPattern, machine: PatternMachine, zone: Clock, now_ms: int) -> Event | None:
    """The period in flight, if there is one."""
    return next((event for event in shift_events(pattern, machine, zone, now_ms) if event.end_ms is None), None)


def next_change_ms(pattern: ShiftPattern, zone: Clock, now_ms: int) -> int | None:
    """When the next period starts or ends; None = never."""
    # A clock that skips an hour may skip a shift: the week after has one.
    edges = [edge for p in shift_periods(pattern, zone, now_ms, now_ms + 15 * 86_400_000) for edge in (p.start_ms, p.end_ms)]
    return min((edge for edge in edges if edge > now_ms), default=None)


def label_of(pattern: ShiftPattern, period: ShiftPeriod) -> str:
    """The name of the pattern; where a day has several shifts, with the times of this one: `Three shifts 06:00-14:00`."""
    several = max(Counter(shift.day for shift in pattern.weekly).values(), default=0) > 1
    return f"{pattern.id} {period.label.partition(' ')[2]}" if several else pattern.id


def _event(pattern: ShiftPattern, machine: str, start_ms: int, end_ms: int | None, period: ShiftPeriod) -> Event:
    return Event(
        id=event_id(pattern.organisation, EventType.SHIFT_PERIOD, f"shift/{pattern.id}/{machine}/{start_ms}"),
        organisation=pattern.organisation,
        type=EventType.SHIFT_PERIOD,
        machine=machine,
        start_ms=start_ms,
        end_ms=end_ms,
        label=label_of(pattern, period),
    )


def _length(shift: Shift) -> int:
    length = minutes(shift.end) - minutes(shift.start)
    return length if length > 0 else length + _DAY
