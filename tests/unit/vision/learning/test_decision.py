"""Logits become labels by one rule, at its borders too."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.detectors.decision import NOT_SURE, WRONG, decide
from vision.training.head import fit_head, gram
from vision.training.learn import usual_lead

LABELS = ("previous", "good", "other-good", "hands", WRONG)
CORRECT = frozenset({"good", "other-good"})


@pytest.mark.parametrize(
    ("logits", "threshold", "label"),
    [
        ([0, 5, 0, 0, 0], 1.0, "good"),
        ([0, 0, 5, 0, 0], 1.0, "other-good"),
        ([0, 5, 4.9, 0, 0], 1.0, "good"),
        ([0, 5, 0, 0, 4.5], 1.0, NOT_SURE),
        ([0, 4.8, 0, 0, 5], -0.5, "good"),
        ([0, 4.8, 0, 0, 5], 0.5, WRONG),
        ([5, 0, 0, 0, 0], 1.0, "previous"),
        ([0, 0, 0, 5, 0], 1.0, "hands"),
    ],
)
def test_a_right_label_needs_a_lead(logits: list[float], threshold: float, label: str) -> None:
    assert decide(np.array(logits), LABELS, CORRECT, threshold).label == label


@given(st.lists(st.floats(-30, 30), min_size=5, max_size=5), st.floats(-3, 5))
def test_confidences_are_shares_and_a_decision_never_contradicts_the_lead(logits: list[float], threshold: float) -> None:
    decision = decide(np.array(logits), LABELS, CORRECT, threshold)
    assert sum(decision.confidences.values()) == pytest.approx(1.0)
    assert 0 <= decision.novelty <= 1 + 1e-9
    lead = max(logits[1:3]) - max(logits[0], *logits[3:])
    if abs(lead - threshold) > 1e-6:
        assert (decision.label in CORRECT) == (lead > threshold)
    if decision.label in CORRECT:
        assert decision.confidence == max(decision.confidences.values())


def test_a_head_fits_what_can_be_told_apart_and_folds_into_one_matrix() -> None:
    rng = np.random.default_rng(0)
    classes = np.repeat(np.arange(4), 30)
    centres = rng.standard_normal((4, 500)).astype(np.float32)
    features = centres[classes] + 0.8 * rng.standard_normal((120, 500)).astype(np.float32) + 3
    losses: list[float] = []
    head = fit_head(features, gram(features), classes, 4, losses.append)
    fresh = centres[classes] + 0.8 * rng.standard_normal((120, 500)).astype(np.float32) + 3
    assert head.matrix.shape == (500, 4)
    assert (head.logits(fresh).argmax(1) == classes).mean() == 1.0
    assert losses[-1] < losses[0]
    assert losses[-1] == pytest.approx(head.loss, abs=0.05)


def test_the_usual_lead_is_reached_by_nearly_all_right_pictures() -> None:
    logits = np.column_stack([np.zeros(200), np.linspace(1, 5, 200)]).astype(np.float32)
    assert usual_lead(logits, np.array([False, True])) == pytest.approx(1.04, abs=0.02)
