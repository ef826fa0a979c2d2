"""Recordings that cannot teach a step end in a sentence that says what to do."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.unit.vision.learning.taught import Image, lesson, plain_scene, recording, teach
from vision.training.errors import TrainingError
from vision.training.lesson import LabelKind, StepData, StepOptions, TaughtLabel

BLACK = [np.zeros((480, 640, 3), np.uint8)] * 8


def data(start: list[Image] | None, correct: list[Image] | None, **more: list[Image]) -> StepData:
    labels = {
        "start": (LabelKind.START, start),
        "done": (LabelKind.CORRECT, correct),
        **{name: (LabelKind.OCCLUDED if name == "hands" else LabelKind.INCORRECT, frames) for name, frames in more.items()},
    }
    return StepData({name: TaughtLabel(kind, [frames], name) for name, (kind, frames) in labels.items() if frames is not None})


def shown(state: str, frames: int = 8) -> list[Image]:
    return list(recording("lawn", state, frames))


FAULTS: dict[str, tuple[Callable[[], StepData], str]] = {
    "no start": (lambda: data(None, shown("correct")), "no recording of the start"),
    "no right end": (lambda: data(shown("start"), None), "no recording of the step done right"),
    "an empty recording": (lambda: data(shown("start"), []), "‘done’ has 0 pictures"),
    "too few pictures": (lambda: data(shown("start"), shown("correct")[:3]), "‘done’ has 3 pictures; at least 6"),
    "one picture": (lambda: data(shown("start")[:1], shown("correct")), "‘start’ has 1 picture; at least 6"),
    "black for a while": (lambda: data(shown("start"), shown("correct", 12)[:8] + BLACK[:4]), "4 of the 12 pictures of ‘done’ are black"),
    "wrong as right": (lambda: data(shown("start"), shown("correct"), bad=shown("correct")), "‘bad’ looks like ‘done’"),
    "too few hands": (lambda: data(shown("start"), shown("correct"), hands=shown("occluded")[:2]), "‘hands’ has 2 pictures"),
    "another size": (lambda: data(shown("start"), [frame[:360] for frame in shown("correct")]), "640 × 360 points, the others 640 × 480"),
    "one of another size": (lambda: data(shown("start"), [*shown("correct")[:7], shown("correct")[7][:, :320]]), "320 × 480 points"),
    "a black start": (lambda: data(BLACK, shown("correct")), "‘start’ are black"),
    "a black right end": (lambda: data(shown("start"), BLACK), "‘done’ are black"),
    "another place": (lambda: data(shown("start"), list(recording("cat", "correct", 8))), "show another place than the start"),
    "twice the same": (lambda: data(shown("start", 12), shown("start", 12)), "look the same"),
    "twice the same bare table": (lambda: data(*[[plain_scene(False, seed) for seed in range(12)]] * 2), "look the same"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_in_a_sentence(fault: str) -> None:
    make, sentence = FAULTS[fault]
    with pytest.raises(TrainingError, match=sentence):
        teach(make())


def test_two_starts_and_an_empty_drawing_are_told() -> None:
    labels = data(shown("start"), shown("correct")).labels
    with pytest.raises(TrainingError, match="one start"):
        teach(StepData({**labels, "again": labels["start"]}))
    with pytest.raises(TrainingError, match="drawn region is empty"):
        teach(lesson("lawn", frames=8), StepOptions(roi=(0.5, 0.5, 0.0, 0.0)))


def test_an_empty_recording_beside_a_full_one_is_left_out() -> None:
    labels = data(shown("start"), shown("correct")).labels
    step = teach(StepData(labels | {"start": TaughtLabel(LabelKind.START, [[], shown("start")])}))
    assert step.frames == 16


def test_black_hands_and_strange_wrong_ends_do_not_stop_a_training() -> None:
    step = teach(data(shown("start"), shown("correct"), hands=BLACK, wrong=list(recording("cat", "start", 8))))
    assert set(step.labels) == {"previous", "done", "hands", "wrong"}


def test_a_few_black_pictures_are_left_out_and_said() -> None:
    step = teach(data(BLACK[:1] + shown("start", 12), shown("correct", 12) + BLACK[:2]))
    assert step.frames == 24
    assert "1 black picture of ‘start’ was left out." in step.evaluation.sentences
    assert "2 black pictures of ‘done’ were left out." in step.evaluation.sentences


def test_hands_that_cover_nothing_are_said() -> None:
    step = teach(data(shown("start"), shown("correct"), hands=shown("correct")))
    assert any("In the pictures of ‘hands’ nothing covers the part" in sentence for sentence in step.evaluation.sentences)


@pytest.mark.parametrize(("share", "faint"), [(1.0, False), (0.1, True)])
def test_a_part_that_hardly_differs_from_its_place_is_said(share: float, faint: bool) -> None:
    start, correct = shown("start", 12), shown("correct", 12)
    empty = np.mean(start, axis=0)
    pale = [np.clip(empty + share * (np.mean(correct, axis=0) - empty) + (s - empty), 0, 255).astype(np.uint8) for s in start]
    step = teach(data(start, pale))
    assert any("hardly differs from the bench" in sentence for sentence in step.evaluation.sentences) is faint
    # However much alike the composites of such a part are, right is not what is merely likelier.
    assert step.threshold >= 1.5
