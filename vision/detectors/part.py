"""The outline of what a step changes, as a polygon in units and as a mask."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detectors.pictures import UNITS_WIDE

_AROUND = 12.0
"""Units around the part that registration does not look at: its shadow and its edge move with it."""

Outline = Sequence[tuple[float, float]]


def outline_mask(outline: Outline, shape: Sequence[int], around: float = _AROUND) -> NDArray[np.uint8]:
    """255 inside the outline widened by `around` units, else 0; as many rows and columns as `shape` says."""
    rows, columns = shape[:2]
    per_unit = columns / UNITS_WIDE
    mask = np.zeros((rows, columns), np.uint8)
    points = (np.array(outline, np.float64) * per_unit).astype(np.int32)
    cv2.fillConvexPoly(mask, points, 255)
    return widened(mask, around * per_unit)


def widened(mask: NDArray[np.uint8], pixels: float) -> NDArray[np.uint8]:
    """The mask grown by that many pixels in every direction."""
    reach = round(pixels)
    if reach < 1:
        return mask
    return np.asarray(cv2.dilate(mask, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)), np.uint8)
