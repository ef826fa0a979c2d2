"""The part is found where it lies, whatever the light did between the recordings."""

import cv2
import numpy as np
import pytest

from tests.support.scenes import PRACTICE
from vision.training.change import find_change, outline, region_around


def mean(name: str, state: str, light: str = "same") -> np.ndarray:
    scene = PRACTICE[name]
    return np.mean([scene.render(state, 100, light, frame) for frame in range(4)], 0).astype(np.float32)


@pytest.mark.parametrize("name", sorted(PRACTICE))
def test_the_mask_covers_the_part_and_little_else(name: str) -> None:
    scene = PRACTICE[name]
    mask = find_change(mean(name, "start"), mean(name, "correct"))
    assert mask is not None
    ys, xs = np.nonzero(mask)
    assert abs(xs.mean() - scene.x) < 12
    assert abs(ys.mean() - scene.y) < 12
    truth = scene.part.width * scene.part.width * scene.part.box[3] / scene.part.box[2]
    assert 0.5 * truth < (mask > 0).sum() < 2.2 * truth
    region = region_around(mask)
    assert region.left <= xs.min() <= xs.max() <= region.left + region.width
    assert len(outline(mask)) >= 3


def with_dial(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    """The picture with a dial of 90 units laid onto it, as strong in contrast as any part."""
    drawn = picture.copy()
    for radius, level in ((45, 40), (34, 215), (22, 60), (8, 230)):
        cv2.circle(drawn, (round(x * 16), round(y * 16)), radius * 16, (level, level, level), -1, cv2.LINE_AA, 4)
    return drawn


@pytest.mark.parametrize("aside", [1.0, 2.0, 3.5])
def test_an_earlier_part_that_lies_a_little_differently_is_not_of_the_step(aside: float) -> None:
    start, correct = mean("tissue", "start"), mean("tissue", "correct")
    alone = find_change(start, correct)
    scene = PRACTICE["tissue"]
    x = 80.0 if scene.x > 320 else 560.0
    beside = find_change(with_dial(start, x, 400), with_dial(correct, x + aside, 400 - aside / 2))
    assert alone is not None
    assert beside is not None
    assert np.abs(np.argwhere(beside).mean(0) - np.argwhere(alone).mean(0)).max() < 4
    assert (beside > 0).sum() < 1.3 * (alone > 0).sum()


def test_two_parts_that_a_step_puts_on_are_both_of_it() -> None:
    start = mean("tissue", "start")
    mask = find_change(start, with_dial(with_dial(start, 90, 100), 540, 390))
    assert mask is not None
    assert mask[100, 90] == mask[390, 540] == 255


def test_other_light_alone_is_no_change() -> None:
    start = mean("tissue", "start")
    rows = np.linspace(0.8, 1.2, 480, dtype=np.float32)[:, None, None]
    assert find_change(start, np.clip(start * 0.8 * rows, 0, 255)) is None


def test_nothing_outside_a_drawn_place_counts() -> None:
    within = np.zeros((480, 640), np.uint8)
    within[300:, :200] = 255
    assert find_change(mean("tissue", "start"), mean("tissue", "correct"), within) is None


def test_a_part_wider_than_the_picture_is_high_still_fits() -> None:
    mask = np.zeros((480, 640), np.uint8)
    mask[200:260, 20:620] = 255
    region = region_around(mask)
    assert region.left <= 20
    assert region.left + region.width >= 620
