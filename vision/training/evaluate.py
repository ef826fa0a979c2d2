"""What held-back pictures say about a model, in numbers and in words."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vision.detectors.decision import NOT_SURE, PREVIOUS, WRONG, decide
from vision.training.lesson import Evaluation, LabelAccuracy, Mistake

_CAVEAT = (
    "These numbers come from the last third of {recordings}, seen by a model that was taught with the first two thirds, also under other "
    "light made from the same pictures: another day, another operator or another part can differ."
)
_ALL_WELL = "All {count} held-back pictures were recognised."
_MADE_UP = "‘Wrong’ was tried with {count} wrong placements that Takt made up from your pictures, not with real ones."
_NO_WRONG = (
    "No change of place was found between the start and the right end, so Takt could not make up wrong placements: record wrong ones."
)


def evaluate(
    logits: NDArray[np.float32], truth: Sequence[str], labels: Sequence[str], correct: frozenset[str], threshold: float
) -> tuple[tuple[LabelAccuracy, ...], tuple[Mistake, ...]]:
    """Accuracy of each label that occurs and its mistakes, most frequent first; `logits` is pictures × labels."""
    seen = [decide(row, labels, correct, threshold).label for row in logits]
    totals, pairs = Counter(truth), Counter(zip(truth, seen, strict=True))
    accuracies = tuple(LabelAccuracy(label, pairs[label, label] / totals[label], totals[label]) for label in labels if totals[label])
    mistakes = (Mistake(label, taken, count, totals[label]) for (label, taken), count in pairs.items() if label != taken)
    return accuracies, tuple(sorted(mistakes, key=lambda each: (-each.frames / each.of, each.label, each.taken_for)))


def in_words(
    accuracies: Sequence[LabelAccuracy], mistakes: Sequence[Mistake], names: Mapping[str, str], recordings: int, remarks: Sequence[str]
) -> Evaluation:
    """The numbers with sentences; `names`: label → what to call it. `remarks` come after what the numbers say."""
    called = {PREVIOUS: "nothing done yet", WRONG: "wrong", NOT_SURE: "not sure"} | dict(names)
    sentences = [
        f"‘{called[each.label]}’ was taken for ‘{called[each.taken_for]}’ in {each.frames} of {each.of} held-back pictures."
        for each in mistakes
    ]
    if not mistakes:
        sentences.append(_ALL_WELL.format(count=sum(each.frames for each in accuracies)))
    made_up = [each.frames for each in accuracies if each.label == WRONG]
    sentences.append(_MADE_UP.format(count=made_up[0]) if made_up else _NO_WRONG)
    sentences += remarks
    sentences.append(_CAVEAT.format(recordings="one recording a label" if recordings == 1 else f"up to {recordings} recordings a label"))
    return Evaluation(tuple(accuracies), tuple(mistakes), tuple(sentences))
