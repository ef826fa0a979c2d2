"""Frame in, prediction out, order kept: prepares one picture while the one before is inferred."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median

from vision.detectors.decision import Decision
from vision.engine import Engine, Ticket, Wanted
from vision.frame import Frame
from vision.inbox import Inbox

log = logging.getLogger(__name__)

# The thread looks this often whether it shall end.
_SLICE_S = 0.2
# Latencies are medians of the last ten seconds at 30 frames/s.
_LATENCIES_KEPT = 300


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


class InOrder:
    """Lets results go in the order of their places, whatever order they come in."""

    def __init__(self, release: Callable[["Result"], None]) -> None:
        self._release = release
        self._next = 0
        self._early: dict[int, Result] = {}
        self._lock = threading.Lock()

    def put(self, place: int, result: "Result") -> None:
        """Takes one result; releases it and those that waited for it, or keeps it until those before it have come."""
        with self._lock:
            self._early[place] = result
            while self._next in self._early:
                ready = self._early.pop(self._next)
                self._next += 1
                self._release(ready)


@dataclass(frozen=True, slots=True)
class Result:
    """A frame that went through: with what it showed, or without (no model, or the engine failed)."""

    frame: Frame
    seen: Seen | None


class Pipeline:
    """Takes frames from an inbox in a thread of its own. `on_result` is called once for every frame that was taken, in order."""

    def __init__(self, inbox: Inbox, on_result: Callable[[Result], None]) -> None:
        self._inbox = inbox
        self._on_result = on_result
        self._order = InOrder(self._release)
        self._wanted: Engine | None = None
        self._engine: Engine | None = None
        self._place = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)
        self._latencies: deque[tuple[float, float, float]] = deque(maxlen=_LATENCIES_KEPT)
        self.failed = 0

    def start(self) -> None:
        """Begins to take frames."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Ends after the frame under way; whether it did in time."""
        self._stopping.set()
        self._inbox.close()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def use(self, engine: Engine | None) -> None:
        """Switches to a loaded engine (None = infer nothing) before the next frame; those under way finish on the old one."""
        self._wanted = engine

    @property
    def running(self) -> Engine | None:
        """What the next frame goes through."""
        return self._wanted

    def latencies(self) -> dict[str, float]:
        """Median ms of each stage lately; empty when nothing was inferred."""
        recent = tuple(self._latencies)
        names = ("capture", "prepare", "network")
        return {name: round(median(values), 3) for name, values in zip(names, zip(*recent, strict=True), strict=True)} if recent else {}

    def finished(self, engine: Engine, ticket: Ticket, decision: Decision | None) -> None:
        """The engines' callback."""
        if decision is None:
            self.failed += 1
            self._order.put(ticket.place, Result(ticket.frame, None))
            return
        prepare_ms = (ticket.prepared_at - ticket.taken_at) * 1000
        network_ms = (time.perf_counter() - ticket.prepared_at) * 1000
        seen = Seen(
            ticket.frame,
            engine.wanted,
            decision,
            ticket.camera_moved,
            engine.model.roi,
            ticket.waited_ms,
            prepare_ms,
            network_ms,
        )
        self._order.put(ticket.place, Result(ticket.frame, seen))

    def _run(self) -> None:
        while not self._stopping.is_set():
            frame = self._inbox.take(_SLICE_S)
            self._switch()
            if frame is not None:
                self._take(frame)
        self.use(None)
        self._switch()

    def _switch(self) -> None:
        """The old engine is empty before the new one begins, so that every result belongs to the engine it came from."""
        wanted = self._wanted
        if wanted is not self._engine:
            if self._engine is not None:
                self._engine.drain()
            self._engine = wanted

    def _take(self, frame: Frame) -> None:
        place, self._place = self._place, self._place + 1
        taken_at = time.perf_counter()
        waited_ms = max(0.0, (time.time_ns() - frame.seen_at_ns) / 1e6)
        if self._engine is None:
            self._order.put(place, Result(frame, None))
            return
        ticket = Ticket(place, frame, taken_at, waited_ms)
        try:
            prepared = self._engine.model.prepare(frame.image)
        except Exception:  # one picture must not end all that come after it
            log.exception("a frame could not be prepared")
            self.finished(self._engine, ticket, None)
            return
        ticket = replace(ticket, prepared_at=time.perf_counter(), camera_moved=prepared.camera_moved)
        self._engine.start(ticket, prepared.crop)

    def _release(self, result: Result) -> None:
        if result.seen is not None:
            self._latencies.append((result.seen.capture_ms, result.seen.prepare_ms, result.seen.network_ms))
        self._on_result(result)
