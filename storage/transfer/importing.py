"""Lines of an export become what is stored again: a batch at a time, durable when it returns, and never over something newer.

Where the store has something else under the same id, it is kept, and counted. Two things give way, because what comes is later for
certain: an interval in flight to the same one finished, and a downtime record to a later version of itself.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from storage import keys
from storage.commit import Commit, Refused
from storage.connection import Store
from storage.entities.detected_downtime import DowntimeFact, downtime_fact, read_downtime_json
from storage.entities.downtime_record import DowntimeRecord, record_json
from storage.errors import AlreadyExists, VersionConflict
from storage.interval import StoredInterval
from storage.transfer.batch import Batch, Outcome
from storage.transfer.lines import NOUNS, TABLES, BadLine, EntityLine, HistoryLine, IntervalLine, Line, TableLine, lane_of

# Somebody else writes to the same intervals just now: so often is decided again.
TRIES = 8


class Importer:
    """Imports into one organisation that exists."""

    def __init__(self, store: Store, organisation: str) -> None:
        self._store = store
        self._organisation = organisation
        self._imports = keys.imports(organisation)

    # --- how far it is ------------------------------------------------------------------------------------
    async def progress(self, export_id: str) -> tuple[int, int]:
        """How many lines of an export are stored, and their checksum; (0, 0) = none."""
        said = await self._store.redis.hget(self._imports, export_id)
        lines, checksum = said.split() if said is not None else (0, 0)
        return int(lines), int(checksum)

    async def finish(self, export_id: str) -> None:
        """All lines are stored: makes what follows from them, and forgets the progress."""
        await self._store.detected_downtimes.rebuild(self._organisation)
        await self._store.redis.hdel(self._imports, export_id)

    # --- a batch ------------------------------------------------------------------------------------------
    async def store(self, lines: Sequence[Line], export_id: str, stored_lines: int, checksum: int) -> Outcome:
        """Stores lines; durable when it returns, with the progress that is given. Raises BadLine, AlreadyExists, VersionConflict
        (somebody else writes to the same things all the time)."""
        outcome = Outcome()
        for line in lines:
            if isinstance(line, EntityLine):
                outcome.add(await self._entity(line))
        others = [line for line in lines if not isinstance(line, EntityLine)]
        for _ in range(TRIES):
            batch = Batch(Commit(self._store.database, self._organisation), await self._read(others))
            for line in others:
                self._put(batch, line)
            batch.commit.call("HSET", self._imports, export_id, f"{stored_lines} {checksum}")
            try:
                await batch.commit.run()
            except Refused as refused:
                if refused.reason != "changed meanwhile":
                    raise BadLine(f"the store refuses it: {refused}") from refused
                continue
            outcome.add(batch.outcome)
            return outcome
        raise VersionConflict("the timelines are written to all the time; import while they rest")

    async def _entity(self, line: EntityLine) -> Outcome:
        if line.noun not in NOUNS:
            raise BadLine(f"there is no noun {line.noun[:40]!r}")
        repository = NOUNS[line.noun](self._store)
        try:
            entity = repository.model.model_validate({**line.entity, "organisation": self._organisation})
        except ValidationError as error:
            raise BadLine(f"it is no {line.noun}: {error.errors(include_url=False)[0]['msg']}") from error
        id_ = repository.id_of(entity)
        known = await repository.find(self._organisation, id_)
        outcome = Outcome()
        if known is None:
            try:
                await repository.add(entity)
            except AlreadyExists as error:
                if await repository.find(self._organisation, id_) is None:
                    raise BadLine(f"the store has another {line.noun} in its place ({error}); import into an empty organisation") from error
            outcome.added += 1
        elif known == entity:
            outcome.same += 1
        else:
            outcome.keep(f"{line.noun} {id_}")
        return outcome

    async def _read(self, lines: Sequence[Line]) -> dict[tuple[str, str], bytes | None]:
        """What the store has under everything that the lines name."""
        wanted: dict[str, dict[str, None]] = {}
        for line in lines:
            key, name = self._place(line)
            wanted.setdefault(key, {})[name] = None
        pipeline = self._store.redis.pipeline(transaction=False)
        for key, names in wanted.items():
            pipeline.hmget(key, list(names))
        answers = await pipeline.execute() if wanted else []
        return {
            (key, name): value
            for (key, names), values in zip(wanted.items(), answers, strict=True)
            for name, value in zip(names, values, strict=True)
        }

    def _place(self, line: Line) -> tuple[str, str]:
        """The hash and the field that a line is about."""
        if isinstance(line, IntervalLine):
            return lane_of(self._organisation, line).json, line.id
        if isinstance(line, HistoryLine):
            return self._records(line.history).json, _record_of(self._organisation, line).id
        if isinstance(line, TableLine) and line.table in TABLES:
            return TABLES[line.table](self._organisation), line.field
        raise BadLine("there is no such table")

    def _records(self, machine_id: str) -> keys.Lane:
        return keys.Lane(self._organisation, keys.DOWNTIME_RECORDS, machine_id)

    # --- one line -----------------------------------------------------------------------------------------
    def _put(self, batch: Batch, line: Line) -> None:
        if isinstance(line, HistoryLine):
            record = _record_of(self._organisation, line)
            self._put_record(batch, record, line.fact.encode(), is_history=True)
        elif isinstance(line, IntervalLine):
            lane = lane_of(self._organisation, line)
            interval = StoredInterval(line.id, line.type, line.start, line.end, line.json_.encode())
            fact = _fact(lane, interval)
            if lane.kind == keys.DOWNTIME_RECORDS:
                self._put_record(batch, _record(self._organisation, interval.json), fact, is_history=False)
            else:
                self._put_interval(batch, lane, interval, fact)
        elif isinstance(line, TableLine):
            self._put_field(batch, *self._place(line), line.value.encode())

    def _put_field(self, batch: Batch, key: str, name: str, value: bytes) -> None:
        known = batch.stands(key, name)
        if known is None:
            batch.changes(key, name, value)
            batch.commit.call("HSET", key, name, value)
            batch.outcome.added += 1
        elif known == value:
            batch.outcome.same += 1
        else:
            batch.outcome.keep(f"{key.rpartition(':')[2]} {name}")

    def _put_interval(self, batch: Batch, lane: keys.Lane, interval: StoredInterval, fact: bytes) -> None:
        value = interval.head.encode() + b" " + interval.json
        known = batch.stands(lane.json, interval.id)
        if known == value:
            batch.outcome.same += 1
        elif known is None or (StoredInterval.read(interval.id, known).end_ms is None and interval.end_ms is not None):
            batch.changes(lane.json, interval.id, value)
            batch.commit.interval(lane, interval, fact)
            batch.outcome.added += known is None
            batch.outcome.replaced += known is not None
        else:
            batch.outcome.keep(f"{lane.name} {interval.id}")

    def _put_record(self, batch: Batch, record: DowntimeRecord, fact: bytes, *, is_history: bool) -> None:
        lane, shown = self._records(record.machine_id), record_json(record)
        interval = StoredInterval(record.id, record.category.value, record.started_at_ms, record.ended_at_ms, shown)
        value = interval.head.encode() + b" " + shown
        known = batch.stands(lane.json, record.id)
        before = _record(self._organisation, StoredInterval.read(record.id, known).json) if known is not None else None
        if known == value:
            batch.outcome.same += not is_history
        elif before is None or before.updated_at_ms < record.updated_at_ms:
            batch.changes(lane.json, record.id, value)
            batch.commit.interval(lane, interval, fact)
            self._store.downtime_records.index(batch.commit, record, before)
            batch.outcome.added += before is None
            batch.outcome.replaced += before is not None and not is_history
        elif not is_history:
            batch.outcome.keep(f"{lane.name} {record.id}")


def _record_of(organisation: str, line: HistoryLine) -> DowntimeRecord:
    try:
        record = orjson.loads(line.fact)["record"]
        found = _record(organisation, orjson.dumps(record))
    except (ValueError, LookupError, TypeError) as error:
        raise BadLine("its fact tells no record") from error
    if found.machine_id != line.history:
        raise BadLine("its fact is of another machine")
    return found


def _record(organisation: str, shown: bytes) -> DowntimeRecord:
    try:
        return DowntimeRecord.read(organisation, shown)
    except (ValueError, LookupError, TypeError) as error:
        raise BadLine("its JSON is no downtime record") from error


def _fact(lane: keys.Lane, interval: StoredInterval) -> bytes:
    """What the lane's stream says of an interval that came from elsewhere. Raises BadLine when its JSON is not its own."""
    try:
        said: Any = orjson.loads(interval.json)
        if not isinstance(said, dict):
            raise ValueError("no object")
        if lane.kind == keys.DETECTED:
            kind = DowntimeFact.STARTED if interval.end_ms is None else DowntimeFact.ENDED
            return downtime_fact(kind, read_downtime_json(lane.organisation, interval.json, interval.start_ms, interval.end_ms))
    except (ValueError, LookupError, TypeError) as error:
        raise BadLine(f"its JSON is not that of {lane.kind or 'an event'}") from error
    if lane.kind == keys.HEARTBEATS:
        return interval.json
    if lane.kind == keys.DOWNTIME_RECORDS:
        return b'{"type":"recorded","by":"import","at_ms":%d,"record":%s}' % (interval.start_ms, interval.json)
    if said.get("id") != interval.id:
        raise BadLine("its JSON has another id")
    return b'{"type":"%s","event":%s}' % (b"started" if interval.end_ms is None else b"finished", interval.json)
