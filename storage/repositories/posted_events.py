"""Events that clients report themselves: known by their idempotency keys for ever, and by their ids while they are kept."""

from collections.abc import Iterable, Sequence

from storage import keys
from storage.commit import Commit, Refused
from storage.database import Database
from storage.entities.event import Event, EventChange, EventType, event_json
from storage.errors import AlreadyExists, VersionConflict
from storage.interval import OPEN, StoredInterval
from storage.repositories.intervals import Intervals

# One command of so many fields holds the server for a millisecond or two.
_PAGE = 500


def lane_of(organisation: str, machine: str) -> keys.Lane:
    """The public timeline of a machine."""
    return keys.Lane(organisation, keys.MACHINE, machine)


class PostedEvents:
    """Adds and changes reported events; `Events` reads them with all others."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._intervals = Intervals(db)

    # --- reads --------------------------------------------------------------------------------------------
    async def first(self, organisation: str, idempotency_keys: Sequence[str]) -> dict[str, Event]:
        """The event that came first with each of the keys; a key that never came is left out."""
        if not idempotency_keys:
            return {}
        found = await self._db.redis.hmget(keys.idempotency(organisation), list(idempotency_keys))
        return {key: _first(organisation, said) for key, said in zip(idempotency_keys, found, strict=True) if said is not None}

    async def as_now(self, events: Sequence[Event]) -> list[bytes]:
        """The JSON of each event as it is now; of one that retention forgot, as it was reported."""
        now: dict[str, bytes] = {}
        by_machine: dict[str, list[Event]] = {}
        for event in events:
            by_machine.setdefault(event.machine, []).append(event)
        for machine, theirs in by_machine.items():
            lane = lane_of(theirs[0].organisation, machine)
            for stored in await self._intervals.find_many(lane, [event.id for event in theirs]):
                if stored is not None:
                    now[stored.id] = stored.json
        return [now.get(event.id) or event_json(event) for event in events]

    async def machine_of(self, organisation: str, event_id: str) -> str | None:
        """The machine of a reported event; None = no client reported such an event."""
        machine = await self._db.redis.hget(keys.posted_events(organisation), event_id)
        return None if machine is None else machine.decode()

    async def is_kept(self, organisation: str, event_id: str) -> bool:
        """Whether any timeline of the organisation has the event, whoever wrote it."""
        machines = await self._intervals.owners(organisation, keys.MACHINE)
        for at in range(0, len(machines), _PAGE):
            pipeline = self._db.redis.pipeline(transaction=False)
            for machine in machines[at : at + _PAGE]:
                pipeline.hexists(lane_of(organisation, machine).json, event_id)
            if any(await pipeline.execute()):
                return True
        return False

    # --- writes -------------------------------------------------------------------------------------------
    async def add(self, organisation: str, events: Iterable[tuple[Event, str | None]]) -> None:
        """Stores new events, each with its idempotency key if it has one, all or none; durable when it returns.

        Raises AlreadyExists when one of the keys came meanwhile.
        """
        commit = Commit(self._db, organisation)
        for event, key in events:
            if key is not None:
                # No owner is called "": whatever stands there already refuses.
                commit.expect_free(keys.idempotency(organisation), key, "", "an idempotency key came before")
                commit.call("HSET", keys.idempotency(organisation), key, _said(event))
            put_posted(commit, event)
        try:
            await commit.run()
        except Refused as refused:
            raise AlreadyExists(refused.reason) from refused

    async def change(self, before: StoredInterval, event: Event) -> None:
        """Stores an event as it has become. Raises VersionConflict when it is not as `before` says any more."""
        commit = Commit(self._db, event.organisation)
        expect_unchanged(commit, lane_of(event.organisation, event.machine), before)
        finished = before.end_ms is None and event.end_ms is not None
        commit.event(EventChange.finished(event) if finished else EventChange.changed(event))
        try:
            await commit.run()
        except Refused as refused:
            raise VersionConflict(refused.reason) from refused

    async def forget_trimmed(self, organisation: str) -> int:
        """Forgets whose ids retention took from the timelines; returns how many."""
        table, cursor, gone = keys.posted_events(organisation), 0, 0
        while True:
            cursor, found = await self._db.redis.hscan(table, cursor, count=_PAGE)
            ids = list(found)
            pipeline = self._db.redis.pipeline(transaction=False)
            for id_ in ids:
                pipeline.hexists(lane_of(organisation, found[id_].decode()).json, id_)
            trimmed = [id_ for id_, is_there in zip(ids, await pipeline.execute(), strict=True) if not is_there] if ids else []
            if trimmed:
                gone += await self._db.redis.hdel(table, *trimmed)
            if cursor == 0:
                return gone


def put_posted(commit: Commit, event: Event) -> None:
    """Puts a new event into its machine's timeline, and its id where `machine_of` looks."""
    commit.event(EventChange.started(event) if event.end_ms is None else EventChange.finished(event))
    commit.call("HSET", keys.posted_events(event.organisation), event.id, event.machine)


def expect_unchanged(commit: Commit, lane: keys.Lane, before: StoredInterval) -> None:
    """The interval is as it was read."""
    commit.expect_free(lane.json, before.id, f"{before.head} {before.json.decode()}", "the event was changed meanwhile")


def _said(event: Event) -> str:
    return f"{event.id} {event.machine} {event.type} {event.start_ms} {OPEN if event.end_ms is None else event.end_ms} {event.label}"


def _first(organisation: str, said: bytes) -> Event:
    id_, machine, type_, start, end, label = said.decode().split(" ", 5)
    return Event(
        id=id_,
        organisation=organisation,
        type=EventType(type_),
        machine=machine,
        start_ms=int(start),
        end_ms=None if end == OPEN else int(end),
        label=label,
    )
