"""What a commit of a downtime record holds together, and what retention takes."""

import json

import pytest

from storage import keys
from storage.connection import Store
from storage.entities.downtime_record import Category, DowntimeRecord
from storage.entities.event import EventType, event_id
from storage.entities.machine import Machine
from storage.entities.reason_code import ReasonCode
from storage.errors import AlreadyExists, NotStored, VersionConflict
from storage.repositories.downtime_records import SortBy
from tests.support.downtime import HOUR_MS, now_ms, store_record


async def ids(store: Store, machine: Machine, sort_by: SortBy = SortBy.STARTED_AT, *, of_all: bool = False) -> list[str]:
    page = await store.downtime_records.page(
        machine.organisation, sort_by, 0, 1000, descending=False, machine_id=None if of_all else machine.id
    )
    assert page.total == len(page.json)
    return [json.loads(record)["id"] for record in page.json]


async def reason_code(store: Store, organisation: str, *, is_active: bool) -> ReasonCode:
    reason = ReasonCode(organisation=organisation, id="r1", code="BRG", name="B", is_active=is_active, created_at_ms=1, updated_at_ms=1)
    return await store.reason_codes.put(reason, None, 0)


async def test_a_record_whose_reason_code_is_switched_off_meanwhile_is_written_nowhere(store: Store, organisation: str) -> None:
    machine = await store.machines.ensure(organisation, "M")
    await reason_code(store, organisation, is_active=False)
    for code in ("r1", "gone"):
        with pytest.raises(NotStored):
            await store_record(store, machine, now_ms(), None, reason_code_id=code)
    assert await ids(store, machine) == await ids(store, machine, of_all=True) == []
    assert await store.events.machines(organisation) == []
    assert await store.downtime_records.machines(organisation) == []


async def test_a_version_over_another_than_was_read_is_refused_and_changes_no_list_and_no_event(store: Store, organisation: str) -> None:
    machine = await store.machines.ensure(organisation, "M")
    record = await store_record(store, machine, now_ms() - HOUR_MS, None)
    read = await store.downtime_records.find(organisation, machine.id, record.id)
    assert read is not None
    ended = record.model_copy(update={"ended_at_ms": now_ms(), "updated_at_ms": record.updated_at_ms + 1})
    await store.downtime_records.save(machine, ended, read, "user:a")
    late = record.model_copy(update={"category": Category.PLANNED, "updated_at_ms": record.updated_at_ms + 2})
    with pytest.raises(VersionConflict):
        await store.downtime_records.save(machine, late, read, "user:b")
    stored = await store.downtime_records.find(organisation, machine.id, record.id)
    assert stored is not None
    assert DowntimeRecord.read(organisation, stored.json) == ended
    for field in SortBy:
        assert await ids(store, machine, field) == await ids(store, machine, field, of_all=True) == [record.id]
    event = await store.events.find(organisation, "M", event_id(organisation, EventType.ACTIVITY_REASON, f"downtime/{record.id}"))
    assert event is not None
    assert event.end_ms == ended.ended_at_ms
    assert len(await store.downtime_records.history(organisation, machine.id, record.id)) == 2


async def test_the_history_is_one_record_s_of_many(store: Store, organisation: str) -> None:
    machine = await store.machines.ensure(organisation, "M")
    records = [await store_record(store, machine, now_ms() - HOUR_MS, None) for _ in range(250)]
    for record in (records[3], records[240]):
        history = await store.downtime_records.history(organisation, machine.id, record.id)
        assert [json.loads(fact)["record"]["id"] for fact in history] == [record.id]
    assert await store.downtime_records.history(organisation, machine.id, "nobody") == []


async def test_retention_takes_what_ended_before_out_of_every_list(store: Store, organisation: str) -> None:
    machine, other = await store.machines.ensure(organisation, "M"), await store.machines.ensure(organisation, "N")
    at_ms = now_ms() - 100 * HOUR_MS
    for number in range(210):
        await store_record(store, machine, at_ms + number, at_ms + 1000 + number, list(Category)[number % 4])
    kept = [
        await store_record(store, machine, at_ms, None),
        await store_record(store, machine, at_ms + 1, at_ms + HOUR_MS),
        await store_record(store, other, at_ms + 2, at_ms + 1000),
    ]
    while await store.downtime_records.trim(organisation, machine.id, at_ms + HOUR_MS):
        pass
    for field in SortBy:
        assert sorted(await ids(store, machine, field)) == sorted(record.id for record in kept[:2])
        assert sorted(await ids(store, machine, field, of_all=True)) == sorted(record.id for record in kept)
    found = await store.downtime_records.window(organisation, machine.id, at_ms - 1, at_ms + 2 * HOUR_MS)
    assert [each.id for each in found] == [record.id for record in kept[:2]]
    assert len(await store.redis.zrange(keys.downtime_sorted(organisation, SortBy.CATEGORY), 0, -1)) == 3


async def test_the_tree_of_reason_codes_changes_one_step_at_a_time(store: Store, organisation: str) -> None:
    first = await reason_code(store, organisation, is_active=True)
    assert await store.reason_codes.tree_version(organisation) == 1
    with pytest.raises(VersionConflict):
        await store.reason_codes.put(first.model_copy(update={"id": "r2", "code": "X"}), None, 0)
    with pytest.raises(AlreadyExists):
        await store.reason_codes.put(first.model_copy(update={"id": "r2"}), None, 1)
    saved = await store.reason_codes.put(first.model_copy(update={"code": "X"}), first, 1)
    assert [reason.code for reason in await store.reason_codes.all(organisation)] == ["X"]
    assert saved.version == 1
