"""A camera that a test holds in its hands: pushes whatever it is told to show, from a thread of its own."""

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Iterator
from types import TracebackType

from clients.demo.bench import Show
from clients.station import StationClient

FRAMES_PER_S = 15.0
# So many pictures of a show are composed beforehand: composing while the system learns would take its processors.
PICTURES = 24


class PushedCamera:
    """`with PushedCamera(url, token, station) as camera:`; `camera.show(...)` changes what it sees."""

    def __init__(self, url: str, token: str, station: str) -> None:
        self._address = (url, token, station)
        self._pictures: Iterator[bytes] = iter(())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def show(self, show: Show) -> None:
        """From the next frame on, this, again and again."""
        pictures = [show.look(n / FRAMES_PER_S)() for n in range(PICTURES)]
        self._pictures = itertools.cycle(pictures + pictures[::-1])

    def __enter__(self) -> "PushedCamera":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join(10)

    async def _run(self) -> None:
        async with StationClient(*self._address) as station:
            while not self._stop.is_set():
                with contextlib.suppress(StopIteration):
                    station.push(next(self._pictures))
                await asyncio.sleep(1 / FRAMES_PER_S)
