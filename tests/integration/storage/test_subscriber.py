"""A subscriber hears everything from its confirmation on, and says where it may have missed something."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable

import pytest

from storage import channels
from storage.channels import Subscriber
from storage.connection import Store
from tests.support.store import KillableStore


class Heard:
    """What a subscriber delivered, gaps included, in order."""

    def __init__(self, subscriber: Subscriber) -> None:
        self.items: list[bytes | str] = []
        self._more = asyncio.Event()
        self._subscriber = subscriber
        subscriber.on_gap = lambda: self._add("gap")
        self._task = asyncio.create_task(self._listen())

    def _add(self, item: bytes | str) -> None:
        self.items.append(item)
        self._more.set()

    async def _listen(self) -> None:
        async for _, payload in self._subscriber:
            self._add(payload)

    async def until(self, item: bytes | str, within_s: float = 10) -> list[bytes | str]:
        async with asyncio.timeout(within_s):
            while item not in self.items:
                self._more.clear()
                await self._more.wait()
        return self.items

    async def close(self) -> None:
        await self._subscriber.close()
        await asyncio.wait_for(self._task, 2)


@pytest.fixture
async def killable(killable_store: KillableStore) -> AsyncIterator[Store]:
    store = await Store.connect(killable_store.settings)
    yield store
    await store.close()


async def test_everything_published_after_the_confirmation_arrives_in_order(store: Store, organisation: str) -> None:
    async with store.subscriber() as subscriber:
        heard = Heard(subscriber)
        await subscriber.subscribe(f"{organisation}-a")
        for n in range(500):
            await store.channels.publish(f"{organisation}-a", b"%d" % n)
        assert await heard.until(b"499") == [b"%d" % n for n in range(500)]
        await heard.close()


async def test_nothing_arrives_after_unsubscribing_and_again_after_subscribing_again(store: Store, organisation: str) -> None:
    channel = f"{organisation}-a"
    async with store.subscriber() as subscriber:
        heard = Heard(subscriber)
        await subscriber.subscribe(channel)
        await subscriber.subscribe(f"{organisation}-b")
        await subscriber.unsubscribe(channel)
        await store.channels.publish(channel, b"unheard")
        await subscriber.subscribe(channel)
        await store.channels.publish(channel, b"heard")
        assert await heard.until(b"heard") == [b"heard"]
        await heard.close()


async def test_many_wishes_at_once_are_all_confirmed(store: Store, organisation: str) -> None:
    names = [f"{organisation}-{n % 40}" for n in range(80)]
    async with store.subscriber() as subscriber:
        await asyncio.gather(*(subscriber.subscribe(name) for name in names))
        counts = [await store.channels.publish(name, b"") for name in names]
    assert counts == [1] * 80


async def test_a_lost_connection_is_told_as_a_gap_before_anything_newer(killable_store: KillableStore, killable: Store) -> None:
    async with killable.subscriber() as subscriber:
        heard = Heard(subscriber)
        await subscriber.subscribe("a")
        await subscriber.subscribe("b")
        await killable.channels.publish("a", b"before")
        await heard.until(b"before")
        killable_store.kill()
        await asyncio.to_thread(killable_store.start)
        await heard.until("gap")
        assert await killable.channels.publish("a", b"after a") == 1
        assert await killable.channels.publish("b", b"after b") == 1
        assert await heard.until(b"after b") == [b"before", "gap", b"after a", b"after b"]
        await heard.close()


async def test_a_connection_that_is_cut_by_the_server_alone_is_noticed(killable: Store) -> None:
    async with killable.subscriber() as subscriber:
        heard = Heard(subscriber)
        await subscriber.subscribe("a")
        assert await killable.redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub") == 1
        await heard.until("gap")
        await killable.channels.publish("a", b"after")
        assert await heard.until(b"after") == ["gap", b"after"]
        await heard.close()


async def test_a_server_that_hangs_is_noticed_by_the_silent_canary(
    killable_store: KillableStore, killable: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "CANARY_EVERY_S", 0.1)
    monkeypatch.setattr(channels, "CANARY_MISSED_S", 0.5)
    async with killable.subscriber() as subscriber:
        heard = Heard(subscriber)
        await subscriber.subscribe("a")
        os.kill(killable_store.pid, signal.SIGSTOP)
        try:
            await asyncio.wait_for(_until(lambda: not subscriber.connected), 5)
        finally:
            os.kill(killable_store.pid, signal.SIGCONT)
        await heard.until("gap")
        await heard.close()


async def test_a_healthy_but_quiet_subscriber_reports_no_gap(store: Store, organisation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "CANARY_EVERY_S", 0.05)
    monkeypatch.setattr(channels, "CANARY_MISSED_S", 0.4)
    async with store.subscriber() as subscriber:
        await subscriber.subscribe(organisation)
        await asyncio.sleep(1.0)
        assert (subscriber.connected, subscriber.gaps) == (True, 0)


async def test_a_consumer_that_lags_too_far_gets_a_gap_instead_of_a_pile(
    store: Store, organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "MOST_WAITING", 10)
    async with store.subscriber() as subscriber:
        await subscriber.subscribe(organisation)
        for n in range(25):
            await store.channels.publish(organisation, b"%d" % n)
        await asyncio.wait_for(_until(lambda: subscriber.gaps >= 2), 5)
        heard = Heard(subscriber)
        items = await heard.until(b"24")
        assert items[0] == "gap"
        assert len(items) <= 11
        await heard.close()


async def test_a_wish_made_while_the_store_is_away_is_kept(killable_store: KillableStore, killable: Store) -> None:
    killable_store.kill()
    async with killable.subscriber() as subscriber:
        wishing = asyncio.create_task(subscriber.subscribe("a"))
        await asyncio.to_thread(killable_store.start)
        await wishing
        assert await killable.channels.publish("a", b"") == 1
        assert subscriber.gaps == 0


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  # there is no event to wait for: that is what is tested
        await asyncio.sleep(0.01)
