"""The life of a process of this room: settings, logs, the store, SIGTERM, and an end within two seconds."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine

from storage.connection import Store
from storage.errors import SchemaTooNew, StoreUnavailable
from vision.settings import VisionSettings, problems

log = logging.getLogger(__name__)

_CONNECT_AGAIN_S = 0.3
# Two seconds are promised.
_END_WITHIN_S = 1.9

Work = Callable[[Store, VisionSettings], Coroutine[None, None, None]]


async def connect(settings: VisionSettings, stopping: asyncio.Event) -> Store | None:
    """The store as soon as it answers; None when the process is asked to end before. Raises SchemaTooNew."""
    said = False
    while not stopping.is_set():
        try:
            return await Store.connect(settings)
        except StoreUnavailable as error:
            if not said:
                log.warning("the store does not answer yet: %s", error)
            said = True
        try:
            async with asyncio.timeout(_CONNECT_AGAIN_S):
                await stopping.wait()
        except TimeoutError:
            continue
    return None


async def _live(settings: VisionSettings, work: Work) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _asked_to_end, stopping)
    store = await connect(settings, stopping)
    if store is None:
        return
    working = asyncio.create_task(work(store, settings))
    asked = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait([working, asked], return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
    finally:
        asked.cancel()
        await store.close()


def _asked_to_end(stopping: asyncio.Event) -> None:
    if not stopping.is_set():
        stopping.set()
        # A camera or a training that hangs in native code would hold the process beyond any promise.
        signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
        signal.setitimer(signal.ITIMER_REAL, _END_WITHIN_S)


def run_process(work: Work) -> int:
    """Runs `work` until SIGTERM or SIGINT cancels it; the exit code. A bad setting is named with what is allowed."""
    if found := problems():
        print(*(f"a setting is wrong: {problem}" for problem in found), sep="\n", file=sys.stderr)
        return 2
    settings = VisionSettings()
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(_live(settings, work))
    except SchemaTooNew as error:
        print(error, file=sys.stderr)
        return 2
    if threading.active_count() > 1:
        # A thread that still waits for its camera must not meet an interpreter that is being taken down.
        logging.shutdown()
        os._exit(0)
    return 0
