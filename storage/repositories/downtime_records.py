"""Downtime records: each an interval of its machine, an event of the machine's timeline and a row of the sorted lists, in one step."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from storage import keys
from storage.commit import Commit, Refused
from storage.database import Database
from storage.entities.downtime_record import Category, DowntimeRecord, record_json
from storage.entities.event import Event, EventChange, EventType, event_id
from storage.entities.machine import Machine
from storage.errors import AlreadyExists, NotStored, VersionConflict
from storage.interval import StoredInterval
from storage.repositories.detected_downtimes import DetectedDowntimes
from storage.repositories.intervals import Intervals

# Records forgotten in one step; a script that removes more would hold the server.
_PORTION = 200
# The stream is dated by the server's clock, the record by the hub's.
_CLOCKS_APART_MS = 3_600_000
# Comes after every digit: an open record ends after, and lasts longer than, every other.
_LAST = "~"


class SortBy(StrEnum):
    """What lists of records can be sorted by; equals come in the order of their start, then their machine, then their id."""

    STARTED_AT = "started_at"
    ENDED_AT = "ended_at"
    DURATION_SECONDS = "duration_seconds"
    CATEGORY = "category"
    MACHINE_ID = "machine_id"


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """Records as ready JSON, and how many there are in all."""

    json: list[bytes]
    total: int


class DowntimeRecords:
    """Records of one organisation's machines. `Intervals` keeps them; here is what they are on top of that."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._intervals = Intervals(db)
        self._detected = DetectedDowntimes(db)

    # --- reads --------------------------------------------------------------------------------------------
    async def find(self, organisation: str, machine_id: str, record_id: str) -> StoredInterval | None:
        """One record as it is stored: `DowntimeRecord.read` tells what its JSON says, `save` takes it as what was read."""
        return await self._intervals.find(_lane(organisation, machine_id), record_id)

    async def window(self, organisation: str, machine_id: str, from_ms: int, to_ms: int) -> list[StoredInterval]:
        """A machine's records in [from_ms, to_ms), by start. Their `type` is their category."""
        found, _ = await self._intervals.window([_lane(organisation, machine_id)], from_ms, to_ms)
        return found

    async def machines(self, organisation: str) -> list[str]:
        """Ids of the machines that have records."""
        return await self._intervals.owners(organisation, keys.DOWNTIME_RECORDS)

    async def page(
        self, organisation: str, sort_by: SortBy, first: int, count: int, *, descending: bool, machine_id: str | None = None
    ) -> RecordsPage:
        """`count` records from the place `first` (from 0) of all records, or of one machine's. O(log n + count)."""
        if machine_id is not None and sort_by is SortBy.MACHINE_ID:
            sort_by = SortBy.STARTED_AT
        index = keys.downtime_sorted(organisation, sort_by, machine_id or "")
        redis = self._db.redis
        total, members = await asyncio.gather(redis.zcard(index), redis.zrange(index, first, first + count - 1, desc=descending))
        return RecordsPage(await self._ready(organisation, [member.decode() for member in members]), int(total))

    async def _ready(self, organisation: str, members: Sequence[str]) -> list[bytes]:
        named = [tuple(member.rsplit(":", 2)[1:]) for member in members]
        machines = list(dict.fromkeys(machine for machine, _ in named))
        of_machine = [[id_ for machine, id_ in named if machine == wanted] for wanted in machines]
        found = await asyncio.gather(
            *(self._intervals.find_many(_lane(organisation, machine), ids) for machine, ids in zip(machines, of_machine, strict=True))
        )
        by_id = {record.id: record.json for records in found for record in records if record is not None}
        return [by_id[id_] for _, id_ in named if id_ in by_id]

    async def history(self, organisation: str, machine_id: str, record_id: str) -> list[bytes]:
        """Every version of a record, oldest first: {"type": recorded | changed, "by", "at_ms", "record"}.

        Reads the machine's whole stream since the record was made.
        """
        stored = await self.find(organisation, machine_id, record_id)
        if stored is None:
            return []
        since = str(max(0, DowntimeRecord.read(organisation, stored.json).created_at_ms - _CLOCKS_APART_MS))
        told = []
        stream = _lane(organisation, machine_id).intervals
        while entries := await self._db.redis.xrange(stream, min=since, count=_PORTION):
            since = f"({entries[-1][0].decode()}"
            told += [fields[b"f"] for _, fields in entries if json.loads(fields[b"f"])["record"]["id"] == record_id]
        return told

    # --- writes -------------------------------------------------------------------------------------------
    async def add(self, machine: Machine, record: DowntimeRecord, by: str) -> None:
        """A new record; `by` names who made it. Raises AlreadyExists ("confirmed": another record confirms the same detected downtime)
        and NotStored (its reason code is gone, or was switched off just now)."""
        commit = self._commit(machine, record, None, "recorded", by)
        if record.reason_code_id is not None:
            self._expect_code(commit, record)
        if record.detected_event_id is not None:
            self._detected.confirm(commit, record.organisation, record.detected_event_id, record.id)
        await self._run(commit)

    async def save(self, machine: Machine, record: DowntimeRecord, read: StoredInterval, by: str) -> None:
        """Another version in place of the one that was read; the earlier ones stay in the history. `machine` is the record's.

        Raises VersionConflict when it was saved since, NotStored as `add`.
        """
        before = DowntimeRecord.read(record.organisation, read.json)
        commit = self._commit(machine, record, before, "changed", by)
        lane = _lane(record.organisation, record.machine_id)
        commit.expect_free(lane.json, record.id, f"{read.head} {read.json.decode()}", "version")
        if record.reason_code_id not in (None, before.reason_code_id):
            self._expect_code(commit, record)
        await self._run(commit)

    def _commit(self, machine: Machine, record: DowntimeRecord, before: DowntimeRecord | None, happened: str, by: str) -> Commit:
        commit = Commit(self._db, record.organisation)
        shown = record_json(record)
        fact = b'{"type":"%s","by":%s,"at_ms":%d,"record":%s}' % (
            happened.encode(),
            json.dumps(by).encode(),
            record.updated_at_ms,
            shown,
        )
        stored = StoredInterval(record.id, record.category.value, record.started_at_ms, record.ended_at_ms, shown)
        commit.interval(_lane(record.organisation, record.machine_id), stored, fact)
        commit.event(_change(machine, record, before))
        self.index(commit, record, before)
        return commit

    def index(self, commit: Commit, record: DowntimeRecord, before: DowntimeRecord | None = None) -> None:
        """Adds to a commit what puts a record into the sorted lists; `before` is how it stands in them."""
        was = _members(before) if before is not None else {}
        for key, member in _members(record).items():
            if was.get(key, member) != member:
                commit.call("ZREM", key, was[key])
            commit.call("ZADD", key, 0, member)

    def _expect_code(self, commit: Commit, record: DowntimeRecord) -> None:
        commit.expect_field(keys.entity(record.organisation, "reason_code", str(record.reason_code_id)), "is_active", "true", "inactive")

    async def _run(self, commit: Commit) -> None:
        try:
            await commit.run()
        except Refused as refused:
            if refused.reason == "version":
                raise VersionConflict("the downtime record was saved since") from refused
            if refused.reason == "inactive":
                raise NotStored("no active reason code") from refused
            raise AlreadyExists(refused.reason) from refused

    async def trim(self, organisation: str, machine_id: str, before_ms: int) -> int:
        """Forgets some of a machine's records that ended before a time (retention), in the lists too. Answers how many went; call again
        until it is 0."""
        index = keys.downtime_sorted(organisation, SortBy.ENDED_AT, machine_id)
        below = f"({before_ms:015d}"
        members = [m.decode() for m in await self._db.redis.zrange(index, "-", below, bylex=True, offset=0, num=_PORTION)]
        lane = _lane(organisation, machine_id)
        found = await self._intervals.find_many(lane, [member.rsplit(":", 1)[1] for member in members])
        commit = Commit(self._db, organisation)
        for stored in found:
            detected = DowntimeRecord.read(organisation, stored.json).detected_event_id if stored is not None else None
            if detected is not None:
                commit.call("HDEL", keys.confirmed_downtimes(organisation), detected)
        for member in members:
            for key, listed in _listed(organisation, member):
                commit.call("ZREM", key, listed)
        await commit.run()
        return max(len(members), await self._intervals.trim(lane, before_ms))


