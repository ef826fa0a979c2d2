"""Runs one piece of work again and again, and outlives the store."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from storage.errors import StoreError

log = logging.getLogger(__name__)

_FIRST_S, _MOST_S = 0.1, 3.0


async def repeat(name: str, work: Callable[[], Awaitable[None]], every_s: float, hurry: asyncio.Event | None = None) -> None:
    """Works every `every_s`, or at once when `hurry` is set; what the store refuses is tried again with back-off. Ends by cancelling."""
    failures = 0
    while True:
        if hurry is not None:
            hurry.clear()
        try:
            await work()
            failures = 0
        except StoreError as error:
            if failures == 0:
                log.warning("%s waits for the store: %s", name, error)
            failures += 1
            await asyncio.sleep(min(_MOST_S, _FIRST_S * 2 ** min(failures - 1, 16)) * random.uniform(0.7, 1.0))
            continue
        await _pause(every_s, hurry)


async def _pause(seconds: float, hurry: asyncio.Event | None) -> None:
    if hurry is None:
        await asyncio.sleep(seconds)
        return
    try:
        async with asyncio.timeout(seconds):
            await hurry.wait()
    except TimeoutError:
        return
