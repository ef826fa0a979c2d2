"""Frames that stations push: kept until vision says that they were inferred, told again until then."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

import msgpack
import structlog

from hub.live.bus import Bus
from storage import keys
from storage.channels import Channels
from storage.errors import StoreError
from storage.messages import PushedFrame
from storage.packing import pack

log = structlog.get_logger(__name__)

# Frames on their way of one station: at 30 frames/s a quarter of a second, so a slow network or vision still gives a steady stream.
WINDOW = 8
TELL_AGAIN_S = 1.0
# A frame that vision has not taken for so long after its pusher left is given up: vision is down, and its restart would find the past.
GIVE_UP_S = 60.0


class Window:
    """The frames of one station that are on their way to vision, oldest first."""

    def __init__(self, organisation: str, station: str, channels: Channels, now: Callable[[], float]) -> None:
        self.organisation = organisation
        self.station = station
        self.granted: Callable[[int], None] | None = None
        """Called with the number of frames that went through."""
        self.users = 0
        """Connections that push into it."""
        self.given_up = 0
        self._channels = channels
        self._now = now
        self._frames: OrderedDict[int, tuple[float, float, bytes]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def room(self) -> int:
        """How many more frames may be taken."""
        return WINDOW - len(self._frames)

    async def put(self, frame: PushedFrame) -> None:
        """Takes a frame and tells vision; one that is on its way already is told again. Raises StoreUnavailable: it is told later."""
        now = self._now()
        self._frames[frame.frame_no] = (now, now, pack(frame))
        await self._tell(frame.frame_no)

    def done(self, payload: bytes) -> None:
        """Takes vision's word: a number, or a list of them."""
        said = msgpack.unpackb(payload)
        numbers = said if isinstance(said, list) else [said]
        through = sum(1 for number in numbers if self._frames.pop(number, None) is not None)
        if through and self.granted is not None:
            self.granted(through)

    async def tell_again(self) -> None:
        """Tells vision of every frame that it has not confirmed for TELL_AGAIN_S. Raises StoreUnavailable."""
        now = self._now()
        for number, (taken_at, told_at, _) in list(self._frames.items()):
            if not self.users and now - taken_at > GIVE_UP_S:
                self._frames.pop(number, None)
                self.given_up += 1
                log.warning("a pushed frame was given up", station=self.station, frame_no=number)
            elif now - told_at >= TELL_AGAIN_S:
                await self._tell(number)

    async def _tell(self, number: int) -> None:
        taken_at, _, packed = self._frames[number]
        self._frames[number] = (taken_at, self._now(), packed)
        await self._channels.publish(keys.pushed_frames(self.organisation, self.station), packed)


class Windows:
    """The windows of this process; one outlives its connection until its frames are through."""

    def __init__(self, bus: Bus, channels: Channels) -> None:
        self._bus = bus
        self._channels = channels
        self._windows: dict[tuple[str, str], Window] = {}
        self._opening = asyncio.Lock()

    async def open(self, organisation: str, station: str) -> Window:
        """The window of a station, which listens for vision's word when this returns."""
        async with self._opening:
            window = self._windows.get((organisation, station))
            if window is None:
                window = Window(organisation, station, self._channels, asyncio.get_running_loop().time)
                await self._bus.listen(keys.pushed_done(organisation, station), window.done)
                self._windows[(organisation, station)] = window
            window.users += 1
            return window

    def close(self, window: Window) -> None:
        """Gives a window back."""
        window.users -= 1

    async def run(self) -> None:
        """Tells again what is not confirmed, and forgets windows without frames and pusher, until cancelled."""
        while True:
            await asyncio.sleep(TELL_AGAIN_S / 4)
            for key, window in list(self._windows.items()):
                try:
                    await window.tell_again()
                except StoreError as error:
                    log.warning("vision cannot be told of pushed frames", reason=str(error))
                if not len(window) and not window.users:
                    await self._forget(key, window)

    async def _forget(self, key: tuple[str, str], window: Window) -> None:
        # Out of sight first: who opens the station now gets a window of its own, which listens for itself.
        del self._windows[key]
        await self._bus.leave(keys.pushed_done(*key), window.done)
