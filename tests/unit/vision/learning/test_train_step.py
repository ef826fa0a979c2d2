"""A step that was taught start, right end and hands tells them from wrong placements it never saw."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.scenes import PRACTICE
from tests.unit.vision.learning.taught import KINDS, OPTIONS, Image, lesson, nothing, plain_scene, recording, seen, taught, teach
from vision.detectors.classifier import StepModel
from vision.detectors.decision import PREVIOUS, WRONG
from vision.training.errors import TrainingCancelled
from vision.training.features import see
from vision.training.lesson import LabelKind, StepData, TaughtLabel
from vision.training.recipe import train_step


def labels_seen(model: StepModel, scene: str, state: str, light: str, sessions: int = 4) -> Counter[str]:
    return Counter(seen(model, PRACTICE[scene].render(state, 500 + session, light)) for session in range(sessions))


@pytest.mark.parametrize("scene", ["tissue", "lawn"])
def test_fresh_sessions_in_hard_light_are_told_apart(scene: str) -> None:
    model = StepModel.load(taught(scene)[1])
    assert labels_seen(model, scene, "start", "hard") == {PREVIOUS: 4}
    assert labels_seen(model, scene, "correct", "hard") == {"correct": 4}
    assert labels_seen(model, scene, "occluded", "hard")["occluded"] >= 3
    for state in ("other", "shifted", "tilted", "turned"):
        assert labels_seen(model, scene, state, "hard", 3)["correct"] == 0


def test_the_exported_network_decides_as_the_trained_numbers_do() -> None:
    step, folder = taught("tissue")
    model = StepModel.load(folder, precision="f32")
    frames = [
        PRACTICE["tissue"].render(state, 40 + n, "moderate") for n in range(3) for state in ("start", "correct", "occluded", "shifted")
    ]
    crops = [model.prepare(frame).crop for frame in frames]
    assert all(crop.shape == (112, 112, 3) and crop.dtype == np.uint8 for crop in crops)
    expected = step.head.logits(see(crops, step.cells, 2, nothing))
    found = np.array([model.infer(crop) for crop in crops])
    assert np.abs(found - expected).max() < 0.25
    assert [model.decide(row).label for row in found] == [model.decide(row).label for row in expected]


def test_the_files_say_everything_about_the_step() -> None:
    step, folder = taught("tissue")
    model = StepModel.load(folder, precision="bf16")
    assert sorted(path.name for path in folder.iterdir()) == ["model.bin", "model.xml", "reference.png"]
    assert model.labels == step.labels == (PREVIOUS, "correct", "occluded", WRONG)
    assert model.correct == {"correct"}
    assert model.threshold == step.threshold
    x, y, width, height = model.roi
    assert x < 400 / 640 < x + width
    assert y < 210 / 480 < y + height
    assert model.facts.training["frames"] == step.frames == 45
    assert seen(model, PRACTICE["tissue"].render("correct", 77)) == "correct"


def test_the_evaluation_counts_the_held_back_third_and_says_so() -> None:
    evaluation = taught("tissue")[0].evaluation
    held_back = {each.label: each.frames for each in evaluation.accuracies}
    assert held_back[PREVIOUS] == held_back["correct"] == held_back["occluded"] == 10
    assert held_back[WRONG] > 10
    assert evaluation.accuracy > 0.9
    assert any("one recording a label" in sentence for sentence in evaluation.sentences)
    assert any("made up from your pictures" in sentence for sentence in evaluation.sentences)


def test_a_bumped_camera_is_followed_and_a_strange_view_keeps_the_last_place() -> None:
    model = StepModel.load(taught("tissue")[1])
    scene = PRACTICE["tissue"]
    before = model.prepare(scene.render("correct", 3, "hard"))
    assert not before.camera_moved
    strange = model.prepare(PRACTICE["lawn"].render("start", 3))
    assert strange.camera_moved
    assert model.twin().prepare(PRACTICE["lawn"].render("start", 3)).camera_moved


def test_a_camera_of_another_resolution_sees_the_same() -> None:
    model = StepModel.load(taught("tissue")[1])
    for width in (480, 1280):
        assert seen(model, PRACTICE["tissue"].render("correct", 61, "moderate", width=width)) == "correct"
        assert seen(model, PRACTICE["tissue"].render("shifted", 61, "moderate", width=width)) != "correct"


def test_a_second_right_end_and_a_taught_wrong_one_get_their_own_labels() -> None:
    scene = PRACTICE["moon"]
    turned = replace(scene, part=scene.others[0])
    data = lesson("moon", ("start", "correct", "occluded", "tilted"))
    more = {"correct-1": TaughtLabel(LabelKind.CORRECT, [turned.recording("correct", 100, 15)], "the other colour")}
    step = teach(StepData(data.labels | more))
    assert step.correct == {"correct", "correct-1"}
    assert step.labels == (PREVIOUS, "correct", "occluded", "tilted", "correct-1", WRONG)
    assert step.evaluation.accuracy > 0.9


def test_without_recorded_hands_the_step_is_taught_and_says_what_it_does_not_know() -> None:
    step = teach(lesson("lawn", ("start", "correct")))
    assert "occluded" not in step.labels
    assert any("hands" in sentence for sentence in step.evaluation.sentences)


def test_a_drawn_region_is_kept() -> None:
    step = teach(lesson("tissue"), replace(OPTIONS, roi=(0.5, 0.25, 0.25, 0.35)))
    region = step.facts.region
    assert (region.width, region.height) == pytest.approx((168, 168), abs=9)
    assert (region.left + region.width / 2, region.top + region.height / 2) == pytest.approx((400, 204), abs=2)


def lamp(on: bool, seed: int) -> Image:
    """A step that moves nothing: a faint pattern over all of the picture, too weak anywhere to be called a place."""
    picture = PRACTICE["field"].render("start", 9, "same", seed).astype(np.float32)
    if on:
        y, x = np.mgrid[0:480, 0:640]
        picture += 7 * np.sin(x / 9)[..., None] * np.sin(y / 9)[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


def test_a_step_that_changes_no_place_looks_at_the_whole_picture(tmp_path: Path) -> None:
    labels = {
        name: TaughtLabel(KINDS.get(name, LabelKind.CORRECT), [[lamp(name == "lit", seed) for seed in range(12)]])
        for name in ("start", "lit")
    }
    step = teach(StepData(labels))
    assert step.labels == (PREVIOUS, "lit")
    assert any("record wrong ones" in sentence for sentence in step.evaluation.sentences)
    step.export(tmp_path)
    model = StepModel.load(tmp_path)
    assert model.input_size == 224
    assert model.roi == (0, 0, 1, 1)
    assert [seen(model, lamp(on, 50)) for on in (False, True)] == [PREVIOUS, "lit"]


def test_a_bare_table_is_learnt_with_a_camera_that_stands_still(tmp_path: Path) -> None:
    labels = {
        name: TaughtLabel(KINDS.get(name, LabelKind.CORRECT), [[plain_scene(name == "plate", seed) for seed in range(12)]])
        for name in ("start", "plate")
    }
    teach(StepData(labels)).export(tmp_path)
    model = StepModel.load(tmp_path)
    assert [seen(model, plain_scene(part, 70, 110)) for part in (False, True)] == [PREVIOUS, "plate"]
    assert not model.prepare(plain_scene(True, 71)).camera_moved


def test_the_same_seed_gives_the_same_step() -> None:
    data = lesson("lawn", frames=8)
    one, two, other = (teach(data, replace(OPTIONS, seed=seed, threads=threads)) for seed, threads in ((3, 2), (3, 1), (4, 2)))
    assert one.threshold == pytest.approx(two.threshold, abs=1e-3)
    assert np.allclose(one.head.matrix, two.head.matrix, atol=1e-4)
    assert not np.allclose(one.head.matrix, other.head.matrix, atol=1e-4)


def test_progress_goes_from_start_to_end_and_tells_the_loss() -> None:
    told: list[tuple[str, float, float | None, float | None]] = []
    train_step(lesson("lawn", frames=8), OPTIONS, lambda *each: told.append(each), lambda: False)
    fractions = [fraction for _, fraction, _, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert list(dict.fromkeys(stage for stage, *_ in told)) == ["looking", "cutting", "varying", "seeing", "learning", "checking", "done"]
    assert told[-1][2] is not None
    assert told[-1][3] is not None


@pytest.mark.parametrize("stage", ["looking", "cutting", "varying", "seeing", "learning"])
def test_a_training_can_be_cancelled_at_every_stage(stage: str) -> None:
    reached: list[str] = []
    with pytest.raises(TrainingCancelled):
        train_step(lesson("lawn", frames=8), OPTIONS, lambda name, *_: reached.append(name), lambda: stage in reached)
    assert reached[-1] == stage


def test_recordings_with_frames_of_a_larger_camera_are_learnt_alike() -> None:
    labels = {
        state: TaughtLabel(KINDS.get(state, LabelKind.CORRECT), [recording("tissue", state, 8, 1280)]) for state in ("start", "correct")
    }
    step = teach(StepData(labels))
    small = taught("tissue")[0].facts.region
    assert step.facts.region.left == pytest.approx(small.left, abs=12)
    assert step.facts.region.width == pytest.approx(small.width, abs=24)
