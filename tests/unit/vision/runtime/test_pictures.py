"""Pictures for screens: the widths in demand, at the rate in demand, never blown up."""

import time

import cv2
import numpy as np

from tests.unit.vision.runtime.waiting import frame, until
from vision.frame import Frame
from vision.pictures import Pictures, Shrunk, shrink


def wide(number: int) -> Frame:
    return Frame(number, number, number, np.zeros((720, 1280, 3), np.uint8))


def test_a_picture_is_made_smaller_and_never_larger() -> None:
    small = shrink(wide(1), 480)
    assert (small.asked, small.width, small.height) == (480, 480, 270)
    decoded = cv2.imdecode(np.frombuffer(small.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (270, 480, 3)
    assert (shrink(frame(1), 480).width, shrink(frame(1), 480).asked) == (32, 480)


def test_only_widths_in_demand_are_encoded_at_their_rate() -> None:
    made: list[Shrunk] = []
    pictures = Pictures(made.append)
    pictures.start()
    pictures.offer(wide(0))
    pictures.demand({480: 20.0, 960: 5.0})
    began = time.monotonic()
    number = 0
    while time.monotonic() - began < 1.0:
        number += 1
        pictures.offer(wide(number))
        time.sleep(0.005)
    pictures.demand({})
    pictures.offer(wide(9999))
    assert pictures.stop(2.0)
    counts = {width: sum(each.asked == width for each in made) for width in (480, 960)}
    assert 8 <= counts[480] <= 25
    assert 3 <= counts[960] <= 7
    assert all(each.frame.frame_no not in (0, 9999) for each in made)


def test_a_picture_goes_out_with_its_frames_stamps() -> None:
    made: list[Shrunk] = []
    pictures = Pictures(made.append)
    pictures.demand({480: 10.0})
    pictures.start()
    pictures.offer(wide(17))
    until(lambda: made)
    pictures.stop(2.0)
    assert made[0].frame.frame_no == 17
