"""Small questions over one connection are answered each its own answer, and whatever goes wrong is told as in the ordinary way."""

import asyncio
import os
import signal

import pytest

from storage.connection import Store
from storage.errors import StoreUnavailable
from tests.support.store import KillableStore


async def test_many_at_once_each_get_their_own_answer_over_one_connection(store: Store) -> None:
    before = int((await store.redis.info("clients"))["connected_clients"])
    asked = [store.database.quick("ECHO", str(n)) for n in range(500)]
    assert await asyncio.gather(*asked) == [str(n).encode() for n in range(500)]
    assert int((await store.redis.info("clients"))["connected_clients"]) <= before + 1


async def test_more_than_may_wait_are_answered_in_the_ordinary_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.quick.MOST_WAITING", 3)
    await store.database.quick("PING")
    assert await asyncio.gather(*(store.database.quick("ECHO", str(n)) for n in range(40))) == [str(n).encode() for n in range(40)]


async def test_who_stops_waiting_shifts_no_answer(store: Store) -> None:
    await store.database.quick("PING")
    tasks = [asyncio.create_task(store.database.quick("ECHO", str(n))) for n in range(100)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [a for n, a in enumerate(answers) if n % 3] == [str(n).encode() for n in range(100) if n % 3]
    assert all(isinstance(a, asyncio.CancelledError) for a in answers[::3])


async def test_an_error_is_the_ordinary_one_and_the_next_question_is_answered(store: Store, organisation: str) -> None:
    key = f"takt:{{{organisation}}}:quick"
    await store.redis.set(key, "text")
    for _ in range(3):
        with pytest.raises(Exception, match="WRONGTYPE"):
            await store.database.quick("HGET", key, "field")
        assert await store.database.quick("GET", key) == b"text"


async def test_a_script_that_the_server_forgot_is_sent_again(store: Store) -> None:
    await store.database.quick("PING")
    await store.redis.script_flush()
    assert (await store.events.window_json("nobody", ["M"], None, 0, 1)).json == b"[]"


async def test_after_a_restart_of_the_store_it_is_asked_again(killable_store: KillableStore) -> None:
    store = await Store.connect(killable_store.settings)
    try:
        for _ in range(3):
            assert await store.database.quick("PING") in (b"PONG", True)
            killable_store.kill()
            killable_store.start()
            answers = await asyncio.gather(*(store.database.quick("ECHO", str(n)) for n in range(20)))
            assert answers == [str(n).encode() for n in range(20)]
    finally:
        await store.close()


async def test_a_store_that_is_gone_is_unavailable(killable_store: KillableStore) -> None:
    store = await Store.connect(killable_store.settings)
    try:
        await store.database.quick("PING")
        killable_store.kill()
        with pytest.raises(StoreUnavailable):
            await store.database.quick("PING")
    finally:
        await store.close()


async def test_a_store_that_hangs_is_told_of_to_all_after_one_time_out(
    killable_store: KillableStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.quick.ANSWER_WITHIN_S", 0.5)
    store = await Store.connect(killable_store.settings)
    try:
        await store.database.quick("PING")
        os.kill(killable_store.pid, signal.SIGSTOP)
        try:
            async with asyncio.timeout(2):
                answers = await asyncio.gather(*(store.database.quick("PING") for _ in range(10)), return_exceptions=True)
            assert all(isinstance(answer, StoreUnavailable) for answer in answers)
        finally:
            os.kill(killable_store.pid, signal.SIGCONT)
        assert await store.database.quick("ECHO", "on") == b"on"
    finally:
        await store.close()
