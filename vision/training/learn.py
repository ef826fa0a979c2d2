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
from vision.training.lesson import Evaluation, LabelKind, Mistake
from vision.training.samples import Sample, Use, class_of

_QUANTILE, _ROOM = 0.01, 0.4
"""The threshold lies this far under the lead that all but one in a hundred right pictures have."""
_LEAST_LEAD = 1.5
"""The lowest threshold: right must be e^1.5 = 4.5 times as likely as anything else. Steps that are easy to see learn 1.7 to 3.5. One of a
faint part learns less, because its composites overlap, yet its real right pictures led by 6 and more, and its wrong ones by up to 1."""
_OVERLAP = (
    "Right and slightly wrong placements of this part look much alike, so small errors may not be seen: turn the lamp, or lay a mat of "
    "another colour under the part, and record again."
)
_CHANCE = 0.75
"""A start and a right end that are told apart less often than this look the same."""

_LOOKS_RIGHT = 0.5
"""Share of a wrong end's pictures that are taken for right, above which it was recorded by mistake or does not show its fault."""

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


def learn(
    labels: Sequence[LabelCrops], samples: Sequence[Sample], features: Floats, remarks: Sequence[str], round_done: Callable[[float], None]
) -> Lesson:
    """`features` is samples × features; `remarks` go into the evaluation.

    Raises TrainingError when the right end cannot be told from the start, or from an end that was taught as wrong.
    """
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
        return head, usual_lead(head.logits(features[setting]), is_correct) - _ROOM

    judge, border = fit(taught & ~late, aside & ~late)
    truth = [names[number] for number in classes[judged]]
    accuracies, mistakes = evaluate(judge.logits(features[judged]), truth, names, correct, max(border, _LEAST_LEAD))
    ends = [each.accuracy for each in accuracies if each.label in correct | {PREVIOUS}]
    if WRONG not in names and np.mean(ends) < _CHANCE:
        raise TrainingError("The start and the step done right look the same. Draw the region where they differ, or record them again.")
    _check_wrong_ends(labels, mistakes)
    head, threshold = fit(taught, aside)
    recordings = max(label.recordings for label in labels)
    overlap = [_OVERLAP] if WRONG in names and threshold < _LEAST_LEAD else []
    evaluation = in_words(accuracies, mistakes, {label.label: label.name for label in labels}, recordings, [*overlap, *remarks])
    return Lesson(names, correct, head, max(threshold, _LEAST_LEAD), evaluation)


def _check_wrong_ends(labels: Sequence[LabelCrops], mistakes: Sequence[Mistake]) -> None:
    """A wrong end that is mostly taken for right must never run: it would be passed at the bench with confidence."""
    by_id = {label.label: label for label in labels}
    for each in mistakes:
        wrong, right = by_id.get(each.label), by_id.get(each.taken_for)
        is_taken = wrong and right and wrong.kind is LabelKind.INCORRECT and right.kind is LabelKind.CORRECT
        if wrong and right and is_taken and each.frames > _LOOKS_RIGHT * each.of:
            raise TrainingError(
                f"‘{wrong.name}’ looks like ‘{right.name}’: {each.frames} of its {each.of} held-back pictures were taken for right. "
                "Look at both recordings, and record the false one again."
            )


def usual_lead(logits: Floats, is_correct: NDArray[np.bool_]) -> float:
    """From right pictures × classes that were not taught: by how much the best right class leads the best other one, in all but one of a
    hundred pictures."""
    lead = logits[:, is_correct].max(1) - logits[:, ~is_correct].max(1)
    return float(np.quantile(lead, _QUANTILE))
