"""Facts in capped streams: where a stream stands, and what a client missed since it was last there."""

import re
from dataclasses import dataclass

import msgpack

from storage import keys
from storage.database import Database

_OFFSET = re.compile(r"\d{1,15}-\d{1,15}")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a stream stands: `epoch` is its birth mark, `offset` its last entry. A stream not yet born stands at ("", "0-0")."""

    epoch: str
    offset: str


UNBORN = Position("", "0-0")


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A fact as JSON bytes, with where it stands."""

    epoch: str
    offset: str
    fact: bytes


@dataclass(frozen=True, slots=True)
class FactsSince:
    """`recovered` True: `facts` are all that happened since, in order. False: some are gone (trimmed, another epoch, more than the limit),
    `facts` is empty and the state has to be read anew. `position` is where the stream stands now."""

    recovered: bool
    facts: list[StoredFact]
    position: Position


def unpack_fact(payload: bytes) -> StoredFact:
    """A fact as it comes from its channel (the channel is named as the stream)."""
    said = msgpack.unpackb(payload)
    return StoredFact(said["epoch"], said["offset"], said["fact"])


class Facts:
    """Reads of fact streams."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def position(self, stream: str) -> Position:
        """Where the stream stands now."""
        return (await self.since(stream, "", "", 0)).position

    async def since(self, stream: str, epoch: str, offset: str, limit: int) -> FactsSince:
        """All facts after (epoch, offset), or none: see FactsSince. A position that no stream ever had is not recovered."""
        known = offset if _OFFSET.fullmatch(offset) else ""
        now, last, recovered, entries = await self._db.run("since", [stream, keys.epoch(stream)], epoch, known, limit)
        facts = [StoredFact(now.decode(), entry_id.decode(), fields[1]) for entry_id, fields in entries]
        return FactsSince(bool(recovered), facts, Position(now.decode(), last.decode()))
