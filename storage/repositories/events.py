"""The timeline of machines: events, open and finished, and which of them touch a window of time."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from storage import keys
from storage.commit import Commit
from storage.database import Database
from storage.entities.event import Event, EventChange, EventType
from storage.facts import Facts, FactsSince, Position
from storage.interval import StoredInterval
from storage.repositories.intervals import Intervals, WindowJson

ALL_MACHINES = "*"


@dataclass(frozen=True, slots=True)
class EventWindow:
    """The ready JSON of each event, ordered by start, then id; `position` of the machine's stream when one machine was asked for,
    else of the organisation's: a subscription from there misses nothing."""

    json: list[bytes]
    position: Position


class Events:
    """Intervals of one organisation's machines."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._facts = Facts(db)
        self._intervals = Intervals(db)

    async def record(self, changes: Sequence[EventChange]) -> None:
        """Stores what happened to events of one organisation in one step and announces it; durable when it returns."""
        if not changes:
            return
        commit = Commit(self._db, changes[0].event.organisation)
        for change in changes:
            commit.event(change)
        await commit.run()

    async def find(self, organisation: str, machine: str, event_id: str) -> Event | None:
        """One event."""
        stored = await self._intervals.find(keys.Lane(organisation, keys.MACHINE, machine), event_id)
        return None if stored is None else event_of(organisation, machine, stored)

    async def machines(self, organisation: str) -> list[str]:
        """Machines that have events, sorted."""
        return await self._intervals.owners(organisation, keys.MACHINE)

    async def window(
        self, organisation: str, machines: Sequence[str] | None, types: Iterable[EventType] | None, from_ms: int, to_ms: int
    ) -> EventWindow:
        """Events of the machines (None = all that have any) and types (None = all) in [from_ms, to_ms): those that start before its end
        and are open or end after its start; one of zero length when it starts inside."""
        lanes, stream = await self._asked(organisation, machines)
        found, position = await self._intervals.window(lanes, from_ms, to_ms, None if types is None else [t.value for t in types], stream)
        return EventWindow([interval.json for interval in found], position if lanes else await self._facts.position(stream))

    async def window_json(
        self,
        organisation: str,
        machines: Sequence[str],
        types: Iterable[EventType] | None,
        from_ms: int,
        to_ms: int,
        known: Sequence[str] | None = None,
    ) -> WindowJson:
        """The same window as one JSON array, see Intervals.window_json: the cheapest read there is."""
        lanes, stream = await self._asked(organisation, machines)
        named = None if types is None else [t.value for t in types]
        found = await self._intervals.window_json(lanes, from_ms, to_ms, named, stream, known)
        return found if lanes else replace(found, position=await self._facts.position(stream))

    async def _asked(self, organisation: str, machines: Sequence[str] | None) -> tuple[list[keys.Lane], str]:
        """The lanes of the machines (None = all that have events), and the stream whose position goes with their window."""
        asked = list(dict.fromkeys(await self.machines(organisation) if machines is None else machines))
        lanes = [keys.Lane(organisation, keys.MACHINE, machine) for machine in asked]
        return lanes, lanes[0].intervals if machines is not None and len(asked) == 1 else keys.timeline(organisation)

    async def position(self, organisation: str, channel: str) -> Position:
        """Where the facts of a machine, or of all ("*"), stand."""
        return await self._facts.position(self._stream(organisation, channel))

    async def facts_since(self, organisation: str, channel: str, epoch: str, offset: str, limit: int = 1000) -> FactsSince:
        """The facts of a machine, or of all ("*"), after a position, all or none."""
        return await self._facts.since(self._stream(organisation, channel), epoch, offset, limit)

    def _stream(self, organisation: str, channel: str) -> str:
        return keys.timeline(organisation) if channel == ALL_MACHINES else keys.Lane(organisation, keys.MACHINE, channel).intervals

    async def trim(self, organisation: str, machine: str, before_ms: int, limit: int = 1000) -> int:
        """Forgets up to `limit` finished events of a machine that ended before a time (retention); call again until it is 0."""
        return await self._intervals.trim(keys.Lane(organisation, keys.MACHINE, machine), before_ms, limit)


def event_of(organisation: str, machine: str, stored: StoredInterval) -> Event:
    """The event that an interval of a machine's timeline is."""
    return Event(
        id=stored.id,
        organisation=organisation,
        type=EventType(stored.type),
        machine=machine,
        start_ms=stored.start_ms,
        end_ms=stored.end_ms,
        label=json.loads(stored.json)["label"],
    )
