"""Intervals of any kind, open and finished, and which of them touch a window of time.

The stream of a lane is the truth in order of arrival; the sorted sets by length class are its index, written by the same script.
"""

from collections.abc import Iterable, Sequence

from storage import keys
from storage.database import Database
from storage.facts import Position
from storage.interval import StoredInterval

# One script call holds the server: this many lanes at a time keep it short.
LANES_A_CALL = 32
_PAGE = 1_000
# A person edits a record a few times; more versions than this are a program gone wild.
HISTORY_LIMIT = 1_000


class Intervals:
    """Reads lanes; `Commit.interval` writes them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, lane: keys.Lane, id_: str) -> StoredInterval | None:
        """One interval as it is now."""
        stored = await self._db.redis.hget(lane.json, id_)
        return None if stored is None else StoredInterval.read(id_, stored)

    async def find_many(self, lane: keys.Lane, ids: Sequence[str]) -> list[StoredInterval | None]:
        """Several, in the order asked; None where there is none."""
        stored = await self._db.redis.hmget(lane.json, list(ids)) if ids else []
        return [None if value is None else StoredInterval.read(id_, value) for id_, value in zip(ids, stored, strict=True)]

    async def owners(self, organisation: str, kind: str) -> list[str]:
        """Owners that have intervals of the kind, sorted."""
        return sorted(owner.decode() for owner in await self._db.redis.smembers(keys.lanes(organisation, kind)))

    async def in_flight(self, lane: keys.Lane) -> list[StoredInterval]:
        """What has no end yet, oldest first."""
        ids = [id_.decode() for id_ in await self._db.redis.zrange(lane.open, 0, -1)]
        return [found for found in await self.find_many(lane, ids) if found is not None]

    async def window(
        self, lanes: Sequence[keys.Lane], from_ms: int, to_ms: int, types: Iterable[str] | None = None, stream: str | None = None
    ) -> tuple[list[StoredInterval], Position]:
        """Intervals of the lanes (all of one organisation) and types (None = all) in [from_ms, to_ms): those that start before its end
        and are open or end after its start; one of zero length when it starts inside. Ordered by start, then id. The position is that
        of `stream` (left out: the first lane's) at that moment."""
        wanted = " ".join(("", *types, "")) if types is not None else ""
        # The position is taken with the first read or before it, never after: what comes in between is then told twice, not never.
        position: Position | None = None
        found: list[StoredInterval] = []
        for at in range(0, len(lanes), LANES_A_CALL):
            portion = lanes[at : at + LANES_A_CALL]
            stands, read = await self._read(stream or lanes[0].intervals, portion, wanted, from_ms, to_ms)
            position = position or stands
            found += read
        found.sort(key=lambda interval: (interval.start_ms, interval.id))
        return found, position or Position("", "0-0")

    async def _read(
        self, stream: str, lanes: Sequence[keys.Lane], wanted: str, from_ms: int, to_ms: int
    ) -> tuple[Position, list[StoredInterval]]:
        named = [stream, keys.epoch(stream)]
        for lane in lanes:
            named += [lane.classes, lane.json, lane.open]
        prefixes = [lane.index_prefix for lane in lanes]
        epoch, last, found = await self._db.run("window", named, from_ms, to_ms, wanted, *prefixes)
        rows = [StoredInterval.read(id_.decode(), stored) for id_, stored in zip(found[::2], found[1::2], strict=True)]
        return Position(epoch.decode(), last.decode()), rows

    async def history(self, lane: keys.Lane, since_ms: int, limit: int = HISTORY_LIMIT) -> list[bytes]:
        """The facts of the lane since a time, in order of arrival, every version of every interval among them; at most `limit`."""
        entries = await self._db.redis.xrange(lane.intervals, min=str(since_ms), count=min(limit, HISTORY_LIMIT))
        return [fields[b"f"] for _, fields in entries]

    async def trim(self, lane: keys.Lane, before_ms: int, limit: int = _PAGE) -> int:
        """Forgets up to `limit` finished intervals that ended before a time, and what the lane's stream says from before it (retention).
        Answers how many went; call again until it is 0."""
        named = [lane.classes, lane.json, lane.intervals]
        return int(await self._db.run("trim", named, before_ms, limit, lane.index_prefix))