def _lane(organisation: str, machine_id: str) -> keys.Lane:
    return keys.Lane(organisation, keys.DOWNTIME_RECORDS, machine_id)


def _change(machine: Machine, record: DowntimeRecord, before: DowntimeRecord | None) -> EventChange:
    """What the record says on its machine's timeline."""
    event = Event(
        id=event_id(record.organisation, EventType.ACTIVITY_REASON, f"downtime/{record.id}"),
        organisation=record.organisation,
        type=EventType.ACTIVITY_REASON,
        machine=machine.machine_identifier,
        start_ms=record.started_at_ms,
        end_ms=record.ended_at_ms,
        label=record.reason,
    )
    if record.ended_at_ms is not None and (before is None or before.ended_at_ms is None):
        return EventChange.finished(event)
    return EventChange.started(event) if before is None else EventChange.changed(event)


def _members(record: DowntimeRecord) -> dict[str, str]:
    """Sorted set → the record's member: the text of the field so that it sorts, then what breaks ties, then where the record is."""
    started = f"{record.started_at_ms:015d}"
    place = f"{started}:{record.machine_id}:{record.id}"
    texts = {
        SortBy.STARTED_AT: place,
        SortBy.ENDED_AT: f"{_LAST if record.ended_at_ms is None else format(record.ended_at_ms, '015d')}:{place}",
        SortBy.DURATION_SECONDS: f"{_LAST if record.duration_ms is None else format(record.duration_ms, '015d')}:{place}",
        SortBy.CATEGORY: f"{record.category}:{place}",
    }
    owners = ("", record.machine_id)
    members = {keys.downtime_sorted(record.organisation, field, owner): texts[field] for field in texts for owner in owners}
    members[keys.downtime_sorted(record.organisation, SortBy.MACHINE_ID)] = f"{record.machine_id}:{place}"
    return members


def _listed(organisation: str, member: str) -> Iterator[tuple[str, str]]:
    """All members that the record of a member of ENDED_AT may have; its category is not known from there."""
    ended, started, machine_id, id_ = member.split(":")
    for category in Category:
        record = DowntimeRecord(
            organisation=organisation,
            id=id_,
            machine_id=machine_id,
            reason="",
            category=category,
            started_at_ms=int(started),
            ended_at_ms=int(ended),
            created_at_ms=0,
            updated_at_ms=0,
        )
        yield from _members(record).items()
