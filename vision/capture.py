"""One thread per camera: opens it, stamps each picture once, hands it over, and comes back when the camera does."""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2

from vision.frame import Frame, Reading
from vision.sources.base import Source, SourceEnded, SourceLost

log = logging.getLogger(__name__)

CONNECTING, LIVE, LOST, ENDED = "connecting", "live", "lost", "ended"
_RETRY_FIRST_S = 0.25
# A camera that delivered for so long starts with quick retries again; one that gives a single picture each time does not.
_STEADY_AFTER_S = 3.0
# A source that delivers nothing for so long is not live, even when its connection is.
_QUIET_AFTER_S = 2.0
_RATE_OVER_S = 2.0

Sink = Callable[[Frame], None]


@dataclass(frozen=True, slots=True)
class CameraState:
    """connecting | live | lost | ended, since when (UTC), and why."""

    state: str
    since_ms: int
    reason: str = ""


class Capture:
    """Reads one source until `stop`. Sinks are called in order, in this thread, with every frame; `on_state` at every change."""

    def __init__(self, source: Source, sinks: Sequence[Sink], on_state: Callable[[CameraState], None], retry_most_s: float = 10.0) -> None:
        self._source = source
        self._sinks = sinks
        self._on_state = on_state
        self._retry_most_s = retry_most_s
        self._stopping = threading.Event()
        self._live = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._frame_no = 0
        self._heard_at = time.monotonic()
        self._times: deque[float] = deque(maxlen=512)
        self._live_since = time.monotonic()
        self.newest: Frame | None = None
        self.state = CameraState(CONNECTING, time.time_ns() // 1_000_000)

    def start(self) -> None:
        """Begins to read."""
        self._on_state(self.state)
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Asks the thread to end; whether it did in time (a camera that hangs holds it until its own time-out)."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def wait_live(self, timeout_s: float) -> bool:
        """Waits until the source delivers."""
        return self._live.wait(timeout_s)

    @property
    def frames_per_second(self) -> float:
        """Over the last two seconds."""
        now = time.monotonic()
        recent = [t for t in tuple(self._times) if now - t <= _RATE_OVER_S]
        return (len(recent) - 1) / (recent[-1] - recent[0]) if len(recent) > 1 and recent[-1] > recent[0] else 0.0

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                self._source.open()
                self._read()
            except SourceEnded:
                self._say(ENDED)
                return
            except (SourceLost, cv2.error, OSError) as error:
                if self.state.state == LIVE and time.monotonic() - self._live_since > _STEADY_AFTER_S:
                    failures = 0
                self._say(LOST, str(error))
            except Exception:  # a fault of ours must not look like a live camera
                log.exception("reading a camera failed")
                self._say(LOST, "a fault in Takt; the log of vision says which")
            finally:
                self._source.close()
            failures += 1
            wait_s = min(self._retry_most_s, _RETRY_FIRST_S * 2 ** min(failures - 1, 16))
            self._stopping.wait(wait_s * random.uniform(0.7, 1.0))

    def _read(self) -> None:
        self._heard_at = time.monotonic()
        while not self._stopping.is_set():
            reading = self._source.read()
            now = time.monotonic()
            if reading is not None:
                self._hand_over(reading, now)
            elif self.state.state != LOST and now - self._heard_at > _QUIET_AFTER_S:
                self._say(LOST, f"no frame for {_QUIET_AFTER_S:g} s")

    def _hand_over(self, reading: Reading, now: float) -> None:
        seen_at_ns = time.time_ns() if reading.seen_at_ns is None else reading.seen_at_ns
        captured_at_ns = seen_at_ns if reading.captured_at_ns is None else reading.captured_at_ns
        self._frame_no = self._frame_no + 1 if reading.frame_no is None else reading.frame_no
        frame = Frame(self._frame_no, captured_at_ns, seen_at_ns, reading.image, reading.jpeg)
        self._heard_at = now
        self._times.append(now)
        self.newest = frame
        for sink in self._sinks:
            sink(frame)
        if self.state.state != LIVE:
            self._live_since = now
            self._say(LIVE)

    def _say(self, state: str, reason: str = "") -> None:
        if (state, reason) == (self.state.state, self.state.reason):
            return
        since_ms = self.state.since_ms if state == self.state.state else time.time_ns() // 1_000_000
        self.state = CameraState(state, since_ms, reason)
        if state == LIVE:
            self._live.set()
        else:
            self._live.clear()
        self._on_state(self.state)
