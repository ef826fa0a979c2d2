"""Assembly records: the finished sessions, found by assembly, operator, status and the time of their end."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from storage import keys
from storage.database import Database
from storage.entities.session import Session

# What is read at once: a record of 20 steps has 6 kB.
_CHUNK = 100
_SESSIONS = "session"


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records: empty and None leave open. [from_ms, to_ms) is compared with their end."""

    organisation: str
    assembly_id: str = ""
    operator_id: str = ""
    status: str = ""
    from_ms: int | None = None
    to_ms: int | None = None


class AssemblyRecords:
    """Reads of what Sessions.commit lists when a session ends. A page costs O(log n + its length), however deep it lies."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def count(self, asked: RecordFilter) -> int:
        """How many there are, exactly."""
        return int(await self._db.redis.zcount(_list_of(asked), *_bounds(asked)))

    async def page(self, asked: RecordFilter, first: int, count: int) -> list[bytes]:
        """The JSON of `count` records after `first` newer ones, newest end first."""
        return [stored async for chunk in self.chunks(asked, first, count) for stored in chunk]

    async def chunks(self, asked: RecordFilter, first: int, count: int) -> AsyncIterator[list[bytes]]:
        """The same, some at a time, so that nobody holds more in memory than they keep."""
        key = _list_of(asked)
        low, high = _bounds(asked)
        after = int(await self._db.redis.zcount(key, asked.to_ms, "+inf")) if asked.to_ms is not None else 0
        last = after + min(first + count, int(await self._db.redis.zcount(key, low, high)))
        for start in range(after + first, last, _CHUNK):
            ids = await self._db.redis.zrevrange(key, start, min(start + _CHUNK, last) - 1)
            yield await self._read(asked.organisation, [id_.decode() for id_ in ids])

    async def _read(self, organisation: str, ids: Sequence[str]) -> list[bytes]:
        if not ids:
            return []
        stored = await self._db.redis.mget([keys.entity(organisation, _SESSIONS, id_) for id_ in ids])
        return [value for value in stored if value is not None]


def record_lists(session: Session) -> list[str]:
    """The keys of the lists that an ended session stands in. Only a known operator has one: anybody may be called "1"."""
    organisation, assembly, status = session.organisation, session.assembly_id, session.state.value
    operator = session.operator_id if session.operator_name else ""
    scopes = [("", ""), (assembly, "")] + ([("", operator), (assembly, operator)] if operator else [])
    return [keys.records(organisation, *scope, said) for scope in scopes for said in ("", status)]


def ended_at_ms(session: Session) -> int:
    """When it ended, ms UTC."""
    return session.last_activity_at_ms if session.finished_at_ms is None else session.finished_at_ms


async def list_records(db: Database) -> None:
    """Lists the sessions that ended before there were lists of them."""
    for name in await db.redis.smembers(keys.ORGANISATIONS):
        organisation = name.decode()
        known = await db.redis.zrange(keys.assembly_records(organisation), 0, -1)
        for start in range(0, len(known), _CHUNK):
            named = [keys.entity(organisation, _SESSIONS, id_.decode()) for id_ in known[start : start + _CHUNK]]
            pipeline = db.redis.pipeline(transaction=False)
            sessions = [Session.model_validate_json(stored) for stored in await db.redis.mget(named) if stored is not None]
            for session in sessions:
                for index in record_lists(session) if session.has_ended else ():
                    pipeline.zadd(index, {session.id: ended_at_ms(session)})
            await pipeline.execute()


def _list_of(asked: RecordFilter) -> str:
    return keys.records(asked.organisation, asked.assembly_id, asked.operator_id, asked.status)


def _bounds(asked: RecordFilter) -> tuple[int | str, int | str]:
    return "-inf" if asked.from_ms is None else asked.from_ms, "+inf" if asked.to_ms is None else f"({asked.to_ms}"
