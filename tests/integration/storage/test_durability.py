"""What was acknowledged survives the death of the server, in order; and the test that says so can fail."""

import asyncio
from dataclasses import dataclass, field

import pytest

from storage.connection import Store
from storage.entities.event import EventChange
from storage.errors import StoreUnavailable
from tests.support.store import KillableStore
from tests.support.stored import AT_MS, event, session


@dataclass
class Writer:
    """Commits facts 0, 1, 2… one after the other and remembers which were acknowledged."""

    store: Store
    organisation: str
    acknowledged: list[bytes] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, until: int) -> None:
        current = session(self.organisation, f"record-{self.organisation}")
        await self.store.sessions.start(current, [], [])
        for n in range(1_000_000):
            fact = b"%d" % n
            change = EventChange.finished(event(self.organisation, f"step-{n}", AT_MS + n, AT_MS + n + 1))
            current = (await self.store.sessions.commit(current, [fact], [change])).session
            self.acknowledged.append(fact)
            if n >= until:
                self.enough.set()


async def killed_while_writing(server: KillableStore, writers: int = 4, until: int = 60) -> list[tuple[Writer, list[bytes], int]]:
    """For each writer: what it was told, and after a restart what facts and how many events are there."""
    store = await Store.connect(server.settings)
    writing = [Writer(store, f"org-{n}") for n in range(writers)]
    tasks = [asyncio.create_task(writer.run(until)) for writer in writing]
    try:
        await asyncio.wait_for(asyncio.gather(*(writer.enough.wait() for writer in writing)), 30)
        server.kill()
        outcomes = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 30)
        assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    finally:
        for task in tasks:
            task.cancel()
        await store.close()
    return await after_restart(server, writing)


async def after_restart(server: KillableStore, writing: list[Writer]) -> list[tuple[Writer, list[bytes], int]]:
    server.start()
    again = await Store.connect(server.settings)
    try:
        found = []
        for writer in writing:
            since = await again.sessions.facts_since(writer.organisation, "station-1", "", "0-0", 1_000_000)
            window = await again.events.window(writer.organisation, None, None, AT_MS - 1, AT_MS + 10_000_000)
            found.append((writer, [f.fact for f in since.facts], len(window.json)))
        return found
    finally:
        await again.close()


@pytest.mark.parametrize("until", [1, 60, 150])
async def test_every_acknowledged_fact_is_there_once_and_in_order_after_a_kill(killable_store: KillableStore, until: int) -> None:
    for writer, facts, events in await killed_while_writing(killable_store, until=until):
        # One more may have been written whose acknowledgement the kill took away.
        assert facts[: len(writer.acknowledged)] == writer.acknowledged
        assert len(facts) <= len(writer.acknowledged) + 1
        assert events == len(facts)


async def test_without_the_append_only_file_acknowledged_facts_are_lost(killable_store: KillableStore) -> None:
    killable_store.stop()
    killable_store.start(appendonly="no")
    lost = [len(writer.acknowledged) - len(facts) for writer, facts, _ in await killed_while_writing(killable_store, until=20)]
    assert min(lost) > 0


async def test_a_write_goes_on_over_a_short_restart(killable_store: KillableStore) -> None:
    store = await Store.connect(killable_store.settings)
    try:
        await store.sessions.start(session("org"), [b"0"], [])
        killable_store.kill()
        writing = asyncio.create_task(store.sessions.commit(session("org"), [b"1"], []))
        await asyncio.to_thread(killable_store.start)
        await asyncio.wait_for(writing, 10)
        since = await store.sessions.facts_since("org", "station-1", "", "0-0")
        assert [f.fact for f in since.facts] == [b"0", b"1"]
    finally:
        await store.close()
