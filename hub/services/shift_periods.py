"""Shift periods on the timelines of machines, kept in step with the clock."""

from collections.abc import Sequence

import structlog

from hub.coaching.shift_plan import next_change_ms, shift_events
from hub.errors import Invalid
from hub.zones import clock_of
from storage.connection import Store
from storage.entities.event import Event, EventChange, event_json
from storage.entities.shift_pattern import ShiftPattern
from storage.errors import NotStored, VersionConflict
from storage.repositories.posted_events import lane_of
from storage.repositories.shift_patterns import PeriodChange

# One commit holds the store for some milliseconds.
PERIODS_A_COMMIT = 250
DAY_MS = 86_400_000
PATTERNS_LIMIT = 200
"""Patterns of an organisation; a site has a handful."""
log = structlog.get_logger(__name__)


class ShiftPeriods:
    """Any process may write them: each commit stands on the version of the pattern that it was reckoned from, and ids follow from
    pattern, machine and start, so that whoever comes second writes nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # (organisation, pattern) → its version and when there is something to do for it next.
        self._due: dict[tuple[str, str], tuple[int, int | None]] = {}

    async def keep(self, now_ms: int) -> int:
        """Starts and ends periods of all organisations that are due, those of a standstill too; returns how many patterns changed."""
        changed = 0
        seen: dict[tuple[str, str], tuple[int, int | None]] = {}
        for organisation in await self._store.organisations.list():
            for pattern in await self._store.shift_patterns.list(organisation.name, PATTERNS_LIMIT):
                place = (organisation.name, pattern.id)
                version, due_ms = self._due.get(place, (-1, None))
                if version == pattern.version and (due_ms is None or due_ms > now_ms):
                    seen[place] = (version, due_ms)
                    continue
                try:
                    kept = await self.catch_up(pattern, now_ms)
                    seen[place] = (kept.version, next_change_ms(kept, clock_of(kept.time_zone), now_ms))
                    changed += kept.version != pattern.version
                except (VersionConflict, NotStored):
                    # Somebody changed it just now, and writes its periods too: look again at the next turn.
                    continue
                except Invalid as error:
                    # The zones of this computer no longer have its name. The other patterns go on.
                    seen[place] = (pattern.version, None)
                    log.warning("a shift pattern stands still", organisation=organisation.name, pattern=pattern.id, error=error.message)
        self._due = seen
        return changed

    async def catch_up(self, pattern: ShiftPattern, now_ms: int) -> ShiftPattern:
        """Writes what the timelines of the pattern's machines lack up to now; answers the pattern as saved.

        Raises VersionConflict, NotStored when the pattern is not what it was: periods written so far are right.
        """
        zone, wrote = clock_of(pattern.time_zone), False
        for machine in pattern.working:
            lacking = await self._lacking(shift_events(pattern, machine, zone, now_ms))
            for at in range(0, len(lacking), PERIODS_A_COMMIT):
                periods = [period_change(event, now_ms) for event in lacking[at : at + PERIODS_A_COMMIT]]
                pattern = await self._store.shift_patterns.write(pattern, periods)
                wrote = True
        if not wrote:
            return pattern
        until = [m if m.left_ms is not None else m.model_copy(update={"written_until_ms": now_ms}) for m in pattern.machines]
        return await self._store.shift_patterns.write(pattern.model_copy(update={"machines": tuple(until)}), [])

    async def _lacking(self, events: Sequence[Event]) -> list[Event]:
        if not events:
            return []
        lane = lane_of(events[0].organisation, events[0].machine)
        stored = await self._store.intervals.find_many(lane, [event.id for event in events])
        return [event for event, known in zip(events, stored, strict=True) if known is None or known.json != event_json(event)]


def period_change(event: Event, now_ms: int) -> PeriodChange:
    """What is told of a period: what ended over a day ago is no news to who follows all machines."""
    if event.end_ms is None:
        return PeriodChange(EventChange.started(event))
    return PeriodChange(EventChange.finished(event), is_news=event.end_ms > now_ms - DAY_MS)
