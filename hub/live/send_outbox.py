"""The outbox of a connection that only the server's own `send` reaches (HTTP/2, another server): one task writes."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import structlog

from hub.live.outbox import UNSENT_LIMIT, End, Tier, Waiting, nobody
from hub.protocol.close_codes import CloseCode
from hub.protocol.frames import Frame

if TYPE_CHECKING:
    from hub.live.group import Group

log = structlog.get_logger(__name__)

# A client that takes nothing for so long is gone.
WRITE_DEADLINE_S = 30.0


class SendOutbox:
    """Facts in a bounded queue, the newest of everything else beside it; `run` sends both."""

    def __init__(self, send: Callable[[str | bytes], Awaitable[None]], dropped: Callable[[int], None]) -> None:
        self.tier = Tier.SEND
        self.stalled_since: float | None = None
        self.groups: set[Group] = set()
        self._send = send
        self.end: End = nobody
        self._facts: deque[Frame] = deque()
        self._fact_bytes = 0
        self._waiting = Waiting(dropped)
        self._wake = asyncio.Event()
        self._open = True

    @property
    def unsent(self) -> int:
        return self._fact_bytes + self._waiting.size

    @property
    def is_open(self) -> bool:
        return self._open

    def fact(self, frame: Frame) -> None:
        if not self._open:
            return
        if self._facts and self.unsent + len(frame.wire) > UNSENT_LIMIT:
            self.end(CloseCode.SLOW, "too slow")
            return
        self._facts.append(frame)
        self._fact_bytes += len(frame.wire)
        self._wake.set()

    def latest(self, key: str, frame: Frame) -> None:
        if self._open:
            self._waiting.put(key, frame)
            self._wake.set()

    def raw(self, wire: bytes) -> None:
        """A control frame cannot be sent through the server."""

    def forget(self, key: str) -> None:
        self._waiting.drop(key)

    def flush(self) -> bool:
        return not self._facts and not self._waiting

    def shut(self) -> None:
        self._open = False
        self._facts.clear()
        self._fact_bytes = 0
        self._waiting.clear()
        self._wake.set()
        for group in list(self.groups):
            group.remove(self)

    def abort(self) -> None:
        self.shut()

    async def run(self) -> None:
        """Sends until shut; a client that takes nothing for WRITE_DEADLINE_S overflows."""
        while self._open:
            frame = self._next()
            if frame is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            payload = frame.payload if frame.binary else frame.payload.decode()
            try:
                async with asyncio.timeout(WRITE_DEADLINE_S):
                    await self._send(payload)
            except TimeoutError:
                log.info("client takes nothing, closing", seconds=WRITE_DEADLINE_S)
                self.end(CloseCode.SLOW, "too slow")

    def _next(self) -> Frame | None:
        if not self._facts:
            return self._waiting.take()
        frame = self._facts.popleft()
        self._fact_bytes -= len(frame.wire)
        return frame
