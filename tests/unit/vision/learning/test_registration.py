"""A frame is laid onto the reference wherever the camera has moved to, and a strange picture is refused."""

import cv2
import numpy as np
import pytest

from tests.support.scenes import PRACTICE
from tests.unit.vision.learning.taught import Image, plain_scene
from vision.detectors.geometry import IDENTITY, movement
from vision.detectors.region import Region, network_input
from vision.detectors.registration import NothingToHoldOnTo, Registration


def moved(picture: Image, dx: float, dy: float, turn: float = 0.0, zoom: float = 1.0) -> Image:
    matrix = cv2.getRotationMatrix2D((320, 240), turn, zoom)
    matrix[:, 2] += [dx, dy]
    return cv2.warpAffine(picture, matrix, (640, 480), borderMode=cv2.BORDER_REFLECT).astype(np.uint8)


@pytest.mark.parametrize(("dx", "dy", "turn", "zoom"), [(0, 0, 0, 1), (14, -9, 0, 1), (-6, 5, 3, 1), (4, 8, -1.5, 1.03), (0, 0, 0, 0.96)])
def test_a_known_move_is_found_to_half_a_pixel(dx: float, dy: float, turn: float, zoom: float) -> None:
    reference = PRACTICE["tissue"].render("start", 1, "same")
    found = Registration(reference).matrix(moved(reference, dx, dy, turn, zoom))
    assert found is not None
    truth = cv2.getRotationMatrix2D((320, 240), turn, zoom)
    truth[:, 2] += [dx, dy]
    assert movement(found, cv2.invertAffineTransform(truth), 640, 480) < 0.7


def test_light_of_another_day_does_not_matter() -> None:
    scene = PRACTICE["field"]
    registration = Registration(scene.render("start", 1, "same"))
    assert all(registration.matrix(scene.render("correct", seed, "hard")) is not None for seed in range(8))


@pytest.mark.parametrize("name", ["lawn", "cat", "stars"])
def test_a_picture_of_another_place_is_refused(name: str) -> None:
    registration = Registration(PRACTICE["tissue"].render("start", 1))
    assert registration.matrix(PRACTICE[name].render("start", 1)) is None


@pytest.mark.parametrize("far", [{"turn": 20.0}, {"zoom": 1.25}])
def test_a_move_that_no_fixed_camera_makes_is_refused(far: dict[str, float]) -> None:
    reference = PRACTICE["tissue"].render("start", 1)
    assert Registration(reference).matrix(moved(reference, 0, 0, **far)) is None


def test_a_picture_of_another_shape_is_refused() -> None:
    reference = PRACTICE["tissue"].render("start", 1)
    assert Registration(reference).matrix(reference[:360]) is None


def test_a_bare_table_gives_nothing_to_hold_on_to() -> None:
    with pytest.raises(NothingToHoldOnTo):
        Registration(np.full((480, 640, 3), 90, np.uint8))
    assert Registration(PRACTICE["tissue"].render("start", 1)).matrix(plain_scene(False, 1)) is None


@pytest.mark.parametrize("width", [320, 1280, 1920])
def test_the_same_region_is_cut_out_of_every_resolution(width: int) -> None:
    picture = cv2.GaussianBlur(PRACTICE["tissue"].render("correct", 1, "same"), (0, 0), 2).astype(np.uint8)
    other = cv2.resize(picture, (width, width * 3 // 4), interpolation=cv2.INTER_AREA if width < 640 else cv2.INTER_LINEAR).astype(np.uint8)
    region = Region(300, 110, 200, 200)
    one, two = (network_input(each, IDENTITY, region, 112).astype(float) for each in (picture, other))
    assert np.abs(one - two).mean() < 3


def test_a_region_over_the_edge_is_filled_up() -> None:
    picture = PRACTICE["tissue"].render("correct", 1, "same")
    cut = network_input(picture, IDENTITY, Region(-60, -40, 760, 760), 112)
    assert cut.shape == (112, 112, 3)
    assert cut.std() > 10
