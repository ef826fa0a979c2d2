"""Many small questions over one connection: each costs a fraction of what the client's own way of a connection a command costs.

Only for what may be asked twice: whatever is irregular (an error, a lost connection) is asked again in the ordinary way, which knows how
to report it.
"""

import asyncio
import contextlib
from collections import deque
from typing import Any

import hiredis

from storage.errors import StoreUnavailable

# As long as the ordinary way waits for one answer.
ANSWER_WITHIN_S = 5.0
# A process with more than this under way is overloaded; the ordinary way then lets callers wait for a connection.
MOST_WAITING = 4_096


class Irregular(Exception):
    """The answer is not to be had this way; nothing is known about the reason."""


class _Wire(asyncio.Protocol):
    """One connection that was made and signed in by the client: answers come in the order of the questions."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._before: Any = transport.get_protocol()
        self._reader = hiredis.Reader(notEnoughData=Irregular)
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._unsent: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self.is_open = True
        transport.set_protocol(self)

    def ask(self, command: tuple[Any, ...]) -> asyncio.Future[Any]:
        """The answer to be. It raises Irregular: ask in the ordinary way; StoreUnavailable when the store keeps silent."""
        answer = self._loop.create_future()
        if len(self._waiting) >= MOST_WAITING:
            answer.set_exception(Irregular("too many wait"))
            return answer
        self._waiting.append((answer, self._loop.time() + ANSWER_WITHIN_S))
        if not self._unsent:
            # What is asked in the same turn of the loop goes out together.
            self._loop.call_soon(self._send)
        self._unsent.append(hiredis.pack_command(command))
        if self._timer is None:
            self._timer = self._loop.call_later(ANSWER_WITHIN_S, self._look_for_silence)
        return answer

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self.is_open:
            self._transport.write(b"".join(unsent))

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
            while (reply := self._reader.gets()) is not Irregular:
                self._hand_over(reply)
        except (hiredis.ProtocolError, IndexError) as error:
            self.drop(Irregular(str(error)))

    def _hand_over(self, reply: Any) -> None:
        answer, _ = self._waiting.popleft()
        if answer.done():
            # Its asker was cancelled.
            return
        if not isinstance(reply, hiredis.ReplyError):
            answer.set_result(reply)
            return
        answer.set_exception(Irregular(str(reply)))
        if not str(reply).startswith("NOSCRIPT"):
            # Perhaps this server is no longer the one to ask.
            self.drop(Irregular(str(reply)))

    def _look_for_silence(self) -> None:
        self._timer = None
        if not self._waiting:
            return
        left_s = self._waiting[0][1] - self._loop.time()
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look_for_silence)
        else:
            self.drop(StoreUnavailable("the store keeps silent"))

    def drop(self, error: Exception) -> None:
        """Ends the connection; everybody who waits is told."""
        self.is_open = False
        self._transport.abort()
        while self._waiting:
            answer, _ = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(error)

    # What the client that made the connection has to know too.
    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.drop(Irregular("the connection was lost"))
        self._before.connection_lost(exc)

    def pause_writing(self) -> None:
        self._before.pause_writing()

    def resume_writing(self) -> None:
        self._before.resume_writing()


class Quick:
    """The one connection of a client, made at the first question and again after a loss. The client's end is its end."""

    def __init__(self, redis: Any) -> None:
        # A cluster has no one connection to ask.
        self._pool = getattr(redis, "connection_pool", None)
        self._connection: Any = None
        self._wire: _Wire | None = None
        self._connecting = asyncio.Lock()

    @property
    def wire(self) -> _Wire | None:
        """The connection while it is open."""
        wire = self._wire
        return wire if wire is not None and wire.is_open else None

    async def connect(self) -> _Wire:
        """A new connection. Raises Irregular: ask in the ordinary way."""
        # While one connects, the others do not wait for it.
        if self._pool is None or self._connecting.locked():
            raise Irregular("not connected")
        async with self._connecting:
            await self._give_back()
            self._connection = connection = await self._pool.get_connection()
            self._wire = _Wire(connection._writer.transport)
            return self._wire

    async def _give_back(self) -> None:
        pool, connection, self._connection, self._wire = self._pool, self._connection, None, None
        if pool is not None and connection is not None:
            with contextlib.suppress(OSError):
                await connection.disconnect(nowait=True)
            await pool.release(connection)
