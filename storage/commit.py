"""One write, all or nothing: what must hold, what is saved, appended and published, run by scripts/commit.lua."""

import secrets
from typing import Any

import msgpack

from storage import keys
from storage.database import Database
from storage.entities.event import EventChange, change_json, event_json
from storage.errors import NotStored, StoreError
from storage.facts import Position
from storage.interval import StoredInterval

# Lua hands a command about 8,000 arguments at most. One with more would fail between two writes, so it is refused before the first.
LONGEST_CALL = 4_000


class Refused(StoreError):
    """A check did not hold: nothing was written. `reason` is the check's, `found` is what is there."""

    def __init__(self, reason: str, found: str) -> None:
        super().__init__(f"{reason}: {found}" if found else reason)
        self.reason = reason
        self.found = found


class Commit:
    """Collects the checks and writes of one organisation; `run` applies them in one step, once, however often it is repeated."""

    def __init__(self, db: Database, organisation: str) -> None:
        self._db = db
        self._organisation = organisation
        self._keys = [keys.applied(organisation, secrets.token_hex(12))]
        self._index = {self._keys[0]: 1}
        self._checks: list[list[Any]] = []
        self._writes: list[list[Any]] = []

    def _key(self, key: str) -> int:
        if key not in self._index:
            self._keys.append(key)
            self._index[key] = len(self._keys)
        return self._index[key]

    def expect_absent(self, key: str, reason: str) -> None:
        """Nothing is stored under the key."""
        self._checks.append(["absent", self._key(key), "", "", reason])

    def expect_empty(self, key: str, reason: str) -> None:
        """The set, hash, list or stream under the key has nothing in it."""
        self._checks.append(["empty", self._key(key), "", "", reason])

    def expect_count(self, key: str, count: int, reason: str) -> None:
        """The set under the key has this many members."""
        self._checks.append(["count", self._key(key), str(count), "", reason])

    def expect_present(self, key: str) -> None:
        """Something is stored under the key; refused as NotStored."""
        self._checks.append(["present", self._key(key), "", "", "missing"])

    def expect_version(self, key: str, version: int) -> None:
        """The JSON under the key has this version; refused as "version"."""
        self.expect_field(key, "version", str(version), "version")

    def expect_field(self, key: str, name: str, wanted: str, reason: str) -> None:
        """A field of the JSON under the key equals `wanted`."""
        self._checks.append(["field", self._key(key), wanted, name, reason])

    def expect_free(self, hash_key: str, field: str, owner: str, reason: str) -> None:
        """A field of a hash is not there, or holds `owner` already."""
        self._checks.append(["hash_absent", self._key(hash_key), owner, field, reason])

    def call(self, command: str, key: str, *args: str | bytes | int) -> None:
        """One writing command on one key. Raises ValueError for more than LONGEST_CALL arguments: they are given in several calls."""
        if len(args) > LONGEST_CALL:
            raise ValueError(f"{command} with {len(args)} arguments")
        self._writes.append(["call", command, self._key(key), [str(a) if isinstance(a, int) else a for a in args]])

    def fact(self, stream: str, fact: bytes, cap: int) -> None:
        """Appends a fact to a capped stream and publishes it; its position is in the result of `run`."""
        self._writes.append(["fact", self._key(stream), self._key(keys.epoch(stream)), str(cap), fact])

    def interval(self, lane: keys.Lane, interval: StoredInterval, fact: bytes, told: str | None = None) -> None:
        """Puts an interval into its lane, the one place that does, and appends `fact` to the lane's stream and, if given, to the capped
        stream `told`; both publish it. Nothing happens when exactly this is stored already."""
        if lane.organisation != self._organisation:
            raise ValueError("an interval of another organisation")
        named = (lane.json, lane.open, lane.classes, keys.lanes(self._organisation, lane.kind), lane.changes)
        streams = [key for stream in (lane.intervals, told) if stream is not None for key in (stream, keys.epoch(stream))]
        numbers = [self._key(key) for key in (*named, *streams)] + ([] if told is not None else [0, 0])
        score = str(interval.start_ms if interval.end_ms is None else interval.end_ms)
        said = [interval.id, interval.head, interval.json, interval.length_class, score, fact, lane.index_prefix, lane.owner]
        self._writes.append(["interval", *numbers, *said, str(keys.FACTS_KEPT)])

    def event(self, change: EventChange) -> None:
        """Puts an event into its machine's timeline and tells it on timeline:* too."""
        event = change.event
        stored = StoredInterval(event.id, event.type.value, event.start_ms, event.end_ms, event_json(event))
        lane = keys.Lane(event.organisation, keys.MACHINE, event.machine)
        self.interval(lane, stored, change_json(change), keys.timeline(self._organisation))

    def publish(self, channel: str, payload: bytes) -> None:
        """Announces, after all else is written."""
        self._writes.append(["publish", channel, payload])

    async def run(self) -> list[Position]:
        """Positions of the facts, in order. Raises NotStored, Refused, StoreUnavailable; nothing was written then, save that a
        StoreUnavailable may leave it open."""
        plan = {"seconds": keys.APPLIED_TTL_S, "epoch": secrets.token_hex(6), "checks": self._checks, "writes": self._writes}
        # The script's msgpack knows only the one kind of string.
        outcome, *said = await self._db.commit(self._keys, msgpack.packb(plan, use_bin_type=False))
        if outcome == b"done":
            words = said[0].decode().split()
            return [Position(epoch, offset) for epoch, offset in zip(words[::2], words[1::2], strict=True)]
        reason, found = (part.decode() for part in said)
        if reason == "missing":
            raise NotStored("nothing is stored under this id")
        raise Refused(reason, found)
