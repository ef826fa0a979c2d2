"""Teaching one step: recordings in, a network out, in a second or two on this CPU."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vision.detectors.backbone import cells_under
from vision.detectors.part import widened
from vision.detectors.pictures import Picture
from vision.detectors.step_facts import StepFacts
from vision.training.change import outline
from vision.training.checks import check_labels
from vision.training.clear import without_clear_views
from vision.training.crops import LabelCrops, gather, mask_in
from vision.training.errors import TrainingCancelled, TrainingError
from vision.training.export import build_network, write_step
from vision.training.features import Cells, see
from vision.training.head import Head
from vision.training.learn import Lesson, learn
from vision.training.lesson import Evaluation, LabelKind, Progress, StepData, StepOptions, TaughtLabel
from vision.training.remarks import remarks
from vision.training.samples import make_all, plan
from vision.training.sight import SMALL_INPUT, Sight, find_sight

__all__ = ["LabelKind", "StepData", "StepOptions", "TaughtLabel", "TrainedStep", "TrainingCancelled", "TrainingError", "train_step"]

_LOOKED_AT = 14.0
"""Units around the part whose cells the head reads."""
_LEAST_CELL = 40
"""Of 255: a cell counts when so much of it lies there."""


@dataclass(frozen=True, slots=True)
class TrainedStep:
    """A step's network before it is written. `labels` in the order of the logits; `frames` recorded ones; `seconds` it took."""

    labels: tuple[str, ...]
    correct: frozenset[str]
    threshold: float
    evaluation: Evaluation
    frames: int
    seconds: float
    facts: StepFacts
    head: Head
    cells: Cells
    reference: Picture

    def export(self, folder: Path) -> None:
        """Write model.xml, model.bin and reference.png into `folder` (made if missing); the caller renames it into place."""
        write_step(folder, build_network(self.head, self.cells, self.facts), self.reference)


class _Course:
    """How far a training is; each call tells `progress` and asks `cancelled`."""

    _SPANS = {"looking": (0.0, 0.1), "cutting": (0.1, 0.25), "varying": (0.25, 0.5), "seeing": (0.5, 0.8), "learning": (0.8, 0.95)}
    _TELL_EVERY = 16

    def __init__(self, progress: Progress, cancelled: Callable[[], bool]) -> None:
        self._progress, self._cancelled = progress, cancelled

    def at(self, stage: str, share: float = 0.0, loss: float | None = None, accuracy: float | None = None) -> None:
        """Raises TrainingCancelled."""
        if self._cancelled():
            raise TrainingCancelled("The training was cancelled.")
        begin, end = self._SPANS.get(stage, (0.95, 1.0))
        self._progress(stage, begin + (end - begin) * min(1.0, share), loss, accuracy)

    def counter(self, stage: str, total: int) -> Callable[[int], None]:
        """For stages that count pictures."""

        def done(number: int) -> None:
            if number % self._TELL_EVERY == 0:
                self.at(stage, number / max(1, total))

        return done


def train_step(data: StepData, options: StepOptions, progress: Progress, cancelled: Callable[[], bool]) -> TrainedStep:
    """Teach a step. Raises TrainingError with a sentence for the engineer, TrainingCancelled soon after `cancelled` says so.

    The last third in time of each recording judges a model taught without it; the model that is returned is taught with all.
    The same data, options and machine give the same model.
    """
    began = time.perf_counter()
    course = _Course(progress, cancelled)
    course.at("looking")
    data = check_labels(data)
    with _workers(options.threads) as pool:
        sight = find_sight(data, options.roi, pool)
        course.at("cutting")
        labels = without_clear_views(gather(data, sight, pool, lambda: course.at("cutting")), sight)
        samples = plan(labels, sight, options)
        album = make_all(samples, options.seed, pool, course.counter("varying", len(samples)))
    cells = _cells(sight, labels[0])
    features = see(album.pictures, cells, options.threads, course.counter("seeing", len(album.pictures)))
    lesson = learn(labels, album.samples, features, remarks(data, labels, sight), lambda loss: course.at("learning", 0.5, loss))
    course.at("checking", 0.5, lesson.head.loss, lesson.evaluation.accuracy)
    frames, seconds = sum(len(label.crops) for label in labels), time.perf_counter() - began
    facts = _facts(sight, lesson, options, {"frames": frames, "samples": len(album.samples), "seconds": round(seconds, 3)})
    course.at("done", 1.0, lesson.head.loss, lesson.evaluation.accuracy)
    return TrainedStep(
        lesson.labels, lesson.correct, lesson.threshold, lesson.evaluation, frames, seconds, facts, lesson.head, cells, sight.reference
    )


@contextmanager
def _workers(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads for pictures; OpenCV's own are off meanwhile, else they would fight for the same cores."""
    before = cv2.getNumThreads()
    pool = ThreadPoolExecutor(max(1, threads), thread_name_prefix="training")
    cv2.setNumThreads(1)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        cv2.setNumThreads(before)


def _cells(sight: Sight, label: LabelCrops) -> Cells:
    """Around the part in both maps; all of the coarse map for a whole frame, all of both for a drawn region without a change."""
    size = sight.input_size
    if sight.part is None:
        strides = (8, 16) if size == SMALL_INPUT else (16,)
        return Cells(size, {stride: np.arange((size // stride) ** 2) for stride in strides})
    crop = label.crops[0]
    mask = widened(mask_in(sight.region, sight.part, crop), _LOOKED_AT * crop.shape[1] / sight.region.width)
    small = np.asarray(cv2.resize(mask, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
    return Cells(size, {stride: cells_under(small, size, stride, _LEAST_CELL) for stride in (8, 16)})


def _facts(sight: Sight, lesson: Lesson, options: StepOptions, training: dict[str, float]) -> StepFacts:
    return StepFacts(
        labels=lesson.labels,
        correct=tuple(sorted(lesson.correct)),
        threshold=lesson.threshold,
        region=sight.region,
        high=float(sight.reference.shape[0]),
        input_size=sight.input_size,
        part=outline(sight.part) if sight.part is not None else (),
        registered=sight.registration is not None,
        training=training | {"seed": options.seed, "accuracy": round(lesson.evaluation.accuracy, 4), "loss": round(lesson.head.loss, 5)},
    )
