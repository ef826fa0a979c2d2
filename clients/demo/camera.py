"""The emulated camera: shows what stands before it, at a steady rate, through the station client."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass

from clients.demo.bench import Show, Unit
from clients.demo.story import Act
from clients.station import StationClient

FRAMES_PER_S = 16.0
# As long as the longest showing of something wrong, and more.
REMEMBERED_FRAMES = 2_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What the operator did when a frame was taken."""

    captured_at_ns: int
    step: int
    act: Act


class Camera:
    """Pushes 16 pictures a second of whatever is shown."""

    def __init__(self, station: StationClient, show: Show) -> None:
        self._station = station
        self._show = show
        self._unit: Unit | None = None
        self._clock = asyncio.get_running_loop().time
        self._since = self._clock()
        self.memory: deque[Seen] = deque(maxlen=REMEMBERED_FRAMES)
        """The frames of the unit that is shown, oldest first."""
        self.step = 0

    def show(self, show: Show) -> None:
        """From the next frame on, this."""
        self._show, self._unit, self._since = show, None, self._clock()

    def show_unit(self, unit: Unit) -> None:
        """From the next frame on, a unit; what is seen of it is remembered."""
        self.show(unit)
        self._unit, self.step = unit, 0
        self.memory.clear()

    @property
    def sent(self) -> int:
        """Frames that the hub has taken so far."""
        return self._station.frames.sent

    @property
    def seconds(self) -> float:
        """How long the present thing has been shown."""
        return self._clock() - self._since

    async def run(self) -> None:
        """Shows until cancelled. Raises ConnectionClosed when the hub takes no more frames."""
        due = self._clock()
        while True:
            show, unit, t = self._show, self._unit, self.seconds
            captured_at_ns = time.time_ns()
            look = show.look(t)
            seen = Seen(captured_at_ns, self.step, unit.doing()) if unit is not None else None
            picture = await asyncio.to_thread(look)
            if show is self._show:
                if seen is not None:
                    self.memory.append(seen)
                self._station.push(picture, captured_at_ns)
            due = max(due + 1 / FRAMES_PER_S, self._clock() - 1.0)
            await asyncio.sleep(max(0.0, due - self._clock()))
