"""What a step is taught from, and what comes of it: values only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from vision.detectors.pictures import Picture


class LabelKind(StrEnum):
    """What a label means for its step."""

    START = "START"
    CORRECT = "CORRECT"
    INCORRECT = "INCORRECT"
    OCCLUDED = "OCCLUDED"


@dataclass(frozen=True, slots=True)
class TaughtLabel:
    """One label and its recordings, each a sequence of pictures in time. `name` is what sentences call it ("" = its id).

    A sequence may decode its pictures when asked for them, from several threads at once; each is asked for once, a few of them
    two to four times.
    """

    kind: LabelKind
    recordings: Sequence[Sequence[Picture]]
    name: str = ""


@dataclass(frozen=True, slots=True)
class StepData:
    """Label id → how it was taught. START's id becomes "previous" in the model."""

    labels: dict[str, TaughtLabel]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far training varies each picture. Lengths in units (a picture is 640 wide), angles in degrees.

    `gain` and `gamma` are ranges of logarithms; the others reach from zero, or from minus to plus.
    """

    shift: float = 1.5
    turn: float = 0.5
    zoom: float = 0.006
    gain: tuple[float, float] = (-0.5, 0.45)
    gamma: float = 0.22
    gradient: float = 0.38
    colour: float = 0.11
    blur: tuple[float, float] = (0.3, 0.8)
    noise: float = 5.0


@dataclass(frozen=True, slots=True)
class StepOptions:
    """What an engineer may set. `roi` is the drawn region x, y, w, h, each 0..1; None = found by itself."""

    tolerance_px: float = 5.0
    smallest_error_px: float = 9.5
    roi: tuple[float, float, float, float] | None = None
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 1
    threads: int = 2


@dataclass(frozen=True, slots=True)
class LabelAccuracy:
    """Share of a label's held-back pictures that were recognised."""

    label: str
    accuracy: float
    frames: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """How many of a label's `of` held-back pictures were taken for another label."""

    label: str
    taken_for: str
    frames: int
    of: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What held-back pictures say about a model, in numbers and in words."""

    accuracies: tuple[LabelAccuracy, ...]
    mistakes: tuple[Mistake, ...]
    sentences: tuple[str, ...]

    @property
    def accuracy(self) -> float:
        """Mean over the labels; 0 without any."""
        return sum(each.accuracy for each in self.accuracies) / max(1, len(self.accuracies))


Progress = Callable[[str, float, float | None, float | None], None]
"""Called with (stage, fraction 0..1, loss, accuracy)."""
