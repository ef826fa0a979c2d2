"""The network of one step at work: a frame of any size in, a decision out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import openvino as ov
from numpy.typing import NDArray

from vision.detectors import decision
from vision.detectors.decision import Decision
from vision.detectors.geometry import IDENTITY
from vision.detectors.part import outline_mask
from vision.detectors.pictures import Matrix, Picture
from vision.detectors.region import network_input
from vision.detectors.registration import Registration
from vision.detectors.step_facts import NotAStepModel, StepFacts

Precision = Literal["f32", "bf16"]
Hint = Literal["LATENCY", "THROUGHPUT"]

MODEL_FILE, WEIGHTS_FILE, REFERENCE_FILE = "model.xml", "model.bin", "reference.png"

# The first array that OpenVINO's binding meets sets up its tables. Two threads that come first at the same time can wait for each other
# there for ever, one of them holding the interpreter (seen with 2026.4.1, two engines starting): so it is done here, under the import.
_FIRST_MEETING = ov.Tensor(np.zeros(1, np.uint8)).data


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the network takes (u8, input_size × input_size × 3, BGR), and whether the camera's place could not be found in this frame."""

    crop: Picture
    camera_moved: bool


class StepModel:
    """One step's network with its reference picture.

    `prepare` remembers the last place of the camera: one StepModel serves one station (see `twin`) from one thread at a time.
    """

    def __init__(self, facts: StepFacts, registration: Registration | None, compiled: ov.CompiledModel) -> None:
        self.facts = facts
        self.labels: tuple[str, ...] = facts.labels
        self.threshold: float = facts.threshold
        self.correct: frozenset[str] = frozenset(facts.correct)
        self.roi: tuple[float, float, float, float] = facts.region.normalised(facts.high)
        self.input_size: int = facts.input_size
        self.compiled = compiled
        self._registration = registration
        self._matrix: Matrix = IDENTITY
        self._request: ov.InferRequest | None = None

    @classmethod
    def load(
        cls, folder: Path, *, precision: Precision = "f32", hint: Hint = "LATENCY", threads: int = 0, core: ov.Core | None = None
    ) -> "StepModel":
        """Read model.xml, model.bin and reference.png of `folder`. `threads` 0 = as many as OpenVINO likes.

        The precision is always set: left alone, OpenVINO takes bf16 on some CPUs without a word. Raises NotAStepModel.
        """
        reference = cv2.imread(str(folder / REFERENCE_FILE), cv2.IMREAD_COLOR)
        if reference is None:
            raise NotAStepModel(f"{REFERENCE_FILE} is missing or no picture.")
        core = core or ov.Core()
        try:
            model = core.read_model(folder / MODEL_FILE)
        except RuntimeError as broken:
            raise NotAStepModel(f"{MODEL_FILE} cannot be read.") from broken
        facts = StepFacts.read(model)
        properties: dict[str, str | int] = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": hint}
        if threads:
            # Left alone, OpenVINO ties every network of one thread to the first core: all stations would share that one.
            properties |= {"INFERENCE_NUM_THREADS": threads, "ENABLE_CPU_PINNING": False}
        part = outline_mask(facts.part, reference.shape) if facts.part else None
        registration = Registration(np.asarray(reference, np.uint8), part) if facts.registered else None
        return cls(facts, registration, core.compile_model(model, "CPU", properties))

    def twin(self) -> "StepModel":
        """The same network for another station: shares everything but the camera's place."""
        return StepModel(self.facts, self._registration, self.compiled)

    def prepare(self, frame: Picture) -> Prepared:
        """Find the camera's place and cut the region out. A frame whose place is not found is cut at the last good one."""
        found = self._registration.matrix(frame) if self._registration else IDENTITY
        if found is not None:
            self._matrix = found
        return Prepared(network_input(frame, self._matrix, self.facts.region, self.input_size), found is None)

    def infer(self, crop: Picture) -> NDArray[np.float32]:
        """Logits of one prepared picture, waited for."""
        if self._request is None:
            self._request = self.compiled.create_infer_request()
        return np.array(self._request.infer({0: crop[None]})[0][0], np.float32)

    def decide(self, logits: NDArray[np.floating]) -> Decision:
        """The label of a frame from its logits."""
        return decision.decide(logits, self.labels, self.correct, self.threshold)
