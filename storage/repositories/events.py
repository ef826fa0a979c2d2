"""The timeline of machines: intervals, open and finished, and which of them touch a window of time.

The streams of intervals are the truth in order of arrival; the sorted sets by length class are their index, written by the same script.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage import keys
from storage.commit import Commit
from storage.database import Database
from storage.entities.event import Event, EventChange, EventType
from storage.facts import Facts, FactsSince, Position

ALL_MACHINES = "*"
# One script call holds the server: this many machines at a time keep it short.
_MACHINES_A_CALL = 32


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
        stored = await self._db.redis.hget(keys.event_json(organisation, machine), event_id)
        return None if stored is None else _event(organisation, machine, event_id, stored)

    async def machines(self, organisation: str) -> list[str]:
        """Machines that have events, sorted."""
        return sorted(m.decode() for m in await self._db.redis.smembers(keys.event_machines(organisation)))

    async def window(
        self, organisation: str, machines: Sequence[str] | None, types: Iterable[EventType] | None, from_ms: int, to_ms: int
    ) -> EventWindow:
        """Events of the machines (None = all that have any) and types (None = all) in [from_ms, to_ms): those that start before its end
        and are open or end after its start; one of zero length when it starts inside."""
        asked = list(dict.fromkeys(await self.machines(organisation) if machines is None else machines))
        wanted = " ".join(("", *(t.value for t in types), "")) if types is not None else ""
        stream = keys.intervals(organisation, asked[0]) if machines is not None and len(asked) == 1 else keys.timeline(organisation)
        # The position is taken with the first read or before it, never after: what comes in between is then told twice, not never.
        position: Position | None = None
        rows: list[tuple[int, bytes, bytes]] = []
        for at in range(0, max(1, len(asked)), _MACHINES_A_CALL):
            stands, found = await self._read(organisation, stream, asked[at : at + _MACHINES_A_CALL], wanted, from_ms, to_ms)
            position = position or stands
            rows += found
        rows.sort()
        return EventWindow([row[2] for row in rows], position or Position("", "0-0"))

    async def _read(
        self, organisation: str, stream: str, machines: Sequence[str], wanted: str, from_ms: int, to_ms: int
    ) -> tuple[Position, list[tuple[int, bytes, bytes]]]:
        named = [stream, keys.epoch(stream)]
        for machine in machines:
            of = (organisation, machine)
            named += [keys.event_classes(*of), keys.event_json(*of), keys.open_events(*of)]
        prefixes = [keys.event_index_prefix(organisation, machine) for machine in machines]
        epoch, last, found = await self._db.run("window", named, from_ms, to_ms, wanted, *prefixes)
        rows = [_row(id_, stored) for id_, stored in zip(found[::2], found[1::2], strict=True)]
        return Position(epoch.decode(), last.decode()), rows

    async def position(self, organisation: str, channel: str) -> Position:
        """Where the facts of a machine, or of all ("*"), stand."""
        return await self._facts.position(self._stream(organisation, channel))

    async def facts_since(self, organisation: str, channel: str, epoch: str, offset: str, limit: int = 1000) -> FactsSince:
        """The facts of a machine, or of all ("*"), after a position, all or none."""
        return await self._facts.since(self._stream(organisation, channel), epoch, offset, limit)

    def _stream(self, organisation: str, channel: str) -> str:
        return keys.timeline(organisation) if channel == ALL_MACHINES else keys.intervals(organisation, channel)

    async def trim(self, organisation: str, machine: str, before_ms: int, limit: int = 1000) -> int:
        """Forgets up to `limit` finished events that ended before a time, and what their machine's stream says from before it (retention).
        Answers how many events went; call again until it is 0."""
        of = (organisation, machine)
        named = [keys.event_classes(*of), keys.event_json(*of), keys.intervals(*of)]
        return int(await self._db.run("trim", named, before_ms, limit, keys.event_index_prefix(*of)))


def _row(id_: bytes, stored: bytes) -> tuple[int, bytes, bytes]:
    """Start, id and JSON of "start end class type json"."""
    start, _, _, _, ready = stored.split(b" ", 4)
    return int(start), id_, ready


def _event(organisation: str, machine: str, id_: str, stored: bytes) -> Event:
    start, end, _, type_, ready = stored.split(b" ", 4)
    return Event(
        id=id_,
        organisation=organisation,
        type=EventType(type_.decode()),
        machine=machine,
        start_ms=int(start),
        end_ms=None if end == b"-" else int(end),
        label=json.loads(ready)["label"],
    )
