"""One write is all or nothing, happens once, and only over what was read."""

import asyncio

import pytest

from storage import keys
from storage.commit import LONGEST_CALL, Commit, Refused
from storage.connection import Store
from storage.entities.event import EventChange
from storage.entities.session import SessionState
from storage.errors import NotStored, StationBusy, VersionConflict
from tests.support.stored import AT_MS, event, session


async def everything(store: Store, organisation: str) -> dict[bytes, bytes]:
    """All of a tenant, as the server would dump it."""
    found = {}
    async for key in store.redis.scan_iter("takt:{" + organisation + "}:*", count=1000):
        if b":applied:" not in key:
            found[key] = await store.redis.dump(key)
    return found


async def test_a_started_session_is_open_at_its_station_with_its_facts_and_intervals(store: Store, organisation: str) -> None:
    positions = await store.sessions.start(session(organisation), [b'{"n":1}', b'{"n":2}'], [EventChange.started(event(organisation))])

    opened = await store.sessions.open_by_station(organisation, "station-1")
    since = await store.sessions.facts_since(organisation, "station-1", "", "0-0")
    window = await store.events.window(organisation, None, None, AT_MS, AT_MS + 1)
    assert opened is not None
    assert await store.sessions.all_open(organisation) == [opened]
    assert [(f.fact, f.offset) for f in since.facts] == [(b'{"n":1}', positions[0].offset), (b'{"n":2}', positions[1].offset)]
    assert len(window.json) == 1


async def test_a_second_start_names_the_session_that_runs_and_leaves_nothing(store: Store, organisation: str) -> None:
    await store.sessions.start(session(organisation), [b"{}"], [])
    before = await everything(store, organisation)

    with pytest.raises(StationBusy) as refused:
        await store.sessions.start(session(organisation, "record-2"), [b"{}"], [EventChange.started(event(organisation))])

    assert refused.value.record_id == "record-1"
    assert await everything(store, organisation) == before


async def test_a_commit_over_an_old_version_leaves_nothing(store: Store, organisation: str) -> None:
    started = session(organisation)
    await store.sessions.start(started, [b"{}"], [])
    await store.sessions.commit(started.model_copy(update={"step_id": 2}), [b"{}"], [])
    before = await everything(store, organisation)

    with pytest.raises(VersionConflict):
        await store.sessions.commit(started.model_copy(update={"step_id": 3}), [b"{}"], [EventChange.started(event(organisation))])

    assert await everything(store, organisation) == before


async def test_a_commit_of_an_unknown_session_is_not_stored(store: Store, organisation: str) -> None:
    with pytest.raises(NotStored):
        await store.sessions.commit(session(organisation), [b"{}"], [])
    assert list(await everything(store, organisation)) == [keys.organisation(organisation).encode()]


async def test_a_damaged_key_refuses_the_commit_before_its_first_write(store: Store, organisation: str) -> None:
    started = session(organisation)
    await store.sessions.start(started, [b"{}"], [])
    await store.redis.set(keys.timeline(organisation), "not a stream")
    before = await everything(store, organisation)

    with pytest.raises(VersionConflict, match="damaged"):
        await store.sessions.commit(started, [b"{}"], [EventChange.started(event(organisation))])

    assert await everything(store, organisation) == before


async def test_of_many_commits_over_the_same_version_exactly_one_wins(store: Store, organisation: str) -> None:
    started = session(organisation)
    await store.sessions.start(started, [], [])

    tries = [store.sessions.commit(started.model_copy(update={"step_id": n}), [b'{"n":%d}' % n], []) for n in range(20)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)

    won = [o for o in outcomes if not isinstance(o, BaseException)]
    since = await store.sessions.facts_since(organisation, "station-1", "", "0-0")
    assert len(won) == 1
    assert [type(o) for o in outcomes if isinstance(o, BaseException)] == [VersionConflict] * 19
    assert [f.fact for f in since.facts] == [b'{"n":%d}' % won[0].session.step_id]


