"""The part is found where it lies, whatever the light did between the recordings."""

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
