"""Patterns of shifts: who works when, and since when it is so."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.coaching.shift_plan import current_event, overlapping, shift_periods
from hub.errors import Invalid, Unavailable
from hub.services.lost_race import TRIES, wait_a_moment
from hub.services.shift_periods import PATTERNS_LIMIT, ShiftPeriods, period_change
from hub.zones import clock_of
from storage.connection import Store
from storage.entities.shift_pattern import PatternMachine, Shift, ShiftPattern
from storage.errors import AlreadyExists, NotStored, VersionConflict
from storage.repositories.shift_patterns import PeriodChange

DAY_MS = 86_400_000
BACK_MS = 400 * DAY_MS
"""How far back a new pattern is written: a year with something to compare it with."""
WRITTEN_AT_ONCE = 5_000
"""Past periods that one request writes; with many machines the newest of each."""
# Machines that left a pattern are remembered, so that one that comes back does not get another past.
MOST_KEPT = 2_000
# It stands in keys, addresses and labels.
_NAME = re.compile(r"[^\s/\x00-\x1f\x7f](?:[^/\x00-\x1f\x7f]{0,98}[^\s/\x00-\x1f\x7f])?")


@dataclass(frozen=True, slots=True)
class PatternWish:
    """What a pattern shall be."""

    time_zone: str
    machines: tuple[str, ...]
    weekly: tuple[Shift, ...]


class ShiftPatternsService:
    """Puts and lists the shift patterns of an organisation."""

    def __init__(self, store: Store, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._store = store
        self._clock = clock
        self._periods = ShiftPeriods(store)

    async def list(self, organisation: str) -> Sequence[ShiftPattern]:
        """All of them, oldest first."""
        return await self._store.shift_patterns.list(organisation, PATTERNS_LIMIT)

    async def put(self, organisation: str, name: str, wish: PatternWish) -> tuple[ShiftPattern, bool]:
        """The pattern as stored, and whether it is new, once its periods are written.

        A machine that is new to it gets the past too. A change holds from now on: past periods stay, the one in flight ends unless it
        has the same start in the new pattern.
        Raises Invalid naming the field.
        """
        await self._check(organisation, name, wish)
        for turn in range(TRIES):
            known = await self._store.shift_patterns.find(organisation, name)
            try:
                if known is None:
                    saved = await self._begin(organisation, name, wish)
                else:
                    saved = await self._change(known, wish)
                return await self._periods.catch_up(saved, self._clock()), known is None
            except (VersionConflict, NotStored, AlreadyExists):
                # The clock or somebody else wrote it just now: decide again.
                await wait_a_moment(turn)
        raise Unavailable(f"The shift pattern {name[:100]} is being changed all the time. Try again.")

    async def _check(self, organisation: str, name: str, wish: PatternWish) -> None:
        if not _NAME.fullmatch(name):
            raise Invalid("name: at most 100 characters, no slash and no control characters", field="name")
        try:
            clock_of(wish.time_zone)
        except Invalid as error:
            raise Invalid(f"time_zone: {error.message}", field="time_zone") from error
        pair = overlapping(wish.weekly)
        if pair is not None:
            one, other = (f"{shift.day} {shift.start}-{shift.end}" for shift in pair)
            raise Invalid(f"weekly: {one} and {other} overlap", field="weekly")
        for identifier in wish.machines:
            if await self._store.machines.by_identifier(organisation, identifier) is None:
                raise Invalid(f"machine_foreign_ids: there is no machine {identifier}", field="machine_foreign_ids")

    async def _begin(self, organisation: str, name: str, wish: PatternWish) -> ShiftPattern:
        if await self._store.shift_patterns.count(organisation) >= PATTERNS_LIMIT:
            raise Invalid(f"name: an organisation has at most {PATTERNS_LIMIT} shift patterns", field="name")
        now_ms = self._clock()
        pattern = ShiftPattern(
            organisation=organisation,
            id=name,
            time_zone=wish.time_zone,
            weekly=wish.weekly,
            machines=(),
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
        )
        return await self._store.shift_patterns.add(pattern.model_copy(update={"machines": _newcomers(pattern, wish.machines, now_ms)}))

    async def _change(self, known: ShiftPattern, wish: PatternWish) -> ShiftPattern:
        now_ms = self._clock()
        # What the old pattern says up to now is written before it is replaced.
        known = await self._periods.catch_up(known, now_ms)
        changed = known.model_copy(update={"time_zone": wish.time_zone, "weekly": wish.weekly, "updated_at_ms": now_ms})
        machines, ended = [], []
        for machine in known.machines:
            becomes, left_behind = _turned(known, changed, machine, machine.identifier in wish.machines, now_ms)
            machines.append(becomes)
            ended += left_behind
        strangers = [identifier for identifier in wish.machines if identifier not in {m.identifier for m in known.machines}]
        machines += _newcomers(changed, strangers, now_ms)
        changed = changed.model_copy(update={"machines": _bounded(machines)})
        if _says(changed) == _says(known):
            return known
        return await self._store.shift_patterns.write(changed, ended)


def _says(pattern: ShiftPattern) -> tuple[object, ...]:
    return pattern.time_zone, pattern.weekly, pattern.machines


def _newcomers(pattern: ShiftPattern, identifiers: Sequence[str], now_ms: int) -> tuple[PatternMachine, ...]:
    """Machines whose past is to be written: BACK_MS of it, at most WRITTEN_AT_ONCE periods in all, the newest of each."""
    if not identifiers:
        return ()
    past = shift_periods(pattern, clock_of(pattern.time_zone), now_ms - BACK_MS, now_ms + 1)
    kept = past[-max(1, WRITTEN_AT_ONCE // len(identifiers)) :]
    since_ms = kept[0].start_ms if kept else now_ms
    return tuple(PatternMachine(identifier=each, applies_from_ms=since_ms, written_until_ms=since_ms) for each in identifiers)


def _turned(
    old: ShiftPattern, new: ShiftPattern, machine: PatternMachine, stays: bool, now_ms: int
) -> tuple[PatternMachine, list[PeriodChange]]:
    """What a machine of the old pattern is in the new one, and the period that ends by it."""
    if machine.left_ms is not None:
        comes_back = machine.model_copy(update={"left_ms": None, "applies_from_ms": now_ms, "written_until_ms": now_ms})
        return (comes_back if stays else machine), []
    if stays and (old.time_zone, old.weekly) == (new.time_zone, new.weekly):
        return machine, []
    runs = current_event(old, machine, clock_of(old.time_zone), now_ms)
    becomes = current_event(new, machine, clock_of(new.time_zone), now_ms)
    if stays and runs is not None and becomes is not None and runs.id == becomes.id:
        # The same period goes on, perhaps to another end and with another label.
        return machine.model_copy(update={"applies_from_ms": runs.start_ms, "written_until_ms": runs.start_ms}), []
    update = {"applies_from_ms": now_ms, "written_until_ms": now_ms, "left_ms": None if stays else now_ms}
    ended = [period_change(runs.model_copy(update={"end_ms": now_ms}), now_ms)] if runs is not None else []
    return machine.model_copy(update=update), ended


def _bounded(machines: list[PatternMachine]) -> tuple[PatternMachine, ...]:
    """All that work the pattern, and of those that left it the latest."""
    left = sorted((m for m in machines if m.left_ms is not None), key=lambda m: m.left_ms or 0)
    forgotten = {m.identifier for m in left[: max(0, len(machines) - MOST_KEPT)]}
    return tuple(m for m in machines if m.identifier not in forgotten)
