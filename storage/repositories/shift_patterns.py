"""Shift patterns, saved together with the shift periods that follow from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage import keys
from storage.commit import Commit
from storage.entities.event import EventChange, change_json, event_json
from storage.entities.shift_pattern import ShiftPattern
from storage.interval import StoredInterval
from storage.repositories.base import Repository


@dataclass(frozen=True, slots=True)
class PeriodChange:
    """What happened to a shift period; `is_news` False: it is long past, so it is told to who follows its machine alone."""

    change: EventChange
    is_news: bool = True


class ShiftPatterns(Repository[ShiftPattern]):
    """`write` is how periods come to be: over the version of the pattern that they were reckoned from, or not at all."""

    noun = "shift-pattern"
    model = ShiftPattern

    async def write(self, pattern: ShiftPattern, periods: Sequence[PeriodChange]) -> ShiftPattern:
        """Saves a pattern over the version that was read, with its periods, in one step; durable when it returns.

        Raises VersionConflict, NotStored.
        """
        commit = Commit(self._db, pattern.organisation)
        saved = self._put(commit, pattern, None)
        for period in periods:
            if period.is_news:
                commit.event(period.change)
                continue
            event = period.change.event
            stored = StoredInterval(event.id, event.type.value, event.start_ms, event.end_ms, event_json(event))
            commit.interval(keys.Lane(event.organisation, keys.MACHINE, event.machine), stored, change_json(period.change))
        await self._run(commit, pattern)
        return saved
