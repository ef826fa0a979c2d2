"""What charts are drawn from: the intervals of machines in a window, kept small."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from hub.coaching.charts import Bar, MachineBars
from hub.services.timeline_reader import Budget, TimelineReader
from storage import keys
from storage.connection import Store
from storage.entities.downtime_record import Category
from storage.entities.event import EventType, event_id
from storage.entities.machine import Machine
from storage.interval import StoredInterval

# Machines read at the same time.
_AT_A_TIME = 4

_EVERYTHING = frozenset(EventType)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which types of event are read, of which of them the words, and whether reasons get the category of their downtime record."""

    types: frozenset[EventType] = _EVERYTHING
    labelled: frozenset[EventType] = frozenset()
    categories: bool = False


class MachineBarsReader:
    """Reads the bars of machines. A machine has shifts when it works a pattern or the window has shift periods of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._timelines = TimelineReader(store)

    async def read(self, organisation: str, named: Sequence[str], wanted: Wanted, from_ms: int, to_ms: int) -> list[MachineBars]:
        """The bars of each machine named (none = all that are not archived) in [from, to). Raises Invalid when there are too many."""
        machines = await self._timelines.machines(organisation, named)
        budget, bars = Budget(), []
        patterns = await self._store.shift_patterns.list(organisation)
        rostered = frozenset(machine.identifier for pattern in patterns for machine in pattern.working)
        for at in range(0, len(machines), _AT_A_TIME):
            portion = machines[at : at + _AT_A_TIME]
            found = await asyncio.gather(*(self._bars(each, wanted, from_ms, to_ms, budget) for each in portion))
            bars += [_with_shifts(each, each.machine in rostered) for each in found]
        return bars

    async def _bars(self, machine: Machine, wanted: Wanted, from_ms: int, to_ms: int, budget: Budget) -> MachineBars:
        categories = await self._categories(machine, from_ms, to_ms, budget) if wanted.categories else {}
        bars: dict[str, list[Bar]] = {type_.value: [] for type_ in EventType}
        labelled = {type_.value for type_ in wanted.labelled}
        async for portion in self._timelines.portions(machine, wanted.types, from_ms, to_ms, budget):
            for each in portion:
                bars[each.type].append(_bar(each, each.type in labelled, categories))
        return MachineBars(
            machine=machine.machine_identifier,
            cycles=bars[EventType.CYCLE],
            steps=bars[EventType.STEP],
            reasons=bars[EventType.ACTIVITY_REASON],
            shifts=bars[EventType.SHIFT_PERIOD],
        )

    async def _categories(self, machine: Machine, from_ms: int, to_ms: int, budget: Budget) -> dict[str, Category]:
        """The category of each reason that is a downtime record too, by the id of its event."""
        lane = keys.Lane(machine.organisation, keys.DOWNTIME_RECORDS, machine.id)
        found, _ = await self._store.intervals.window([lane], from_ms, to_ms)
        budget.take(len(found))
        records = ((event_id(machine.organisation, EventType.ACTIVITY_REASON, f"downtime/{each.id}"), each) for each in found)
        return {id_: Category(each.type) for id_, each in records}


def _bar(stored: StoredInterval, labelled: bool, categories: dict[str, Category]) -> Bar:
    label = orjson.loads(stored.json)["label"] if labelled else ""
    return Bar(stored.start_ms, stored.end_ms, label, categories.get(stored.id))


def _with_shifts(bars: MachineBars, rostered: bool) -> MachineBars:
    """None in place of no shift periods, unless the machine works a pattern: it is off then, not without shifts."""
    shifts = bars.shifts if bars.shifts or rostered else None
    return MachineBars(bars.machine, bars.cycles, bars.steps, bars.reasons, shifts)
