"""Frame in, prediction out, order kept: prepares one picture while the one before is inferred."""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from vision.detectors.decision import Decision
from vision.engine import Engine, EngineFailed, Inference, Wanted
from vision.frame import Frame
from vision.inbox import Inbox

log = logging.getLogger(__name__)

# The threads look this often whether they shall end.
_SLICE_S = 0.2
# Latencies are medians of the last ten seconds at 30 frames/s.
_LATENCIES_KEPT = 300
# Between the two threads: those that are inferred are bounded by the engine's requests, those without an engine by this.
_MOST_UNDER_WAY = 4
_PAUSE_S = 0.005


@dataclass(frozen=True, slots=True)
class Seen:
    """What one frame showed, and how long each stage took: captured → taken up, registration and crop, network and decision (ms)."""

    frame: Frame
    wanted: Wanted
    decision: Decision
    camera_moved: bool
    roi: tuple[float, float, float, float]
    capture_ms: float
    prepare_ms: float
    network_ms: float

    @property
    def infer_ms(self) -> float:
        """All computing: from the moment the frame was taken up to the decision."""
        return self.prepare_ms + self.network_ms


@dataclass(frozen=True, slots=True)
class Result:
    """A frame that went through: with what it showed, or without (no model, or the engine failed)."""

    frame: Frame
    seen: Seen | None


@dataclass(frozen=True, slots=True)
class _Started:
    """A frame whose picture is being inferred, and when it was taken up and prepared (perf_counter, s)."""

    frame: Frame
    inference: Inference
    camera_moved: bool
    waited_ms: float
    taken_at: float
    prepared_at: float


class Pipeline:
    """Takes frames from an inbox in one thread and waits for their results in another, in the order in which they were started.

    `on_result` is called once for every frame that was taken, in order.
    """

    def __init__(self, inbox: Inbox, on_result: Callable[[Result], None]) -> None:
        self._inbox = inbox
        self._on_result = on_result
        self._engine: Engine | None = None
        # The simple one is made in C: it hands over in a tenth of the time of one that counts.
        self._under_way: queue.SimpleQueue[_Started | Result | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=work, name=work.__name__[1:], daemon=True) for work in (self._prepare, self._collect)]
        self._latencies: deque[tuple[float, float, float]] = deque(maxlen=_LATENCIES_KEPT)
        self.failed = 0

    def start(self) -> None:
        """Begins to take frames."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Ends after the frames under way; whether it did in time."""
        until = time.monotonic() + timeout_s
        self._stopping.set()
        self._inbox.close()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def use(self, engine: Engine | None) -> None:
        """Switches to a loaded engine (None = infer nothing) before the next frame; those under way finish on the old one."""
        self._engine = engine

    @property
    def running(self) -> Engine | None:
        """What the next frame goes through."""
        return self._engine

    def latencies(self) -> dict[str, float]:
        """Median ms of each stage lately; empty when nothing was inferred."""
        recent = tuple(self._latencies)
        names = ("capture", "prepare", "network")
        return {name: round(median(values), 3) for name, values in zip(names, zip(*recent, strict=True), strict=True)} if recent else {}

    # --- the first thread: frames are prepared and started ------------------------------------------------------
    def _prepare(self) -> None:
        while not self._stopping.is_set():
            frame = self._inbox.take(_SLICE_S)
            if frame is not None:
                self._under_way.put(self._begin(frame))
            while self._under_way.qsize() > _MOST_UNDER_WAY and not self._stopping.is_set():
                time.sleep(_PAUSE_S)
        self._engine = None
        self._under_way.put(None)

    def _begin(self, frame: Frame) -> _Started | Result:
        engine = self._engine
        taken_at = time.perf_counter()
        waited_ms = max(0.0, (time.time_ns() - frame.seen_at_ns) / 1e6)
        if engine is None:
            return Result(frame, None)
        try:
            prepared = engine.model.prepare(frame.image)
            prepared_at = time.perf_counter()
            return _Started(frame, engine.start(prepared.crop), prepared.camera_moved, waited_ms, taken_at, prepared_at)
        except Exception:  # one picture must not end all that come after it
            log.exception("a frame could not be prepared or started")
            self.failed += 1
            return Result(frame, None)

    # --- the second thread: results are waited for and told -----------------------------------------------------
    def _collect(self) -> None:
        while (item := self._under_way.get()) is not None:
            result = item if isinstance(item, Result) else self._finished(item)
            try:
                self._on_result(result)
            except Exception:  # whoever hears one result badly hears the next
                log.exception("a result could not be told")

    def _finished(self, started: _Started) -> Result:
        try:
            decision = started.inference.decision()
        except EngineFailed:
            log.exception("an inference failed")
            self.failed += 1
            return Result(started.frame, None)
        prepare_ms = (started.prepared_at - started.taken_at) * 1000
        network_ms = (time.perf_counter() - started.prepared_at) * 1000
        timing = (started.waited_ms, prepare_ms, network_ms)
        self._latencies.append(timing)
        engine = started.inference.engine
        seen = Seen(started.frame, engine.wanted, decision, started.camera_moved, engine.model.roi, *timing)
        return Result(started.frame, seen)
