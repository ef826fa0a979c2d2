"""The owner of a process's endless tasks: starts them, brings back what dies, and ends them all."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from storage.errors import StoreUnavailable

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 10.0
CANCEL_WAIT_S = 2.0
CANCEL_AGAIN_S = 0.5

log = structlog.get_logger(__name__)


class Background:
    """Endless tasks by name. A task that raises or returns is started again, with back-off and jitter, and said in the log."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Starts `run` and keeps it running until `stop`. Must be called from the loop."""
        self._tasks[name] = asyncio.create_task(self._keep(name, run), name=name)

    async def stop(self) -> None:
        """Cancels all tasks and waits for their clean-up, at most CANCEL_WAIT_S."""
        left = set(self._tasks.values())
        for wait_s in (CANCEL_AGAIN_S, CANCEL_WAIT_S - CANCEL_AGAIN_S):
            # Twice, because asyncio.wait_for of Python 3.11 can lose a cancellation that arrives together with its outcome.
            for task in left:
                task.cancel()
            if left:
                _, left = await asyncio.wait(left, timeout=wait_s)
        for task in left:
            log.error("task did not end", task=task.get_name())
        self._tasks.clear()

    async def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        wait_s = FIRST_WAIT_S
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                await run()
                log.warning("task ended by itself", task=name)
            except StoreUnavailable as error:
                log.warning("task waits for the store", task=name, reason=str(error))
            except Exception:
                log.exception("task failed", task=name)
            wait_s = FIRST_WAIT_S if loop.time() - started > LONGEST_WAIT_S else min(wait_s * 2, LONGEST_WAIT_S)
            await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))
