"""What charts are drawn from: the intervals of machines in a window, read portion by portion and kept small."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from hub.coaching.charts import Bar, MachineBars
from hub.errors import Invalid
from hub.services.events import REQUIRED, REVERSED
from hub.timestamps import parse_iso
from storage import keys
from storage.connection import Store
from storage.entities.downtime_record import Category
from storage.entities.event import EventType, event_id
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
# Machines read at the same time.
_AT_A_TIME = 4

_EVERYTHING = frozenset(EventType)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which types of event are read, of which of them the words, and whether reasons get the category of their downtime record."""

    types: frozenset[EventType] = _EVERYTHING
    labelled: frozenset[EventType] = frozenset()
    categories: bool = False


def parse_span(from_: str | None, to: str | None, longest_ms: int, too_long: str) -> tuple[int, int]:
    """A window in milliseconds UTC. Raises Invalid with the source's very texts, or `too_long`."""
    try:
        from_ms, to_ms = parse_iso(from_ or ""), parse_iso(to or "")
    except Invalid as error:
        raise Invalid(REQUIRED) from error
    if to_ms <= from_ms:
        raise Invalid(REVERSED)
    if to_ms - from_ms > longest_ms:
        raise Invalid(too_long)
    return from_ms, to_ms


class _Budget:
    """Counts what one answer reads."""

    def __init__(self) -> None:
        self._left = INTERVALS_LIMIT

    def take(self, count: int) -> None:
        """Raises Invalid when it is too much."""
        self._left -= count
        if self._left < 0:
            raise Invalid(f"there are more than {INTERVALS_LIMIT} events in this window: ask for a shorter one, or for fewer machines")


class MachineBarsReader:
    """Reads the bars of machines. A machine has shifts when it works a pattern or the window has shift periods of it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def machines(self, organisation: str, identifiers: Sequence[str]) -> list[Machine]:
        """Those of the identifiers that there are, in the order asked; none asked = all that are not archived, by identifier.

        Raises Invalid for more than MACHINES_LIMIT.
        """
        found = await self._store.machines.list(organisation, _LISTED)
        if identifiers:
            by_identifier = {machine.machine_identifier: machine for machine in found}
            chosen = [by_identifier[each] for each in dict.fromkeys(identifiers) if each in by_identifier]
        else:
            chosen = sorted((machine for machine in found if machine.is_active), key=lambda machine: machine.machine_identifier)
        if len(chosen) > MACHINES_LIMIT:
            raise Invalid(f"machine_foreign_ids: name at most {MACHINES_LIMIT} machines")
        return chosen

    async def read(self, machines: Sequence[Machine], wanted: Wanted, from_ms: int, to_ms: int) -> list[MachineBars]:
        """The bars of each machine in [from, to). Raises Invalid when there are too many."""
        budget, bars = _Budget(), []
        rostered = await self._rostered(machines[0].organisation) if machines else frozenset()
        for at in range(0, len(machines), _AT_A_TIME):
            portion = machines[at : at + _AT_A_TIME]
            bars += await asyncio.gather(*(self._bars(each, wanted, from_ms, to_ms, budget, rostered) for each in portion))
        return bars

    async def _rostered(self, organisation: str) -> frozenset[str]:
        patterns = await self._store.shift_patterns.list(organisation)
        return frozenset(machine.identifier for pattern in patterns for machine in pattern.working)

    async def _bars(
        self, machine: Machine, wanted: Wanted, from_ms: int, to_ms: int, budget: _Budget, rostered: frozenset[str]
    ) -> MachineBars:
        categories = await self._categories(machine, from_ms, to_ms, budget) if wanted.categories else {}
        bars: dict[str, list[Bar]] = {type_.value: [] for type_ in EventType}
        labelled = {type_.value for type_ in wanted.labelled}
        lane = keys.Lane(machine.organisation, keys.MACHINE, machine.machine_identifier)
        at_ms, width_ms = from_ms, DAY_MS
        while at_ms < to_ms:
            until_ms = min(to_ms, at_ms + width_ms)
            found, _ = await self._store.intervals.window([lane], at_ms, until_ms, [type_.value for type_ in wanted.types])
            # What reaches in from before was read with the portion before.
            fresh = found if at_ms == from_ms else [each for each in found if each.start_ms >= at_ms]
            budget.take(len(fresh))
            for each in fresh:
                bars[each.type].append(_bar(each, each.type in labelled, categories))
            width_ms = _next_width(width_ms, len(found))
            at_ms = until_ms
        shifts = bars[EventType.SHIFT_PERIOD]
        has_shifts = bool(shifts) or machine.machine_identifier in rostered
        return MachineBars(
            machine=machine.machine_identifier,
            cycles=bars[EventType.CYCLE],
            steps=bars[EventType.STEP],
            reasons=bars[EventType.ACTIVITY_REASON],
            shifts=shifts if has_shifts else None,
        )

    async def _categories(self, machine: Machine, from_ms: int, to_ms: int, budget: _Budget) -> dict[str, Category]:
        """The category of each reason that is a downtime record too, by the id of its event."""
        lane = keys.Lane(machine.organisation, keys.DOWNTIME_RECORDS, machine.id)
        found, _ = await self._store.intervals.window([lane], from_ms, to_ms)
        budget.take(len(found))
        records = ((event_id(machine.organisation, EventType.ACTIVITY_REASON, f"downtime/{each.id}"), each) for each in found)
        return {id_: Category(each.type) for id_, each in records}


def _bar(stored: StoredInterval, labelled: bool, categories: dict[str, Category]) -> Bar:
    label = orjson.loads(stored.json)["label"] if labelled else ""
    return Bar(stored.start_ms, stored.end_ms, label, categories.get(stored.id))


def _next_width(width_ms: int, found: int) -> int:
    if found < _FEW:
        return min(width_ms * 2, _LONGEST_PORTION_MS)
    return max(width_ms // 2, HOUR_MS) if found > _MANY else width_ms
