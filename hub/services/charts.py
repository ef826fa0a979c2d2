"""Charts and states of machines, drawn from their intervals beside the event loop."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from hub.coaching.activities import Activity, activities
from hub.coaching.availability import Interval
from hub.coaching.charts import CHARTS, Bar, Chart, MachineBars, draw
from hub.services.machine_bars import MachineBarsReader, Wanted
from hub.services.turns import Turns
from storage.connection import Store
from storage.entities.event import EventType

_CYCLE, _STEP, _REASON, _SHIFT = EventType.CYCLE, EventType.STEP, EventType.ACTIVITY_REASON, EventType.SHIFT_PERIOD
_STATES = Wanted(frozenset({_CYCLE, _STEP, _REASON, _SHIFT}))
_WANTED = {
    "machine_utilisation": _STATES,
    "machine_hours": _STATES,
    "downtime_analysis": Wanted(frozenset({_REASON})),
    "downtime_reason": Wanted(frozenset({_REASON}), frozenset({_REASON})),
    "downtime_reason_category": Wanted(frozenset({_REASON}), categories=True),
    "shift_breakdown": Wanted(_STATES.types, frozenset({_SHIFT})),
    "cycle": Wanted(frozenset({_CYCLE})),
    "step_cycle": Wanted(frozenset({_STEP}), frozenset({_STEP})),
}
assert set(_WANTED) == set(CHARTS)


@dataclass(frozen=True, slots=True)
class MachineActivities:
    """The states of a machine over a window, without a hole."""

    machine: str
    activities: Sequence[Activity]


class ChartsService:
    """Draws for a few callers at a time."""

    def __init__(self, store: Store, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._reader = MachineBarsReader(store)
        self._clock = clock
        self._turns = Turns()

    def knows(self, chart_type: str) -> bool:
        """Whether there is such a chart."""
        return chart_type in _WANTED

    async def chart(self, organisation: str, chart_type: str, machines: Sequence[str], from_ms: int, to_ms: int) -> Chart:
        """A known chart of machines (none named = all that are not archived). Raises Invalid, Unavailable."""
        async with self._turns.one():
            bars = await self._reader.read(organisation, machines, _WANTED[chart_type], from_ms, to_ms)
            return await self._turns.reckon(partial(draw, chart_type, bars, from_ms, to_ms, self._clock()))

    async def activities(self, organisation: str, machines: Sequence[str], from_ms: int, to_ms: int) -> Sequence[MachineActivities]:
        """What machines did in [from, to), at most up to now. Raises Invalid, Unavailable."""
        async with self._turns.one():
            bars = await self._reader.read(organisation, machines, _STATES, from_ms, to_ms)
            return await self._turns.reckon(partial(_all_activities, bars, from_ms, min(to_ms, self._clock())))


def _all_activities(bars: Sequence[MachineBars], from_ms: int, to_ms: int) -> list[MachineActivities]:
    if to_ms <= from_ms:
        return [MachineActivities(each.machine, []) for each in bars]
    return [MachineActivities(each.machine, _activities(each, from_ms, to_ms)) for each in bars]


def _activities(each: MachineBars, from_ms: int, to_ms: int) -> list[Activity]:
    busy = _closed([*each.cycles, *each.steps], to_ms)
    shifts = None if each.shifts is None else _closed(each.shifts, to_ms)
    return activities(busy, _closed(each.reasons, to_ms), shifts, from_ms, to_ms)


def _closed(bars: Sequence[Bar], to_ms: int) -> list[Interval]:
    """What is in flight lasts to the end of the window."""
    return [Interval(bar.start_ms, to_ms if bar.end_ms is None else bar.end_ms) for bar in bars]
