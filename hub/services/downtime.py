"""Downtime as people and machines report it: recorded, corrected, ended, listed."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from hub.caller import Caller
from hub.changes import STAYS, Stays, changed_fields
from hub.errors import Conflict, Invalid, NotFound
from hub.services.machines import MachinesService, is_uuid
from storage.connection import Store
from storage.entities.downtime_record import Category, DowntimeRecord, record_json
from storage.entities.event import EventType, event_id
from storage.entities.machine import Machine
from storage.errors import AlreadyExists, NotStored, VersionConflict
from storage.interval import StoredInterval
from storage.repositories.downtime_records import RecordsPage, SortBy

# Clocks of machines and of the hub differ by seconds; what is to begin later is a plan and no record.
CLOCK_SKEW_MS = 60_000


@dataclass(frozen=True, slots=True)
class RecordWish:
    """What a new record shall say. `detected_event_id` is the downtime seen by a camera that it confirms."""

    reason: str
    category: Category
    started_at_ms: int
    ended_at_ms: int | None = None
    reason_code_id: str | None = None
    detected_event_id: str | None = None


@dataclass(frozen=True, slots=True)
class RecordChange:
    """What changes of a record; `ended_at_ms` None opens it again."""

    reason: str | Stays = STAYS
    category: Category | Stays = STAYS
    started_at_ms: int | Stays = STAYS
    ended_at_ms: int | None | Stays = STAYS
    reason_code_id: str | None | Stays = STAYS


class DowntimeService:
    """Writes and lists records. Every version names who made it and stays in the record's history."""

    def __init__(self, store: Store, machines: MachinesService, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._store = store
        self._machines = machines
        self._clock = clock

    async def record(self, caller: Caller, machine_id: str, wish: RecordWish) -> bytes:
        """The new record as JSON. Raises NotFound, Invalid, and Conflict when another record confirms the same detected downtime."""
        machine = await self._machines.get(caller.organisation, machine_id)
        now_ms = self._clock()
        record = DowntimeRecord(
            organisation=caller.organisation,
            id=str(uuid.uuid4()),
            machine_id=machine.id,
            reason=wish.reason,
            category=wish.category,
            reason_code_id=wish.reason_code_id,
            started_at_ms=wish.started_at_ms,
            ended_at_ms=wish.ended_at_ms,
            detected_event_id=wish.detected_event_id,
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
        )
        _check_times(record, now_ms)
        await self._check_code(record)
        await self._check_detected(machine, record)
        try:
            await self._store.downtime_records.add(machine, record, _name(caller))
        except NotStored as error:
            raise _no_code() from error
        except AlreadyExists as error:
            raise Conflict("Another record confirms this detected downtime.", field="detected_event_id") from error
        return record_json(record)

    async def change(self, caller: Caller, machine_id: str, record_id: str, change: RecordChange) -> bytes:
        """The record as JSON after the change. Raises NotFound, Invalid, and Conflict when somebody else changed it meanwhile."""
        machine = await self._machines.get(caller.organisation, machine_id)
        stored, before = await self._find(machine, record_id)
        changed = before.model_copy(update=changed_fields(change))
        if changed == before:
            return stored.json
        _check_times(changed, self._clock())
        if changed.reason_code_id != before.reason_code_id:
            await self._check_code(changed)
        return await self._save(caller, machine, changed, stored)

    async def end(self, caller: Caller, machine_id: str, record_id: str) -> bytes:
        """The record as JSON, ended now. Raises NotFound, and Conflict when it has ended already or somebody else changed it meanwhile."""
        machine = await self._machines.get(caller.organisation, machine_id)
        stored, record = await self._find(machine, record_id)
        now_ms = self._clock()
        if record.ended_at_ms is not None and record.ended_at_ms <= now_ms:
            raise Conflict("This downtime has ended already.", code="ended")
        ended = record.model_copy(update={"ended_at_ms": max(now_ms, record.started_at_ms)})
        return await self._save(caller, machine, ended, stored)

    async def of_machine(self, organisation: str, machine_id: str, first: int, count: int) -> RecordsPage:
        """A page of a machine's records, newest start first. Raises NotFound."""
        return await self.of_fleet(organisation, SortBy.STARTED_AT, first, count, descending=True, machine_id=machine_id)

    async def of_fleet(
        self, organisation: str, sort_by: SortBy, first: int, count: int, *, descending: bool, machine_id: str | None = None
    ) -> RecordsPage:
        """A page of all machines' records, or of one's. Raises NotFound for a machine that is not there."""
        if machine_id is not None:
            await self._machines.get(organisation, machine_id)
        return await self._store.downtime_records.page(organisation, sort_by, first, count, descending=descending, machine_id=machine_id)

    async def _find(self, machine: Machine, record_id: str) -> tuple[StoredInterval, DowntimeRecord]:
        organisation = machine.organisation
        stored = await self._store.downtime_records.find(organisation, machine.id, record_id) if is_uuid(record_id) else None
        if stored is None:
            raise NotFound("Downtime record not found.")
        return stored, DowntimeRecord.read(organisation, stored.json)

    async def _save(self, caller: Caller, machine: Machine, changed: DowntimeRecord, read: StoredInterval) -> bytes:
        # Two versions of the same millisecond, or a clock that went back, must not look alike.
        record = changed.model_copy(update={"updated_at_ms": max(self._clock(), changed.updated_at_ms + 1)})
        try:
            await self._store.downtime_records.save(machine, record, read, _name(caller))
        except NotStored as error:
            raise _no_code() from error
        except VersionConflict as error:
            raise Conflict("Somebody else changed this record just now. Read it again.") from error
        return record_json(record)

    async def _check_code(self, record: DowntimeRecord) -> None:
        if record.reason_code_id is None:
            return
        code = await self._store.reason_codes.find(record.organisation, record.reason_code_id) if is_uuid(record.reason_code_id) else None
        if code is None or not code.is_active:
            raise _no_code()

    async def _check_detected(self, machine: Machine, record: DowntimeRecord) -> None:
        if record.detected_event_id is None:
            return
        # It is on the machine's timeline where its region names the machine, whatever line it was seen in.
        seen = event_id(record.organisation, EventType.ACTIVITY_REASON, f"detected/{record.detected_event_id}")
        if await self._store.events.find(record.organisation, machine.machine_identifier, seen) is None:
            raise Invalid("There is no such detected downtime of this machine.", field="detected_event_id")


def _check_times(record: DowntimeRecord, now_ms: int) -> None:
    if record.started_at_ms > now_ms + CLOCK_SKEW_MS:
        raise Invalid("A downtime cannot start in the future.", field="started_at")
    if record.ended_at_ms is not None and record.ended_at_ms < record.started_at_ms:
        raise Invalid("A downtime cannot end before it starts.", field="ended_at")


def _no_code() -> Invalid:
    return Invalid("There is no active reason code with this id.", field="reason_code_id")


def _name(caller: Caller) -> str:
    return f"{caller.kind}:{caller.id}"
