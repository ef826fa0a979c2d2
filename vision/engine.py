"""The model of one step, compiled and warm, ready to be switched to between two frames."""

import logging
import queue
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import openvino as ov

from vision.detectors.classifier import Precision, StepModel
from vision.detectors.decision import Decision
from vision.frame import Image

log = logging.getLogger(__name__)

# While one runs, the other waits behind it in the stream: the stream never waits for Python, and nothing waits behind two.
REQUESTS = 2
# A thousand times what a picture takes. What is not done by then hangs in native code.
_HANGS_AFTER_S = 5.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which model a station shall run: a step of a version of an assembly, and where its files are."""

    assembly_id: str
    step_id: int
    version: int
    folder: Path


def choose_precision(wish: Literal["f32", "bf16", "auto"], core: ov.Core) -> Precision:
    """The precision to set; auto = bf16 where the CPU computes in it."""
    if wish != "auto":
        return wish
    return "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


class EngineFailed(RuntimeError):
    """An inference could not be started or brought no result."""


class _Request:
    """One request with its input and output as arrays, looked up once: u8 size × size × 3, and f32 labels."""

    def __init__(self, compiled: ov.CompiledModel) -> None:
        self.infer = compiled.create_infer_request()
        self.picture = self.infer.get_input_tensor(0).data[0]
        self.logits = self.infer.get_output_tensor(0).data[0]


class Engine:
    """Runs the pictures of one station through one network, two under way at once.

    Nothing of Python is called in OpenVINO's threads: a callback there would hold the stream, which begins the next picture only
    after it, until the interpreter is free. Instead whoever wants a result waits for it (`Inference.decision`).
    """

    def __init__(self, wanted: Wanted, model: StepModel) -> None:
        self.wanted = wanted
        self.model = model
        self._free: queue.SimpleQueue[_Request] = queue.SimpleQueue()
        for _ in range(REQUESTS):
            request = _Request(model.compiled)
            # The first inference allocates and takes many times as long as the others.
            request.infer.infer()
            self._free.put(request)

    def start(self, crop: Image) -> "Inference":
        """Begins one inference (u8, input_size × input_size × 3, BGR); waits while all requests are busy. Raises EngineFailed."""
        try:
            request = self._free.get(timeout=_HANGS_AFTER_S)
        except queue.Empty:
            raise EngineFailed("every request of the network hangs") from None
        try:
            np.copyto(request.picture, crop)
            request.infer.start_async()
        except (RuntimeError, ValueError) as error:
            self._free.put(request)
            raise EngineFailed(str(error)) from error
        return Inference(self, request)

    def finish(self, request: _Request) -> Decision:
        """Waits for a started inference and lets its request go. Raises EngineFailed."""
        try:
            if not request.infer.wait_for(int(_HANGS_AFTER_S * 1000)):
                # Still running, so never used again.
                raise EngineFailed("an inference hangs")
            logits = request.logits.copy()
        except EngineFailed:
            raise
        except RuntimeError as error:
            self._free.put(request)
            raise EngineFailed(str(error)) from error
        self._free.put(request)
        return self.model.decide(logits)


@dataclass(frozen=True, slots=True)
class Inference:
    """A picture under way through an engine."""

    engine: Engine
    _request: _Request

    def decision(self) -> Decision:
        """Waits for what the picture shows; to be called once. Raises EngineFailed."""
        return self.engine.finish(self._request)


def load_engine(wanted: Wanted, core: ov.Core, precision: Precision, threads: int = 1) -> Engine:
    """Reads, compiles and warms a model; takes about 0.1 s. Raises NotAStepModel, RuntimeError (OpenVINO), OSError."""
    return Engine(wanted, StepModel.load(wanted.folder, precision=precision, threads=threads, core=core))
