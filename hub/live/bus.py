"""The one subscription of this process to the channels of the store."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

Hearer = Callable[[bytes], None]
GapHandler = Callable[[], None]


class Source(Protocol):
    """What the store gives: one connection that many channels share (storage.channels.Subscriber)."""

    on_gap: GapHandler | None
    """Called, between two messages, where some may have been lost."""

    async def subscribe(self, channel: str) -> None: ...

    async def unsubscribe(self, channel: str) -> None: ...

    def __aiter__(self) -> AsyncIterator[tuple[str, bytes]]: ...


class Bus:
    """Hands each payload to everybody who listens to its channel. Hearing is synchronous, so nothing queues here."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._hearers: dict[str, list[Hearer]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._gap_handlers: list[GapHandler] = []
        source.on_gap = self._gap

    def on_gap(self, handler: GapHandler) -> None:
        """Calls `handler` where messages may have been lost, before any newer one is heard."""
        self._gap_handlers.append(handler)

    async def listen(self, channel: str, hearer: Hearer) -> None:
        """When this returns, every later payload of the channel reaches `hearer`."""
        async with self._lock(channel):
            if channel not in self._hearers:
                await self._source.subscribe(channel)
            # The list is replaced, never changed: `run` may be going through it.
            self._hearers[channel] = [*self._hearers.get(channel, ()), hearer]

    async def leave(self, channel: str, hearer: Hearer) -> None:
        """Stops handing payloads to `hearer`; the last one ends the subscription."""
        async with self._lock(channel):
            left = [known for known in self._hearers.get(channel, ()) if known != hearer]
            if left:
                self._hearers[channel] = left
            elif self._hearers.pop(channel, None) is not None:
                await self._source.unsubscribe(channel)
        if channel not in self._hearers and not self._lock(channel).locked():
            self._locks.pop(channel, None)

    async def run(self) -> None:
        """Hears until cancelled."""
        async for channel, payload in self._source:
            for hearer in self._hearers.get(channel, ()):
                try:
                    hearer(payload)
                except Exception:
                    log.exception("a message of the bus was not dealt with", channel=channel)

    def _gap(self) -> None:
        for handler in self._gap_handlers:
            handler()

    def _lock(self, channel: str) -> asyncio.Lock:
        return self._locks.setdefault(channel, asyncio.Lock())
