"""From the numbers of a step's network to a label, without a look at the clock or the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    raw = np.asarray(logits, np.float64).ravel()
    is_correct = np.array([label in correct for label in labels])
    shifted = raw - threshold * is_correct
    powers = np.exp(shifted - shifted.max())
    shares = powers / powers.sum()
    best = int(shifted.argmax())
    confidences = {label: float(share) for label, share in zip(labels, shares, strict=True)}
    novelty = float(-(shares * np.log(np.maximum(shares, 1e-12))).sum() / np.log(max(len(labels), 2)))
    if is_correct[int(raw.argmax())] and not is_correct[best]:
        return Decision(NOT_SURE, float(shares[is_correct].max()), confidences, novelty)
    return Decision(labels[best], float(shares[best]), confidences, novelty)