async def test_writers_that_read_again_after_a_conflict_lose_no_fact(store: Store, organisation: str) -> None:
    await store.sessions.start(session(organisation), [], [])

    async def add(n: int) -> None:
        while True:
            current = await store.sessions.get(organisation, "record-1")
            try:
                await store.sessions.commit(current, [b"%d" % n], [])
            except VersionConflict:
                continue
            return

    await asyncio.gather(*(add(n) for n in range(20)))

    since = await store.sessions.facts_since(organisation, "station-1", "", "0-0")
    assert sorted(int(f.fact) for f in since.facts) == list(range(20))
    assert (await store.sessions.get(organisation, "record-1")).version == 20


async def test_a_repeated_commit_answers_the_same_positions_and_has_no_second_effect(store: Store, organisation: str) -> None:
    commit = Commit(store.database, organisation)
    commit.expect_absent(keys.entity(organisation, "thing", "1"), "exists")
    commit.call("SET", keys.entity(organisation, "thing", "1"), '{"version":0}')
    commit.fact(keys.coaching_facts(organisation, "s"), b"{}", keys.FACTS_KEPT)

    first = await commit.run()
    again = await commit.run()

    assert first == again
    assert await store.redis.xlen(keys.coaching_facts(organisation, "s")) == 1


async def test_a_refused_commit_is_decided_anew_when_it_is_repeated(store: Store, organisation: str) -> None:
    key = keys.entity(organisation, "thing", "1")
    await store.redis.set(key, "taken")
    commit = Commit(store.database, organisation)
    commit.expect_absent(key, "exists")
    commit.call("SET", key, "mine")

    with pytest.raises(Refused):
        await commit.run()
    await store.redis.delete(key)
    await commit.run()

    assert await store.redis.get(key) == b"mine"


@pytest.mark.parametrize("end", [SessionState.COMPLETE, SessionState.CANCELLED])
async def test_an_ended_session_frees_its_station_and_stays_in_the_history(store: Store, organisation: str, end: SessionState) -> None:
    started = session(organisation)
    await store.sessions.start(started, [], [])
    await store.sessions.commit(started.model_copy(update={"state": end}), [b"{}"], [])
    await store.sessions.start(session(organisation, "record-2", started_at_ms=AT_MS + 1), [], [])

    opened = await store.sessions.open_by_station(organisation, "station-1")
    assert opened is not None
    assert opened.id == "record-2"
    assert [s.id for s in await store.sessions.all_open(organisation)] == ["record-2"]
    assert [s.id for s in await store.sessions.history(organisation)] == ["record-2", "record-1"]
    assert [s.id for s in await store.sessions.history(organisation, 1)] == ["record-2"]


async def test_a_lease_has_one_holder_until_it_is_dropped_or_ends(store: Store, organisation: str) -> None:
    sessions = store.sessions
    assert await sessions.take_lease(organisation, "s", "hub-a")
    assert await sessions.take_lease(organisation, "s", "hub-a")
    assert not await sessions.take_lease(organisation, "s", "hub-b")
    assert not await sessions.renew_lease(organisation, "s", "hub-b")
    assert not await sessions.drop_lease(organisation, "s", "hub-b")
    assert await sessions.renew_lease(organisation, "s", "hub-a")
    assert 0 < await store.redis.pttl(keys.station_lease(organisation, "s")) <= keys.LEASE_TTL_MS
    assert await sessions.drop_lease(organisation, "s", "hub-a")
    assert not await sessions.renew_lease(organisation, "s", "hub-a")
    assert await sessions.take_lease(organisation, "s", "hub-b")


async def test_a_command_with_more_than_a_script_can_hand_over_is_refused_before_anything_is_written(
    store: Store, organisation: str
) -> None:
    key = keys.doomed_files(organisation)
    commit = Commit(store.database, organisation)
    commit.call("SADD", key, *[str(number) for number in range(LONGEST_CALL)])
    with pytest.raises(ValueError, match="SADD"):
        commit.call("SADD", key, *["x"] * (LONGEST_CALL + 1))
    await commit.run()
    assert await store.redis.scard(key) == LONGEST_CALL
