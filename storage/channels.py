"""Publish and subscribe: one subscriber a process, which notices when it is dead and says when it may have missed something."""

import asyncio
import contextlib
import logging
import random
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from storage import keys
from storage.addresses import Address
from storage.database import Client, Database, reachable
from storage.errors import StoreUnavailable
from storage.facts import unpack_fact
from storage.packing import pack, unpack

__all__ = ["Channels", "Subscriber", "pack", "unpack", "unpack_fact"]

log = logging.getLogger(__name__)

CANARY_EVERY_S = 2.0
# Two canaries may be late before the connection is taken for dead.
CANARY_MISSED_S = 5.0
# A consumer that lags by so much has lost the moment anyway; what it missed it reads again.
MOST_WAITING = 10_000
MOST_WAITING_BYTES = 32 * 1024 * 1024
_RECONNECT_LEAST_S, _RECONNECT_GREATEST_S = 0.05, 2.0
_CONFIRM_WITHIN_S = 5.0


class Channels:
    """Publishing. Channels keep nothing: who does not listen misses it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def publish(self, channel: str, payload: bytes) -> int:
        """Sends to all subscribers; answers how many there were (on a cluster: at the node that was asked). Raises StoreUnavailable."""
        return int(await self._db.redis.publish(channel, payload))


class _Gap:
    """Stands in the queue where messages may be missing."""


class Subscriber:
    """One connection for all channels of a process: `async with store.subscriber() as sub`, then `async for channel, payload in sub`.

    After a lost connection, or when the consumer lags too far behind, the iteration calls `on_gap` before the first message after the
    gap: owners then read their state again. The reader itself never waits for the consumer.
    """

    def __init__(self, address: Address, channels: Channels, on_gap: Callable[[], None] | None = None) -> None:
        self._address = address
        self._channels = channels
        self.on_gap = on_gap
        self.gaps = 0
        self.connected = False
        self._was_connected = False
        self._follows_another = False
        self._canary = keys.canary(secrets.token_hex(6))
        self._wanted: set[str] = set()
        self._confirming: dict[str, asyncio.Future[None]] = {}
        self._connection: AbstractConnection | None = None
        self._waiting: deque[tuple[str, bytes] | _Gap] = deque()
        self._waiting_bytes = 0
        self._arrived = asyncio.Event()
        self._heard_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    # --- life -----------------------------------------------------------------------------------------------
    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._keep_reading()), asyncio.create_task(self._keep_singing())]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the iteration and the connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._arrived.set()

    # --- what the owner calls ---------------------------------------------------------------------------------
    async def subscribe(self, channel: str) -> None:
        """Returns once the server confirmed, so that everything published from then on arrives. While the store is away the wish is
        kept. Raises StoreUnavailable when it is not confirmed in time; it stays wished for."""
        if channel in self._wanted and channel not in self._confirming:
            return
        self._wanted.add(channel)
        confirmed = self._confirming.setdefault(channel, asyncio.get_running_loop().create_future())
        await self._send("SUBSCRIBE", channel)
        try:
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the result.
            async with asyncio.timeout(_CONFIRM_WITHIN_S):
                await asyncio.shield(confirmed)
        except TimeoutError as error:
            raise StoreUnavailable(f"{channel} was not confirmed") from error

    async def unsubscribe(self, channel: str) -> None:
        """Nothing of the channel is delivered any more."""
        self._wanted.discard(channel)
        future = self._confirming.pop(channel, None)
        if future is not None:
            future.set_result(None)
        await self._send("UNSUBSCRIBE", channel)

    async def __aiter__(self) -> AsyncIterator[tuple[str, bytes]]:
        """Messages in order of arrival, until `close`."""
        while self._tasks:
            while self._waiting:
                item = self._waiting.popleft()
                if isinstance(item, _Gap):
                    self._call_on_gap()
                    continue
                self._waiting_bytes -= len(item[1])
                if item[0] in self._wanted:
                    yield item
            self._arrived.clear()
            await self._arrived.wait()

    def _call_on_gap(self) -> None:
        if self.on_gap is not None:
            self.on_gap()

    async def _send(self, move: str, channel: str) -> None:
        if self._connection is not None:
            # A failure here is one that the reader sees too; it then connects anew with all that is wished for.
            with contextlib.suppress(StoreUnavailable), reachable():
                await self._connection.send_command(move, channel)

    # --- the reader -------------------------------------------------------------------------------------------
    async def _keep_reading(self) -> None:
        failures = 0
        while True:
            client = self._address.listener()
            try:
                with reachable():
                    await self._listen(client)
            except (StoreUnavailable, RedisError) as error:
                log.warning("the subscriber lost its connection: %s", error)
            finally:
                failures = 0 if self.connected else failures + 1
                self.connected = False
                with contextlib.suppress(StoreUnavailable), reachable():
                    await client.aclose()
            backoff_s = min(_RECONNECT_GREATEST_S, _RECONNECT_LEAST_S * 2 ** min(failures, 6))
            await asyncio.sleep(backoff_s * random.uniform(0.5, 1.0))

    async def _listen(self, client: Client) -> None:
        """One connection, until it is lost. Not the library's PubSub: that one connects again by itself, and may wait seconds for
        the end of the connection that was lost."""
        connection = await client.connection_pool.get_connection()
        self._follows_another = self._was_connected
        try:
            asked = set(self._wanted)
            # The canary comes last: once it is confirmed, so are all the others.
            await connection.send_command("SUBSCRIBE", *asked, self._canary)
            self._connection = connection
            for channel in self._wanted - asked:
                await connection.send_command("SUBSCRIBE", channel)
            await self._read(connection)
        finally:
            self._connection = None
            await connection.disconnect(nowait=True)

    async def _read(self, connection: AbstractConnection) -> None:
        loop = asyncio.get_running_loop()
        self._heard_at = loop.time()
        while True:
            reply = await connection.read_response(timeout=CANARY_EVERY_S, disconnect_on_error=False)
            if reply is not None:
                self._take(*reply)
            if loop.time() - self._heard_at > CANARY_MISSED_S:
                raise StoreUnavailable("the subscriber does not hear itself")

    def _take(self, kind: bytes, channel: bytes, payload: Any) -> None:
        name = channel.decode()
        if kind == b"subscribe":
            self._confirm(name)
        elif kind == b"message":
            if name == self._canary:
                self._heard_at = asyncio.get_running_loop().time()
            else:
                self._put(name, payload)

    def _confirm(self, channel: str) -> None:
        if channel == self._canary:
            if self._follows_another:
                self._gap()
            self.connected = True
        # From the first channel on: what is confirmed now may be lost before the canary is.
        self._was_connected = True
        future = self._confirming.pop(channel, None)
        if future is not None:
            future.set_result(None)

    def _put(self, channel: str, payload: bytes) -> None:
        if len(self._waiting) >= MOST_WAITING or self._waiting_bytes + len(payload) > MOST_WAITING_BYTES:
            self._waiting.clear()
            self._waiting_bytes = 0
            self._gap()
        self._waiting.append((channel, payload))
        self._waiting_bytes += len(payload)
        self._arrived.set()

    def _gap(self) -> None:
        self.gaps += 1
        self._waiting.append(_Gap())
        self._arrived.set()

    async def _keep_singing(self) -> None:
        while True:
            with contextlib.suppress(StoreUnavailable):
                await self._channels.publish(self._canary, b"")
            await asyncio.sleep(CANARY_EVERY_S)
