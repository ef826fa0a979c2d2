"""Long windows of machines' timelines, read portion by portion and never more than memory is for."""

from collections.abc import AsyncIterator, Iterable, Sequence

from hub.errors import Invalid
from hub.services.events import REQUIRED, REVERSED
from hub.timestamps import parse_iso
from storage import keys
from storage.connection import Store
from storage.entities.event import EventType
from storage.entities.machine import Machine
from storage.interval import StoredInterval

HOUR_MS = 3_600_000
DAY_MS = 86_400_000
INTERVALS_LIMIT = 200_000
"""Intervals of one answer: fifty machines' 2,000 a day for two days. They take some 40 MB and two seconds."""
MACHINES_LIMIT = 500
"""Machines of one answer: each is read on its own."""
_LISTED = 10_000
# Portions grow while they bring less, and shrink when they bring more: one answer of the store stays small.
_FEW, _MANY = 1_000, 5_000
_LONGEST_PORTION_MS = 31 * DAY_MS


def parse_span(from_: str | None, to: str | None, longest_ms: int, too_long: str) -> tuple[int, int]:
    """A window in milliseconds UTC. Raises Invalid with the source's very texts, or `too_long`."""
    try:
        from_ms, to_ms = parse_iso(from_ or ""), parse_iso(to or "")
    except Invalid as error:
        raise Invalid(REQUIRED) from error
    check_span(from_ms, to_ms, longest_ms, too_long)
    return from_ms, to_ms


def check_span(from_ms: int, to_ms: int, longest_ms: int, too_long: str) -> None:
    """Raises Invalid for a window that is none, or longer than `longest_ms`."""
    if to_ms <= from_ms:
        raise Invalid(REVERSED)
    if to_ms - from_ms > longest_ms:
        raise Invalid(too_long)


class Budget:
    """Counts what one answer reads."""

    def __init__(self) -> None:
        self._left = INTERVALS_LIMIT

    def take(self, count: int) -> None:
        """Raises Invalid when it is too much."""
        self._left -= count
        if self._left < 0:
            raise Invalid(f"there are more than {INTERVALS_LIMIT} events in this window: ask for a shorter one, or for fewer machines")


class TimelineReader:
    """Reads the machines of an organisation, and what happened at each."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def machines(self, organisation: str, named: Sequence[str]) -> list[Machine]:
        """Those that there are of the identifiers or ids named, in that order; none named = all that are not archived, by identifier.

        Raises Invalid for more than MACHINES_LIMIT.
        """
        found = await self._store.machines.list(organisation, _LISTED)
        if named:
            known = {machine.id: machine for machine in found} | {machine.machine_identifier: machine for machine in found}
            chosen = list({known[each].id: known[each] for each in named if each in known}.values())
        else:
            chosen = sorted((machine for machine in found if machine.is_active), key=lambda machine: machine.machine_identifier)
        if len(chosen) > MACHINES_LIMIT:
            raise Invalid(f"name at most {MACHINES_LIMIT} machines")
        return chosen

    async def portions(
        self, machine: Machine, types: Iterable[EventType], from_ms: int, to_ms: int, budget: Budget
    ) -> AsyncIterator[list[StoredInterval]]:
        """The events of a machine in [from, to), each once, in order of their start. Raises Invalid when they are too many."""
        lane, names = lane_of(machine), [type_.value for type_ in types]
        at_ms, width_ms = from_ms, DAY_MS
        while at_ms < to_ms:
            until_ms = min(to_ms, at_ms + width_ms)
            found, _ = await self._store.intervals.window([lane], at_ms, until_ms, names)
            # What reaches in from before was read with the portion before.
            fresh = found if at_ms == from_ms else [each for each in found if each.start_ms >= at_ms]
            budget.take(len(fresh))
            yield fresh
            width_ms = _next_width(width_ms, len(found))
            at_ms = until_ms

    async def newest(self, machine: Machine, types: Iterable[EventType], from_ms: int, to_ms: int, count: int) -> list[StoredInterval]:
        """The newest `count` events of a machine in [from, to) by their start, oldest of them first."""
        lane, names = lane_of(machine), [type_.value for type_ in types]
        kept: list[StoredInterval] = []
        until_ms, width_ms = to_ms, DAY_MS
        while until_ms > from_ms and len(kept) < count:
            at_ms = max(from_ms, until_ms - width_ms)
            found, _ = await self._store.intervals.window([lane], at_ms, until_ms, names)
            # What begins before is read with the portion before.
            fresh = found if at_ms == from_ms else [each for each in found if each.start_ms >= at_ms]
            kept = fresh + kept
            width_ms = _next_width(width_ms, len(found))
            until_ms = at_ms
        return kept[-count:]


def lane_of(machine: Machine) -> keys.Lane:
    """The public timeline of a machine."""
    return keys.Lane(machine.organisation, keys.MACHINE, machine.machine_identifier)


def _next_width(width_ms: int, found: int) -> int:
    if found < _FEW:
        return min(width_ms * 2, _LONGEST_PORTION_MS)
    return max(width_ms // 2, HOUR_MS) if found > _MANY else width_ms
