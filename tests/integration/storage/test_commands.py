"""Commands are answered once, have one effect, and outlive the death of their consumer."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from storage import consumers, keys
from storage.connection import Store
from storage.errors import NotAnswered
from storage.messages import Command
from storage.streams import FAILED, LATE, UNKNOWN, CommandFailed, CommandServer, Handler
from tests.support.store import KillableStore


@asynccontextmanager
async def serving(store: Store, **handlers: Handler) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(CommandServer(store, "vision", handlers).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Counter:
    """Handlers that count their effects."""

    def __init__(self) -> None:
        self.effects: list[str] = []
        self.began = asyncio.Event()

    async def act(self, command: Command) -> dict[str, object]:
        self.effects.append(command.id)
        return {"seen": command.body, "times": len(self.effects)}

    async def hang(self, command: Command) -> dict[str, object]:
        self.effects.append(command.id)
        self.began.set()
        await asyncio.sleep(3600)
        return {}


async def test_a_command_is_answered_with_what_its_handler_said(store: Store, organisation: str) -> None:
    async with serving(store, snapshot=Counter().act):
        body: dict[str, object] = {"station_id": "s", "list": [1, 2.5, None, "ž"]}
        answer = await store.commands.call(organisation, "vision", "snapshot", body, 5)
    assert answer.ok
    assert answer.body == {"seen": body, "times": 1}
    assert await store.redis.xlen(keys.commands(organisation, "vision")) == 0


async def test_an_answer_comes_within_milliseconds(store: Store, organisation: str) -> None:
    async with serving(store, snapshot=Counter().act):
        await store.commands.call(organisation, "vision", "snapshot", {}, 5)
        began = time.perf_counter()
        for _ in range(20):
            await store.commands.call(organisation, "vision", "snapshot", {}, 5)
    assert (time.perf_counter() - began) / 20 < 0.1


async def test_a_refusal_an_unknown_command_and_a_fault_are_answers_too(store: Store, organisation: str) -> None:
    async def refuse(_: Command) -> dict[str, object]:
        raise CommandFailed("no_camera", "station s has no camera")

    async def break_(_: Command) -> dict[str, object]:
        raise ZeroDivisionError

    async with serving(store, refuse=refuse, break_=break_):
        calls = [store.commands.call(organisation, "vision", name, {}, 5) for name in ("refuse", "break_", "never_heard_of")]
        answers = await asyncio.gather(*calls)
    assert [(a.ok, a.code) for a in answers] == [(False, "no_camera"), (False, FAILED), (False, UNKNOWN)]
    assert answers[0].message == "station s has no camera"


async def test_without_a_consumer_the_caller_is_told_after_its_deadline(store: Store, organisation: str) -> None:
    with pytest.raises(NotAnswered, match="vision did not answer snapshot within"):
        await store.commands.call(organisation, "vision", "snapshot", {}, 0.3)


async def test_a_command_that_comes_late_has_no_effect(store: Store, organisation: str) -> None:
    counter = Counter()
    late = await store.commands.send(organisation, "vision", "snapshot", {}, -1)
    async with serving(store, snapshot=counter.act):
        answer = await store.database.blocking.blpop(keys.answer(organisation, late.id), 5)
    assert LATE.encode() in answer[1]
    assert counter.effects == []


async def test_a_command_sent_before_its_consumer_starts_is_answered(store: Store, organisation: str) -> None:
    calling = asyncio.create_task(store.commands.call(organisation, "vision", "snapshot", {}, 10))
    await asyncio.sleep(0.1)
    async with serving(store, snapshot=Counter().act):
        assert (await calling).ok


async def test_the_same_command_twice_has_one_effect_and_one_answer(store: Store, organisation: str) -> None:
    counter = Counter()
    async with serving(store, snapshot=counter.act):
        calls = [store.commands.call(organisation, "vision", "snapshot", {}, 10, command_id="the-same") for _ in range(3)]
        answers = await asyncio.gather(*calls)
    assert counter.effects == ["the-same"]
    assert answers[0] == answers[1] == answers[2]


async def test_a_command_survives_the_death_of_its_consumer(store: Store, organisation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "DEAD_AFTER_MS", 800)
    first, second = Counter(), Counter()
    async with serving(store, snapshot=first.hang) as dying:
        calling = asyncio.create_task(store.commands.call(organisation, "vision", "snapshot", {}, 10))
        await asyncio.wait_for(first.began.wait(), 5)
        dying.cancel()
    async with serving(store, snapshot=second.act):
        assert (await calling).ok
    assert second.effects == first.effects


async def test_a_slow_command_of_a_living_consumer_is_not_taken_over(
    store: Store, organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "DEAD_AFTER_MS", 1000)
    monkeypatch.setattr(consumers, "_BLOCK_MS", 200)
    effects: list[str] = []

    async def slow(command: Command) -> dict[str, object]:
        effects.append(command.id)
        await asyncio.sleep(2.5)
        return {}

    async with serving(store, record_stop=slow), serving(store, record_stop=slow):
        assert (await store.commands.call(organisation, "vision", "record_stop", {}, 10)).ok
    assert len(effects) == 1


async def test_the_first_outcome_of_a_command_stays_when_two_consumers_had_it(store: Store, organisation: str) -> None:
    named = [keys.command_done(organisation, "c"), keys.answer(organisation, "c"), keys.commands(organisation, "vision")]
    await store.redis.xgroup_create(named[2], consumers.GROUP, mkstream=True)
    for outcome in ("first", "second"):
        await store.database.run("answer", named, outcome, 60, 60, consumers.GROUP, "1-1")
    assert await store.redis.lrange(named[1], 0, -1) == [b"first"]


async def test_what_is_no_command_is_passed_over(store: Store, organisation: str) -> None:
    await store.redis.xadd(keys.commands(organisation, "vision"), {"c": b"\xc1"})
    await store.redis.xadd(keys.commands(organisation, "vision"), {"other": b""})
    async with serving(store, snapshot=Counter().act):
        assert (await store.commands.call(organisation, "vision", "snapshot", {}, 5)).ok


async def test_an_organisation_that_is_added_later_is_served_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "ORGANISATIONS_EVERY_S", 0.1)
    async with serving(store, snapshot=Counter().act):
        name = f"later-{time.time_ns()}"
        await store.organisations.add(name)
        assert (await store.commands.call(name, "vision", "snapshot", {}, 5)).ok


async def test_call_and_consumer_go_on_when_the_store_is_killed_in_between(killable_store: KillableStore) -> None:
    store = await Store.connect(killable_store.settings)
    counter = Counter()
    release = asyncio.Event()

    async def wait(command: Command) -> dict[str, object]:
        counter.began.set()
        await release.wait()
        return await counter.act(command)

    try:
        await store.organisations.add("org")
        async with serving(store, train=wait):
            calling = asyncio.create_task(store.commands.call("org", "vision", "train", {}, 20))
            await asyncio.wait_for(counter.began.wait(), 5)
            killable_store.kill()
            release.set()
            await asyncio.to_thread(killable_store.start)
            assert (await calling).ok
        assert len(counter.effects) == 1
    finally:
        await store.close()
