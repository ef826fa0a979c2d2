"""One training from the recordings to the files of all steps; runs in a thread, tells how far it is, and can be ended."""

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.entities.model_version import Confusion, LabelEvaluation, StepModel
from vision.training.dataset import StepLesson
from vision.training.errors import TrainingCancelled, TrainingError
from vision.training.recipe import TrainedStep, train_step

# Less than this share done says nothing about the rest.
_LEAST_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a training is: `fraction` 0..1 of all steps, loss and accuracy of the step now, None before they are known."""

    stage: str = ""
    fraction: float = 0.0
    loss: float | None = None
    accuracy: float | None = None
    seconds_left: float | None = None


class Course:
    """Teaches the steps of one assembly in order. `standing` may be read, and `cancel` called, from any thread."""

    def __init__(self, lessons: Sequence[StepLesson]) -> None:
        self._lessons = lessons
        self._cancelled = threading.Event()
        self._began = time.monotonic()
        self.frames = 0
        self.standing = Standing("reading recordings")

    def cancel(self) -> None:
        """Ends the training at its next look around."""
        self._cancelled.set()

    def teach(self, folder: Path, key: str) -> tuple[StepModel, ...]:
        """Writes `step-<id>` folders into `folder`, which will stand in the file store under `key`.

        Raises TrainingError with a sentence that names the step, TrainingCancelled.
        """
        models = []
        for place, lesson in enumerate(self._lessons):
            try:
                trained = train_step(lesson.data, lesson.options, self._teller(place), self._cancelled.is_set)
            except TrainingError as error:
                raise TrainingError(str(error) if str(error).startswith(lesson.title) else f"{lesson.title}: {error}") from error
            if self._cancelled.is_set():
                raise TrainingCancelled("The training was cancelled.")
            name = f"step-{lesson.step.id}"
            trained.export(folder / name)
            self.frames += trained.frames
            models.append(_describe(lesson.step.id, trained, folder / name, f"{key}/{name}"))
        return tuple(models)

    def _teller(self, place: int) -> "_Teller":
        return _Teller(self, place)

    def tell(self, place: int, stage: str, fraction: float, loss: float | None, accuracy: float | None) -> None:
        """How far the step at `place` (from 0) is."""
        total = len(self._lessons)
        share = (place + fraction) / total
        left_s = (time.monotonic() - self._began) * (1 - share) / share if share > _LEAST_SHARE else None
        self.standing = Standing(f"step {place + 1} of {total}: {stage}", share, loss, accuracy, left_s)


@dataclass(frozen=True, slots=True)
class _Teller:
    course: Course
    place: int

    def __call__(self, stage: str, fraction: float, loss: float | None, accuracy: float | None) -> None:
        self.course.tell(self.place, stage, fraction, loss, accuracy)


def _describe(step_id: int, trained: TrainedStep, folder: Path, key: str) -> StepModel:
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.read_bytes())
    evaluation = trained.evaluation
    return StepModel(
        step_id=step_id,
        ir=key,
        sha256=digest.hexdigest(),
        labels=trained.labels,
        threshold=trained.threshold,
        evaluation=tuple(LabelEvaluation(label=each.label, accuracy=each.accuracy, frames=each.frames) for each in evaluation.accuracies),
        confusion=tuple(
            Confusion(label=each.label, taken_for=each.taken_for, frames=each.frames, of=each.of) for each in evaluation.mistakes
        ),
        sentences=evaluation.sentences,
    )
