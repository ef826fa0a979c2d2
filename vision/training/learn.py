"""From features to a head, a threshold and an evaluation: learnt twice, once without the held-back pictures to judge, once with all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.detectors.decision import PREVIOUS, WRONG
from vision.training.crops import LabelCrops
from vision.training.errors import TrainingError
from vision.training.evaluate import evaluate, in_words
from vision.training.head import Head, fit_head, gram
from vision.training.lesson import Evaluation, LabelKind
from vision.training.samples import Sample, Use, class_of

_QUANTILE, _ROOM = 0.01, 0.4
"""The threshold lies this far under the lead that all but one in a hundred right pictures have."""
_CHANCE = 0.75
"""A start and a right end that are told apart less often than this look the same."""

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learnt. `labels` in the order of the head's classes."""

    labels: tuple[str, ...]
    correct: frozenset[str]
    head: Head
    threshold: float
    evaluation: Evaluation


def learn(labels: Sequence[LabelCrops], samples: Sequence[Sample], features: Floats, round_done: Callable[[float], None]) -> Lesson:
    """Raises TrainingError when the start and the right end cannot be told apart."""
    names = tuple(dict.fromkeys([class_of(label) for label in labels] + [sample.label for sample in samples]))
    correct = frozenset(label.label for label in labels if label.kind is LabelKind.CORRECT)
    classes = np.array([names.index(sample.label) for sample in samples])
    is_correct = np.array([name in correct for name in names])
    late = np.array([sample.late for sample in samples])
    taught, aside = (np.array([sample.use is use for sample in samples]) for use in (Use.TAUGHT, Use.THRESHOLD))
    judged = late & np.array([sample.evaluated for sample in samples])
    products = gram(features)

    def fit(chosen: NDArray[np.bool_], setting: NDArray[np.bool_]) -> tuple[Head, float]:
        rows = np.flatnonzero(chosen)
        head = fit_head(features[rows], products[np.ix_(rows, rows)], classes[rows], len(names), round_done)
        return head, threshold_of(head.logits(features[setting]), is_correct)

    judge, border = fit(taught & ~late, aside & ~late)
    truth = [names[number] for number in classes[judged]]
    accuracies, mistakes = evaluate(judge.logits(features[judged]), truth, names, correct, border)
    ends = [each.accuracy for each in accuracies if each.label in correct | {PREVIOUS}]
    if WRONG not in names and np.mean(ends) < _CHANCE:
        raise TrainingError("The start and the step done right look the same. Draw the region where they differ, or record them again.")
    head, threshold = fit(taught, aside)
    recordings = max(label.recordings for label in labels)
    evaluation = in_words(accuracies, mistakes, {label.label: label.name for label in labels}, recordings, _has_hands(labels))
    return Lesson(names, correct, head, threshold, evaluation)


def threshold_of(logits: Floats, is_correct: NDArray[np.bool_]) -> float:
    """From right pictures × classes that were not taught: the lead of the best right class over the best other one."""
    lead = logits[:, is_correct].max(1) - logits[:, ~is_correct].max(1)
    return float(np.quantile(lead, _QUANTILE)) - _ROOM


def _has_hands(labels: Sequence[LabelCrops]) -> bool:
    return any(label.kind is LabelKind.OCCLUDED for label in labels)
