"""Looks for stops in the watched regions of one camera: a few pictures a second, in a thread of its own, so that no prediction waits."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vision.activity.scene import Glance, Scene
from vision.activity.stops import StopChange
from vision.activity.watch import RegionWatch
from vision.frame import Frame
from vision.inbox import Newest

log = logging.getLogger(__name__)

LOOKS_A_SECOND = 5.0
"""Begin and end of a stop are wanted to the second; more looks cost coaching its core."""
_SLICE_S = 0.2
# A frame that is due within this share of a period is taken now rather than a whole frame later.
_EARLY = 0.2


@dataclass(frozen=True, slots=True)
class Watched:
    """A region's watch. Each one that is made has another `generation`: what an earlier one still says can be told apart."""

    generation: int
    watch: RegionWatch


@dataclass(frozen=True, slots=True)
class Told:
    """What a region's watch said."""

    region: str
    generation: int
    change: StopChange


class Lookout:
    """Shows a camera's pictures to the watches of its regions. `on_change` is called in the thread."""

    def __init__(self, on_change: Callable[[Told], None]) -> None:
        self._on_change = on_change
        self._inbox = Newest()
        self._regions: Mapping[str, Watched] = {}
        self._scene: Scene | None = None
        self._next_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lookout", daemon=True)
        self.failed = 0
        """Looks that ended in an error."""

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Whether the thread ended in time."""
        self._stopping.set()
        self._inbox.close()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def watch(self, regions: Mapping[str, Watched]) -> None:
        """Watches these regions, by name, from the next look on."""
        self._regions = regions

    @property
    def regions(self) -> Mapping[str, Watched]:
        """What is watched."""
        return self._regions

    def offer(self, frame: Frame) -> None:
        """Takes a frame if it is time for a look; never waits."""
        if not self._regions:
            return
        now, period_s = time.monotonic(), 1.0 / LOOKS_A_SECOND
        if now >= self._next_at - _EARLY * period_s:
            # Counted from when it was due, so that the rate holds; a pause is not made up for.
            self._next_at = max(self._next_at + period_s, now + period_s * (1 - _EARLY))
            self._inbox.put(frame)

    def _run(self) -> None:
        while not self._stopping.is_set():
            frame = self._inbox.take(_SLICE_S)
            regions = self._regions
            if not regions:
                # Who watches later knows nothing of what was before.
                self._scene = None
            elif frame is not None:
                self._look(frame, regions)

    def _look(self, frame: Frame, regions: Mapping[str, Watched]) -> None:
        glance = self._glance(frame)
        for name, watched in regions.items():
            try:
                changes = watched.watch.judge(glance)
            except Exception:  # one region that fails must not stop the others
                if self._is_news():
                    log.exception("judging region %s failed (%d failures so far)", name, self.failed)
                continue
            for change in changes:
                self._on_change(Told(name, watched.generation, change))

    def _glance(self, frame: Frame) -> Glance | None:
        self._scene = self._scene or Scene()
        try:
            # By the clock of this machine: downtimes of several stations are compared.
            return self._scene.look(frame.image, frame.seen_at_ns)
        except Exception:  # whatever a picture holds, the next one is looked at
            self._scene = None
            if self._is_news():
                log.exception("looking for downtime failed (%d failures so far)", self.failed)
            return None

    def _is_news(self) -> bool:
        """Counts a failure; a fault comes back five times a second, and the log shall tell of it and stay readable."""
        self.failed += 1
        return self.failed & (self.failed - 1) == 0
