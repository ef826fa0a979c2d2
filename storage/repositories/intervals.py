"""Intervals of any kind, open and finished, and which of them touch a window of time.

The stream of a lane is the truth in order of arrival; the sorted sets by length class are its index, written by the same script.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from storage import keys
from storage.database import Database
from storage.facts import UNBORN, Position
from storage.interval import StoredInterval

# One script call holds the server: this many lanes at a time keep it short.
LANES_A_CALL = 32
# What only reads marks is some hundred times cheaper.
TAGS_A_CALL = 500
# A tag reads one mark a day and lane.
TAGGED_DAYS = 62
TAG_LENGTH = 32
DAY_MS = 86_400_000
_PAGE = 1_000
# A person edits a record a few times; more versions than this are a program gone wild.
HISTORY_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class WindowJson:
    """A window as a JSON array, `json` None = the asker knows it; `tag` changes whenever the array does; `position` as `Intervals.window`
    says."""

    json: bytes | None
    tag: str
    position: Position


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
        asked = _Asked.of(lanes, from_ms, to_ms, types, stream)
        answers = [await self._ask(asked, portion, None) for portion in _portions(lanes, LANES_A_CALL)]
        found = [StoredInterval.read(id_.decode(), stored) for answer in answers for id_, stored in answer.rows()]
        found.sort(key=lambda interval: (interval.start_ms, interval.id))
        # The position is taken with the first read or before it, never after: what comes in between is then told twice, not never.
        return found, answers[0].position if answers else UNBORN

    async def window_json(
        self,
        lanes: Sequence[keys.Lane],
        from_ms: int,
        to_ms: int,
        types: Iterable[str] | None = None,
        stream: str | None = None,
        known: Sequence[str] | None = None,
    ) -> WindowJson:
        """As `window`, but only the ready JSON, joined to an array, and a tag that changes whenever the array does. When the tag is among
        `known`, nothing else is read: that is answered from marks of change alone. `known` None = no tag is wanted. For JSON that begins
        with the id, as that of events: of equal starts it decides the order.
        Raises ValueError for a tag of a window of more than TAGGED_DAYS."""
        if known is not None and to_ms - from_ms > TAGGED_DAYS * DAY_MS:
            raise ValueError("a window of so many days has no tag")
        asked = _Asked.of(lanes, from_ms, to_ms, types, stream, "json")
        at_once = len(lanes) <= LANES_A_CALL
        if known and not at_once:
            tags = replace(asked, form="tag")
            stands = [await self._ask(tags, portion, ()) for portion in _portions(lanes, TAGS_A_CALL)]
            if (tag := _tag(stands)) in known:
                return WindowJson(None, tag, stands[0].position)
            known = ()
        answers = [await self._ask(asked, portion, known) for portion in _portions(lanes, LANES_A_CALL)]
        position = answers[0].position if answers else UNBORN
        tag = "" if known is None else _tag(answers)
        if any(answer.is_known for answer in answers):
            return WindowJson(None, tag, position)
        return WindowJson(_joined(answers), tag, position)

    async def _ask(self, asked: "_Asked", lanes: Sequence[keys.Lane], known: Sequence[str] | None) -> "_Answer":
        named = [asked.stream, keys.epoch(asked.stream)]
        for lane in lanes:
            stream = lane.intervals
            named += (lane.classes, lane.json, lane.open, lane.changes, keys.epoch(stream))
        # A dash is no tag, but says that one is wanted.
        tags = "" if known is None else " ".join(("-", *known))
        prefixes = [lane.index_prefix for lane in lanes]
        said = await self._db.ask("window", named, asked.from_ms, asked.to_ms, asked.types, asked.form, tags, *prefixes)
        epoch, last, digests, is_known, ids, stored = said
        return _Answer(Position(epoch.decode(), last.decode()), digests, bool(is_known), ids, stored)

    async def history(self, lane: keys.Lane, since_ms: int, limit: int = HISTORY_LIMIT) -> list[bytes]:
        """The facts of the lane since a time, in order of arrival, every version of every interval among them; at most `limit`."""
        entries = await self._db.redis.xrange(lane.intervals, min=str(since_ms), count=min(limit, HISTORY_LIMIT))
        return [fields[b"f"] for _, fields in entries]

    async def trim(self, lane: keys.Lane, before_ms: int, limit: int = _PAGE) -> int:
        """Forgets up to `limit` finished intervals that ended before a time, and what the lane's stream says from before it (retention).
        Answers how many went; call again until it is 0."""
        named = [lane.classes, lane.json, lane.intervals, lane.changes]
        return int(await self._db.run("trim", named, before_ms, limit, lane.index_prefix))


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question to scripts/window.lua, whatever the lanes."""

    stream: str
    from_ms: int
    to_ms: int
    types: str
    form: Literal["window", "json", "tag"]

    @classmethod
    def of(
        cls,
        lanes: Sequence[keys.Lane],
        from_ms: int,
        to_ms: int,
        types: Iterable[str] | None,
        stream: str | None,
        form: Literal["window", "json"] = "window",
    ) -> "_Asked":
        named = "" if types is None else " ".join(("", *sorted(set(types)), ""))
        return cls(stream or (lanes[0].intervals if lanes else ""), from_ms, to_ms, named, form)


@dataclass(frozen=True, slots=True)
class _Answer:
    """`ids` and `stored` are lists of lists that go together; without ids when only the JSON was asked for."""

    position: Position
    digests: bytes
    is_known: bool
    ids: list[list[bytes]]
    stored: list[list[bytes]]

    def rows(self) -> Iterator[tuple[bytes, bytes]]:
        """Every id with what is stored under it, in no order."""
        return (row for ids, stored in zip(self.ids, self.stored, strict=True) for row in zip(ids, stored, strict=True) if row[1])


def _portions(lanes: Sequence[keys.Lane], size: int) -> Iterator[Sequence[keys.Lane]]:
    return (lanes[at : at + size] for at in range(0, len(lanes), size))


def _joined(answers: Sequence[_Answer]) -> bytes:
    """The JSON of all rows by start, then id, as an array. Each class comes nearly sorted, which the sort makes use of."""
    rows: list[tuple[int, bytes]] = []
    for answer in answers:
        for stored in answer.stored:
            # "start end class type json", see storage/interval.py.
            rows += [(int(parts[0]), parts[4]) for parts in [row.split(b" ", 4) for row in stored if row]]
    # Of equal starts: an event's JSON begins with its id, and all ids are of one length.
    rows.sort()
    return b"[" + b",".join([json for _, json in rows]) + b"]"


def _tag(answers: Sequence[_Answer]) -> str:
    digests = b"".join([answer.digests for answer in answers])
    return hashlib.sha1(digests, usedforsecurity=False).hexdigest()[:TAG_LENGTH]
