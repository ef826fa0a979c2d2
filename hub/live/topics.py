"""The channels that have subscribers in this process."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from hub.live.bus import Bus
from hub.live.channel import Channel
from hub.live.pressure import Pressure
from hub.live.topic import Topic
from hub.native.fan import Fan


class Topics:
    """Opens a topic for its first user and closes it after its last."""

    def __init__(self, bus: Bus, fan: Fan, pressure: Pressure) -> None:
        self.fan = fan
        self.opened = asyncio.Event()
        """Set when a topic opens."""
        self._bus = bus
        self._pressure = pressure
        self._topics: dict[str, Topic] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._gaps: set[asyncio.Task[None]] = set()
        bus.on_gap(self.close_gaps)

    def __iter__(self) -> Iterator[Topic]:
        return iter(list(self._topics.values()))

    def __len__(self) -> int:
        return len(self._topics)

    @property
    def delivered(self) -> int:
        """Pushes of the topics that are open."""
        return sum(topic.delivered for topic in self._topics.values())

    async def acquire(self, channel: Channel) -> Topic:
        """The topic of a channel, which listens when this returns. Every `acquire` has its `release`."""
        async with self._lock(channel.key):
            topic = self._topics.get(channel.key)
            if topic is None:
                topic = Topic(channel, self.fan, self._pressure)
                await self._bus.listen(channel.source, topic.hear)
                try:
                    await topic.open()
                except BaseException:
                    await self._bus.leave(channel.source, topic.hear)
                    raise
                self._topics[channel.key] = topic
                self.opened.set()
            topic.users += 1
            return topic

    async def release(self, topic: Topic) -> None:
        """Gives a topic back."""
        key = topic.channel.key
        async with self._lock(key):
            topic.users -= 1
            if topic.users == 0:
                del self._topics[key]
                await self._bus.leave(topic.channel.source, topic.hear)
        if key not in self._topics and not self._lock(key).locked():
            self._locks.pop(key, None)

    @asynccontextmanager
    async def use(self, channel: Channel) -> AsyncIterator[Topic]:
        """A topic for as long as the block lasts."""
        topic = await self.acquire(channel)
        try:
            yield topic
        finally:
            await asyncio.shield(self.release(topic))

    def close_gaps(self) -> None:
        """After a gap on the bus: every topic reads what it missed; what comes meanwhile waits."""
        for topic in self._topics.values():
            topic.open_gap()
            task = asyncio.create_task(topic.close_gap(), name=f"gap of {topic.channel.key}")
            self._gaps.add(task)
            task.add_done_callback(self._gaps.discard)

    async def stop(self) -> None:
        """Ends what still reads."""
        for task in self._gaps:
            task.cancel()
        await asyncio.gather(*self._gaps, return_exceptions=True)

    def _lock(self, key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())
