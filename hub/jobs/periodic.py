"""Runs one piece of work again and again; a failure is logged and tried again later, never fatal."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from hub.errors import TaktError
from storage.errors import StoreError

log = structlog.get_logger(__name__)
# A failing job waits up to this long before its next try.
BACKOFF_MOST_S = 60.0


async def every(period_s: float, name: str, work: Callable[[], Awaitable[object]], timeout_s: float = 30.0) -> None:
    """Awaits `work` every `period_s` seconds, for ever; one run that takes over `timeout_s` is cancelled."""
    failures = 0
    while True:
        try:
            async with asyncio.timeout(timeout_s):
                await work()
            failures = 0
        except (StoreError, TaktError, OSError, TimeoutError) as error:
            failures += 1
            log.warning("a job failed", job=name, error=str(error) or type(error).__name__, failures=failures)
        delay_s = min(BACKOFF_MOST_S, period_s * 2 ** min(failures, 8)) if failures else period_s
        await asyncio.sleep(delay_s * random.uniform(0.9, 1.1))
