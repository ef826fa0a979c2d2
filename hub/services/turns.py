"""A queue before what takes much memory or time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from hub.errors import Unavailable

T = TypeVar("T")

# Each holds the intervals of one answer in memory.
AT_ONCE = 2
WAIT_S = 15.0


class Turns:
    """Lets AT_ONCE callers in at a time, and reckons beside the event loop."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        # Its own threads, which nobody else keeps busy. They end with it.
        self._threads = ThreadPoolExecutor(AT_ONCE, "reckoning")

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A turn, after those who came before. Raises Unavailable after WAIT_S."""
        try:
            async with asyncio.timeout(WAIT_S):
                await self._free.acquire()
        except TimeoutError as error:
            raise Unavailable("Others read large windows just now. Try again in a moment.") from error
        try:
            yield
        finally:
            self._free.release()

    async def reckon(self, work: Callable[[], T]) -> T:
        """What `work` returns, done in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
