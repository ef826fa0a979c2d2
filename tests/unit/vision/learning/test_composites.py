"""Composites show the part right or wrong, and never call wrong what looks right."""

import math

import cv2
import numpy as np
import pytest

from tests.support.scenes import PRACTICE
from tests.unit.vision.learning.taught import Image
from vision.training.composites import Compositor, PartView
from vision.training.placements import WRONG_COUNTS, Fault, Limits, Placement, draw

SIDE = 160


def crops(draw_part: bool, shape: str, count: int = 4) -> list[Image]:
    """A part of a known shape on a real ground, shaded from one side."""
    ground = PRACTICE["lawn"].render("start", 5, "same")[100 : 100 + SIDE, 100 : 100 + SIDE]
    made = []
    for seed in range(count):
        picture = ground.astype(np.float32)
        if draw_part:
            mask = outline_of(shape)[..., None] / 255
            y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
            part = np.array((60, 170, 200)) * (1 + 0.1 * (x - y))[..., None]
            if shape == "arrow":
                part[60:80, 70:90] = (20, 20, 220)
            picture = picture * (1 - mask) + part * mask
        noise = np.random.default_rng(seed).normal(0, 2, picture.shape)
        made.append(np.clip(picture + noise, 0, 255).astype(np.uint8))
    return made


def outline_of(shape: str) -> Image:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    if shape == "disc":
        cv2.circle(mask, (80, 80), 42, 255, -1)
    elif shape == "square":
        cv2.rectangle(mask, (42, 42), (118, 118), 255, -1)
    else:
        points = [(40, 110), (80, 35), (120, 110), (95, 110), (95, 125), (65, 125), (65, 110)]
        cv2.fillPoly(mask, [np.array(points, np.int32)], 255)
    return mask


def compositor(shape: str) -> Compositor:
    ground = PRACTICE["lawn"].render("start", 6, "same")
    return Compositor(PartView(outline_of(shape), crops(False, shape), crops(True, shape), [ground], 1.0), 5.0, 9.5)


def difference(one: Image, two: Image) -> float:
    return float(np.abs(one.astype(float) - two).mean())


def test_right_composites_look_like_the_recorded_end() -> None:
    made, rng = compositor("arrow"), np.random.default_rng(1)
    right, empty = crops(True, "arrow")[0], crops(False, "arrow")[0]
    assert all(difference(made.right(rng), right) < 0.7 * difference(empty, right) for _ in range(10))


@pytest.mark.parametrize("fault", list(WRONG_COUNTS))
def test_every_fault_of_a_part_without_symmetry_can_be_made_and_differs(fault: Fault) -> None:
    made, rng = compositor("arrow"), np.random.default_rng(2)
    right = crops(True, "arrow")[0]
    for _ in range(6):
        wrong = made.wrong(fault, rng)
        assert wrong is not None
        assert difference(wrong, right) > 2.5


def test_a_disc_is_never_turned_tilted_or_mirrored() -> None:
    made, rng = compositor("disc"), np.random.default_rng(3)
    assert {made.wrong(fault, rng) is None for fault in (Fault.TURNED, Fault.TILTED, Fault.MIRRORED) for _ in range(8)} == {True}
    assert made.wrong(Fault.SHIFTED, rng) is not None


def test_a_square_is_tilted_but_never_turned_by_a_quarter() -> None:
    made, rng = compositor("square"), np.random.default_rng(4)
    assert not made.shows(Placement(Fault.TURNED, turn=90.0))
    assert not made.shows(Placement(Fault.MIRRORED, mirror="x"))
    assert made.shows(Placement(Fault.TURNED, turn=135.0))
    assert made.wrong(Fault.TILTED, rng) is not None


def test_placements_keep_to_the_limits_of_the_step() -> None:
    rng = np.random.default_rng(5)
    limits = Limits(5.0, 9.5, 60.0, 1.0)
    for _ in range(200):
        right, shifted, tilted = (draw(fault, limits, rng) for fault in (Fault.NONE, Fault.SHIFTED, Fault.TILTED))
        assert math.hypot(right.right, right.down) <= 5.0
        assert abs(right.turn) <= 4.5
        assert math.hypot(shifted.right, shifted.down) >= 9.5
        assert 8.0 <= abs(tilted.turn) <= 45.0


def test_a_placement_turns_about_the_middle_of_the_part() -> None:
    matrix = Placement(turn=90, right=3, down=-2).matrix((40, 30))
    assert matrix @ [40, 30, 1] == pytest.approx([43, 28])
    assert matrix @ [50, 30, 1] == pytest.approx([43, 18])
