"""An organisation as lines, read a portion at a time, so that a million intervals need no more memory than a thousand."""

import secrets
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson

from storage import keys
from storage.connection import Store
from storage.errors import NotStored
from storage.interval import StoredInterval
from storage.transfer.lines import KINDS, NOUNS, TABLES, VERSION

# What one command reads: the server answers others between two.
PORTION = 500


async def count_lines(store: Store, organisation: str) -> int:
    """About how many lines there will be: what a progress bar needs."""
    total = 0
    for kind in keys.KINDS:
        for owner in await store.intervals.owners(organisation, kind):
            total += int(await store.redis.hlen(keys.Lane(organisation, kind, owner).json))
    return total


async def export_lines(store: Store, organisation: str) -> AsyncIterator[bytes]:
    """All lines, each with its line feed. Each interval leaves as it is when it is read; one may leave twice while it is written to.

    Raises NotStored for an unknown organisation.
    """
    if not await store.organisations.exists(organisation):
        raise NotStored(f"There is no organisation {organisation}.")
    count = 0
    about = {"organisation": organisation, "made_at_ms": time.time_ns() // 1_000_000}
    yield _line({"takt": "export", "version": VERSION, "id": secrets.token_hex(16), **about})
    async for line in _contents(store, organisation):
        count += 1
        yield line
    yield _line({"takt": "end", "lines": count + 1})


async def _contents(store: Store, organisation: str) -> AsyncIterator[bytes]:
    for noun in NOUNS:
        async for line in _entities(store, organisation, noun):
            yield line
    for table, key in TABLES.items():
        async for field, value in store.redis.hscan_iter(key(organisation), count=PORTION):
            yield _line({"table": table, "field": field.decode(), "value": value.decode()})
    # The versions of a record before the records: importing them in order ends with the newest.
    for owner in await store.intervals.owners(organisation, keys.DOWNTIME_RECORDS):
        async for line in _history(store, keys.Lane(organisation, keys.DOWNTIME_RECORDS, owner)):
            yield line
    for name, kind in KINDS.items():
        for owner in await store.intervals.owners(organisation, kind):
            lane = keys.Lane(organisation, kind, owner)
            async for id_, stored in store.redis.hscan_iter(lane.json, count=PORTION):
                yield _interval(name, owner, StoredInterval.read(id_.decode(), stored))


async def _entities(store: Store, organisation: str, noun: str) -> AsyncIterator[bytes]:
    async for ids in _ids(store, keys.entities(organisation, noun)):
        for stored in await store.redis.mget([keys.entity(organisation, noun, id_.decode()) for id_ in ids]):
            if stored is not None:
                yield b'{"noun":%s,"entity":%s}\n' % (orjson.dumps(noun), stored)


async def _ids(store: Store, index: str) -> AsyncIterator[list[bytes]]:
    """Ids by the time at which they were made. It goes on from a time, not from a place: that moves when one is deleted."""
    since: float | str = "-inf"
    seen: set[bytes] = set()
    while True:
        found = await store.redis.zrangebyscore(index, since, "+inf", start=0, num=PORTION + len(seen), withscores=True)
        if not (new := [id_ for id_, _ in found if id_ not in seen]):
            return
        yield new
        since = found[-1][1]
        # The next portion begins with these again.
        seen = {id_ for id_, at_ms in found if at_ms == since}


async def _history(store: Store, lane: keys.Lane) -> AsyncIterator[bytes]:
    after = "-"
    while entries := await store.redis.xrange(lane.intervals, min=after, count=PORTION):
        after = f"({entries[-1][0].decode()}"
        for _, fields in entries:
            yield _line({"history": lane.owner, "fact": fields[b"f"].decode()})


def _interval(name: str, owner: str, stored: StoredInterval) -> bytes:
    limits = {"start": stored.start_ms, "end": stored.end_ms}
    return _line({"lane": name, "owner": owner, "id": stored.id, "type": stored.type, **limits, "json": stored.json.decode()})


def _line(said: Mapping[str, Any]) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)
