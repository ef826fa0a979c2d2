"""The model of one step, compiled and warm, ready to be switched to between two frames."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import openvino as ov

from vision.detectors.classifier import Precision, StepModel
from vision.detectors.decision import Decision
from vision.frame import Frame, Image

log = logging.getLogger(__name__)

# One runs while the next picture is being prepared: two requests are all that one stream can use.
_REQUESTS = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which model a station shall run: a step of a version of an assembly, and where its files are."""

    assembly_id: str
    step_id: int
    version: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Ticket:
    """A frame under way through an engine: its place in the order and when each stage began (perf_counter, s)."""

    place: int
    frame: Frame
    taken_at: float
    waited_ms: float
    prepared_at: float = 0.0
    camera_moved: bool = False


Finished = Callable[["Engine", Ticket, "Decision | None"], None]


def choose_precision(wish: Literal["f32", "bf16", "auto"], core: ov.Core) -> Precision:
    """The precision to set; auto = bf16 where the CPU computes in it."""
    if wish != "auto":
        return wish
    return "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


class Engine:
    """Runs the pictures of one station through one network, several under way at once; `finished` is called in OpenVINO's threads,
    once for every picture, with None when the engine failed."""

    def __init__(self, wanted: Wanted, model: StepModel, finished: Finished) -> None:
        self.wanted = wanted
        self.model = model
        self._finished = finished
        self._queue = ov.AsyncInferQueue(model.compiled, _REQUESTS)
        self._queue.set_callback(self._called_back)
        self._under_way: dict[int, Ticket] = {}
        self._lock = threading.Lock()
        self._warm()

    def _warm(self) -> None:
        """The first inference allocates and takes many times as long as the others."""
        size = self.model.input_size
        for _ in range(_REQUESTS):
            self._queue.start_async({0: np.zeros((1, size, size, 3), np.uint8)}, None)
        self._queue.wait_all()

    def start(self, ticket: Ticket, crop: Image) -> None:
        """Begins one inference; waits while all requests are busy."""
        with self._lock:
            self._under_way[ticket.place] = ticket
        try:
            self._queue.start_async({0: crop[None]}, ticket.place)
        except RuntimeError:
            log.exception("an inference could not be started")
            self.drain()

    def _called_back(self, request: ov.InferRequest, place: Any) -> None:
        if place is None:
            return
        with self._lock:
            ticket = self._under_way.pop(place, None)
        if ticket is None:
            return
        decision = None
        try:
            decision = self.model.decide(np.array(request.get_output_tensor(0).data[0], np.float32))
        finally:
            # An error in here would surface at the next start_async; the frame's place in the order must not stay open.
            self._finished(self, ticket, decision)

    def drain(self) -> None:
        """Waits until nothing is under way; what the engine lost is finished with None."""
        try:
            self._queue.wait_all()
        except RuntimeError:
            log.exception("an inference failed")
        with self._lock:
            lost = sorted(self._under_way.values(), key=lambda ticket: ticket.place)
            self._under_way.clear()
        for ticket in lost:
            self._finished(self, ticket, None)


def load_engine(wanted: Wanted, core: ov.Core, precision: Precision, finished: Finished, threads: int = 1) -> Engine:
    """Reads, compiles and warms a model; takes about 0.1 s. Raises NotAStepModel, RuntimeError (OpenVINO), OSError."""
    return Engine(wanted, StepModel.load(wanted.folder, precision=precision, threads=threads, core=core), finished)
