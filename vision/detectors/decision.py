"""From the numbers of a step's network to a label, without a look at the clock or the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray

PREVIOUS = "previous"
"""The step's start: nothing done yet."""
WRONG = "wrong"
"""The class that composites teach: something is there, but not as taught."""
NOT_SURE = "not_sure"
"""Looks most like a right one, but less than the threshold asks for."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What one frame shows. `confidence` is `label`'s own (for "not_sure": of the best right label); `novelty` 0..1 is how
    evenly the belief spreads over the labels."""

    label: str
    confidence: float
    confidences: dict[str, float]
    novelty: float


def decide(logits: NDArray[np.floating], labels: Sequence[str], correct: frozenset[str], threshold: float) -> Decision:
    """A right label when its logit leads every other by more than `threshold`, else the best of the others.

    The right labels' logits are lowered by the threshold before the softmax, so that a confidence of one half is exactly
    the border of the decision. `logits` has one value a label, in the order of `labels`.
    """
    # Plain numbers: for a handful of labels they cost a quarter of what arrays do, in the one thread that every result passes through.
    raw: list[float] = np.asarray(logits, np.float64).ravel().tolist()
    shifted = [lead - threshold if label in correct else lead for label, lead in zip(labels, raw, strict=True)]
    highest = max(shifted)
    powers = [exp(lead - highest) for lead in shifted]
    total = sum(powers)
    shares = [power / total for power in powers]
    confidences = dict(zip(labels, shares, strict=True))
    novelty = -sum(share * log(max(share, 1e-12)) for share in shares) / log(max(len(labels), 2))
    best, raw_best = labels[shifted.index(highest)], labels[raw.index(max(raw))]
    if raw_best in correct and best not in correct:
        return Decision(NOT_SURE, max(confidences[label] for label in labels if label in correct), confidences, novelty)
    return Decision(best, confidences[best], confidences, novelty)
