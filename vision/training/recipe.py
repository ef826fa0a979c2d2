"""Teaching one step: recordings in, a network out, in a second or two on this CPU."""

from collections.abc import Callable
from pathlib import Path

from vision.training.errors import TrainingCancelled, TrainingError
from vision.training.lesson import Evaluation, LabelKind, Progress, StepData, StepOptions, TaughtLabel

__all__ = ["LabelKind", "StepData", "StepOptions", "TaughtLabel", "TrainedStep", "TrainingCancelled", "TrainingError", "train_step"]


class TrainedStep:
    """A step's network before it is written. `labels` in the order of the logits; `frames` taught; `seconds` it took."""

    labels: tuple[str, ...]
    correct: frozenset[str]
    threshold: float
    evaluation: Evaluation
    frames: int
    seconds: float

    def export(self, folder: Path) -> None:
        """Write model.xml, model.bin and reference.png into `folder` (made if missing); the caller renames it into place."""
        raise NotImplementedError


def train_step(data: StepData, options: StepOptions, progress: Progress, cancelled: Callable[[], bool]) -> TrainedStep:
    """Teach a step. Raises TrainingError with a sentence for the engineer, TrainingCancelled soon after `cancelled` says so."""
    raise NotImplementedError
