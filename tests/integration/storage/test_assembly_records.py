"""Finished records are listed by the write that ends them, and found page by page whatever the filter."""

import itertools
import random

import pytest
from pydantic import TypeAdapter

from storage import keys
from storage.connection import Store
from storage.entities.session import Session, SessionState
from storage.errors import VersionConflict
from storage.migrations import MIGRATIONS
from storage.repositories.assembly_records import RecordFilter, list_records
from tests.support.records import S, a_record, end
from tests.support.stored import AT_MS

STATES = (SessionState.COMPLETE, SessionState.CANCELLED)


def made(organisation: str, count: int) -> list[Session]:
    """Records of two assemblies and three people, one of them no known operator; some end in the same millisecond."""
    chance = random.Random(7)
    return [
        a_record(
            organisation,
            f"r{number:03}",
            AT_MS + chance.randrange(20) * S,
            (1,),
            chance.choice(["Ada", "Ben", ""]),
            assembly_id=chance.choice(["asm", "lid"]),
            state=chance.choice(STATES),
        )
        for number in range(count)
    ]


def matches(record: Session, asked: RecordFilter) -> bool:
    ended_at_ms = record.finished_at_ms or 0
    return (
        (not asked.assembly_id or record.assembly_id == asked.assembly_id)
        and (not asked.operator_id or (record.operator_id == asked.operator_id and record.operator_name != ""))
        and (not asked.status or record.state == asked.status)
        and (asked.from_ms is None or asked.from_ms <= ended_at_ms)
        and (asked.to_ms is None or ended_at_ms < asked.to_ms)
    )


async def test_every_filter_and_page_finds_what_looking_at_each_record_finds(store: Store, organisation: str) -> None:
    records = made(organisation, 60)
    await end(store, *records)
    bounds = ((None, None), (AT_MS + 8 * S, None), (None, AT_MS + 8 * S), (AT_MS + 5 * S, AT_MS + 12 * S), (AT_MS + 9 * S, AT_MS + 9 * S))
    for assembly, operator, status, (from_ms, to_ms) in itertools.product(("", "asm"), ("", "1", "9"), ("", *STATES), bounds):
        asked = RecordFilter(organisation, assembly, operator, status, from_ms, to_ms)
        wanted = sorted((r for r in records if matches(r, asked)), key=lambda r: (r.finished_at_ms, r.id), reverse=True)
        assert await store.assembly_records.count(asked) == len(wanted), asked
        found: list[str] = []
        for first in range(0, len(wanted) + 7, 7):
            page = await store.assembly_records.page(asked, first, 7)
            assert len(page) <= 7
            found += [Session.model_validate_json(stored).id for stored in page]
        assert found == [r.id for r in wanted], asked


async def test_a_long_page_comes_in_pieces(store: Store, organisation: str) -> None:
    await end(store, *(a_record(organisation, f"r{n:03}", AT_MS + n, (1,)) for n in range(130)))
    pieces = [len(chunk) async for chunk in store.assembly_records.chunks(RecordFilter(organisation), 10, 1000)]
    assert pieces == [100, 20]


async def test_an_open_session_and_one_that_lost_the_race_are_no_records(store: Store, organisation: str) -> None:
    record = a_record(organisation, "r1")
    open_ = record.model_copy(update={"state": SessionState.ACTIVE, "finished_at_ms": None})
    await store.sessions.start(open_, [], [])
    assert await store.assembly_records.count(RecordFilter(organisation)) == 0
    await store.sessions.commit(open_, [], [])
    with pytest.raises(VersionConflict):
        await store.sessions.commit(record, [], [])
    assert await store.assembly_records.count(RecordFilter(organisation)) == 0
    await store.sessions.commit(record.model_copy(update={"version": 1}), [], [])
    assert await store.assembly_records.count(RecordFilter(organisation, "asm", "1", "complete")) == 1


async def test_records_of_another_organisation_are_not_found(store: Store, organisation: str) -> None:
    await end(store, a_record(organisation, "r1"))
    assert await store.assembly_records.count(RecordFilter("someone-else")) == 0


async def test_sessions_that_ended_before_there_were_lists_are_listed_and_twice_does_no_harm(store: Store, organisation: str) -> None:
    assert list_records in MIGRATIONS
    records = made(organisation, 8)
    await end(store, *records)
    # As an older Takt stored it: without names, without lists.
    old = TypeAdapter(dict).validate_python(records[0].model_dump(mode="json"))
    for name in ("assembly_name", "steps_total", "paused_ms", "interruptions"):
        del old[name]
    old["results"] = [{key: r[key] for key in ("step_id", "status", "started_at_ms", "finished_at_ms")} for r in old["results"]]
    await store.redis.set(keys.entity(organisation, "session", records[0].id), TypeAdapter(dict).dump_json(old))
    async for key in store.redis.scan_iter(keys.records(organisation)[:-5] + "*"):
        await store.redis.delete(key)
    assert await store.assembly_records.count(RecordFilter(organisation)) == 0
    for _ in range(2):
        await list_records(store.database)
        assert await store.assembly_records.count(RecordFilter(organisation)) == 8
    page = await store.assembly_records.page(RecordFilter(organisation), 0, 10)
    found = {Session.model_validate_json(stored).id: Session.model_validate_json(stored) for stored in page}
    assert found[records[0].id].results[0].name == ""
