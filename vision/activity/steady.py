"""The small grey picture that is watched, held still although the camera shakes."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detectors.pictures import Picture

Grey = NDArray[np.float32]
"""Height × WIDTH, 0..255."""

WIDTH = 320
"""Enough to see a hand at a machine; four times cheaper than 640."""
SMALLEST = 32
"""Pixels a side below which a picture shows nothing."""
FARTHEST_PX = 10.0
"""A camera that shakes by more of the 320 than this has been moved: its picture is another one."""
_SMOOTH = 0.8
"""Takes out what an interpolation between pixels would change by itself."""
_NEIGHBOURHOOD, _STRONGEST = 17, 25.0
"""Only differences to the neighbourhood are laid onto each other, and strong ones no more than others: light and passers-by do not pull."""
_SMALLEST_PEAK = 0.04
"""Share of the correlation in its peak; below it nothing fits."""


def small_grey(image: Picture) -> Grey | None:
    """The picture as it is watched; None when it is too small to show anything."""
    rows, columns = image.shape[:2]
    height = round(WIDTH * rows / max(1, columns))
    if min(rows, columns, height) < SMALLEST or height > 4 * WIDTH:
        return None
    small = cv2.resize(image, (WIDTH, height), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(grey, (5, 5), _SMOOTH), np.float32)


def outlines(grey: Grey) -> Grey:
    """What registration holds on to."""
    return np.asarray(np.clip(grey - cv2.blur(grey, (_NEIGHBOURHOOD, _NEIGHBOURHOOD)), -_STRONGEST, _STRONGEST), np.float32)


@lru_cache(maxsize=4)
def _window(columns: int, rows: int) -> Grey:
    return np.asarray(cv2.createHanningWindow((columns, rows), cv2.CV_32F), np.float32)


def shift_between(reference: Grey, now: Grey) -> tuple[float, float] | None:
    """By how many pixels (x, y) `now` lies off the reference, both `outlines`; None when it does not fit.

    Phase correlation, Kuglin and Hines 1975; the window keeps the edges from correlating with themselves.
    """
    if not reference.any() or not now.any():
        return (0.0, 0.0)
    (x, y), peak = cv2.phaseCorrelate(reference, now, _window(now.shape[1], now.shape[0]))
    if peak < _SMALLEST_PEAK or max(abs(x), abs(y)) > FARTHEST_PX:
        return None
    return (x, y)


def moved_back(grey: Grey, shift: tuple[float, float]) -> Grey:
    """The picture laid onto the reference."""
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(grey, matrix, grey.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)
