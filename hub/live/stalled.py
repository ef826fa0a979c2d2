"""Looks after the connections that did not take everything at once."""

import asyncio

from hub.live.outbox import Outbox
from hub.live.send_outbox import WRITE_DEADLINE_S
from hub.protocol.close_codes import CloseCode

# A transport does not say when it is empty, so the stalled are asked, more seldom the more there are.
ASK_EVERY_S = 0.005
ASK_EACH_S = 50e-6


class Stalled:
    """The slow set. An outbox leaves it when all is sent, when it is shut, or when it ends for being stalled longer
    than WRITE_DEADLINE_S."""

    def __init__(self) -> None:
        self._outboxes: set[Outbox] = set()
        self._some = asyncio.Event()
        self._waiters: list[tuple[Outbox, int, asyncio.Future[None]]] = []
        self.dropped = 0
        """Frames that gave way to newer ones, since the start."""

    def __len__(self) -> int:
        return len(self._outboxes)

    def add(self, outbox: Outbox) -> None:
        """Looks after it until all is sent."""
        self._outboxes.add(outbox)
        self._some.set()

    def count_dropped(self, frames: int) -> None:
        """Counts frames that gave way to newer ones."""
        self.dropped += frames

    async def room(self, outbox: Outbox, below: int, timeout_s: float = WRITE_DEADLINE_S) -> bool:
        """Waits until less than `below` bytes wait. Returns False when the outbox is shut, or still full at the time-out."""
        if outbox.is_open and outbox.unsent < below:
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (outbox, below, future)
        self._waiters.append(entry)
        self._some.set()
        try:
            async with asyncio.timeout(timeout_s):
                await future
        except TimeoutError:
            return False
        finally:
            self._waiters.remove(entry)
        return outbox.is_open

    async def run(self) -> None:
        """Asks until cancelled."""
        while True:
            await self._some.wait()
            while self._outboxes or self._waiters:
                await asyncio.sleep(max(ASK_EVERY_S, ASK_EACH_S * len(self._outboxes)))
                self._ask()
            self._some.clear()

    def _ask(self) -> None:
        now = asyncio.get_running_loop().time()
        for outbox in list(self._outboxes):
            if not outbox.is_open:
                self._outboxes.discard(outbox)
            elif outbox.flush():
                self._recover(outbox)
            elif now - (outbox.stalled_since or now) > WRITE_DEADLINE_S:
                self._outboxes.discard(outbox)
                outbox.end(CloseCode.SLOW, "nothing read for too long")
        for outbox, below, future in self._waiters:
            if not future.done() and (not outbox.is_open or outbox.unsent < below):
                future.set_result(None)

    def _recover(self, outbox: Outbox) -> None:
        self._outboxes.discard(outbox)
        outbox.stalled_since = None
        for group in outbox.groups:
            group.promote(outbox)
