"""Weekly shifts become periods on the calendar, right over daylight saving and midnight. Times are milliseconds UTC."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

MINUTE_MS = 60_000
DAY_MS = 86_400_000
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# 1970-01-01 was a Thursday.
_EPOCH_WEEKDAY = 3
# Longer than any zone is away from UTC, and shorter than the time between two changes of a clock.
_FAR_MS = DAY_MS

# How far a zone's clock is ahead of UTC (ms) at a moment (ms UTC): `hub.zones.clock_of("Europe/Zurich")`.
Clock = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class WeeklyShift:
    """A shift that begins every week on `day` (mon..sun) at `start` and ends at `end`, "HH:MM" on the local clock.

    An end at or before the start is on the next day: "22:00" to "06:00" crosses midnight, "06:00" to "06:00" is a whole day.
    """

    day: str
    start: str
    end: str

    @property
    def label(self) -> str:
        """`mon 06:00-14:00`"""
        return f"{self.day} {self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class ShiftPeriod:
    """One shift of one week."""

    start_ms: int
    end_ms: int
    label: str


def periods(shifts: Iterable[WeeklyShift], zone: Clock, from_ms: int, to_ms: int) -> list[ShiftPeriod]:
    """The periods that meet [from, to), in order of their start; whole, so that a period is the same in every window.

    A time that the clock skips on its way forward is the moment of the change, one that it shows twice on its way back is the
    first of the two. A shift that is skipped as a whole has no period. `zone` is asked a few times for each day of the window.
    """
    found = []
    for shift in shifts:
        start_ms, end_ms = minutes(shift.start) * MINUTE_MS, minutes(shift.end) * MINUTE_MS
        lasts_ms = end_ms - start_ms if end_ms > start_ms else end_ms - start_ms + DAY_MS
        for day in _days_of(shift.day, from_ms, to_ms):
            begins = moment(zone, day * DAY_MS + start_ms)
            ends = moment(zone, day * DAY_MS + start_ms + lasts_ms)
            if begins < ends and begins < to_ms and ends > from_ms:
                found.append(ShiftPeriod(begins, ends, shift.label))
    return sorted(found, key=lambda period: (period.start_ms, period.end_ms, period.label))


def minutes(clock: str) -> int:
    """Minutes after midnight of "HH:MM", "00:00" to "23:59". Raises ValueError."""
    hour, colon, minute = clock.partition(":")
    if len(clock) != 5 or colon != ":" or not (hour + minute).isascii() or not (hour + minute).isdigit():
        raise ValueError(f"{clock[:20]!r} is not a time of day such as 06:00")
    if int(hour) > 23 or int(minute) > 59:
        raise ValueError(f"{clock[:20]!r} is not a time of day: hours go to 23, minutes to 59")
    return int(hour) * 60 + int(minute)


def moment(zone: Clock, local_ms: int) -> int:
    """The first moment (ms UTC) at which the zone's clock shows `local_ms` (ms since 1970 on that clock) or later."""
    before, after = zone(local_ms - _FAR_MS), zone(local_ms + _FAR_MS)
    if zone(local_ms - before) == before:
        return local_ms - before
    if zone(local_ms - after) == after:
        return local_ms - after
    early, late = local_ms - after, local_ms - before
    while early < late:
        middle = (early + late) // 2
        if zone(middle) == after:
            late = middle
        else:
            early = middle + 1
    return early


def _days_of(day: str, from_ms: int, to_ms: int) -> Iterable[int]:
    """The days since 1970 with this name on which a shift can begin that meets the window. Raises ValueError for an unknown name.

    Two days before: a shift lasts up to a day, and a clock is up to a day ahead or behind.
    """
    if day not in DAYS:
        raise ValueError(f"{day[:20]!r} is not a day: use one of {', '.join(DAYS)}")
    first, last = from_ms // DAY_MS - 2, to_ms // DAY_MS + 1
    offset = (DAYS.index(day) - _EPOCH_WEEKDAY - first) % 7
    return range(first + offset, last + 1, 7)
