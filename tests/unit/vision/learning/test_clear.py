"""One recording of hands serves all steps: pictures in which a step's place is in clear view do not teach it hands."""

import numpy as np
import pytest

from clients.demo.scenes import Scene, render_placement, scene
from vision.detectors.pictures import Picture
from vision.training.lesson import LabelKind, StepData, StepOptions, TaughtLabel
from vision.training.recipe import TrainedStep, train_step

FRAMES = 12


def pictures(of: Scene, step: int, placement: str, count: int = FRAMES) -> list[Picture]:
    return [np.asarray(render_placement(of, step, placement, 100, "same", index)) for index in range(count)]  # type: ignore[arg-type]


def taught(hands: list[Picture]) -> TrainedStep:
    of = scene("bench")
    labels = {
        "start": TaughtLabel(LabelKind.START, [pictures(of, 1, "start")]),
        "right": TaughtLabel(LabelKind.CORRECT, [pictures(of, 1, "correct")]),
        "hands": TaughtLabel(LabelKind.OCCLUDED, [hands]),
    }
    return train_step(StepData(labels), StepOptions(seed=1), lambda *_: None, lambda: False)


def test_hands_over_another_place_are_left_out_and_those_over_this_one_are_kept() -> None:
    of = scene("bench")
    step = taught([*pictures(of, 1, "occluded"), *pictures(of, 4, "start"), *pictures(of, 1, "correct")])
    assert "hands" in step.labels
    assert step.frames == 3 * FRAMES


def test_a_recording_in_which_nothing_covers_the_place_teaches_no_hands() -> None:
    step = taught([*pictures(scene("bench"), 1, "start", 6), *pictures(scene("bench"), 1, "correct", 6)])
    assert "hands" not in step.labels


@pytest.mark.parametrize("session", [7, 8])
def test_hands_that_cover_the_place_are_kept_whatever_they_look_like(session: int) -> None:
    of = scene("bench")
    hands = [np.asarray(render_placement(of, 1, "occluded", 100, "same", 100 * session + index)) for index in range(FRAMES)]
    step = taught(hands)
    assert "hands" in step.labels
    assert step.frames >= 2 * FRAMES + FRAMES // 2
