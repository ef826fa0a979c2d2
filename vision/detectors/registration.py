"""Where the camera stands now, compared with when the step was taught: every frame is laid onto a reference picture.

Corners of the reference outside the part are followed into the frame (Lucas-Kanade), a similarity is fitted by RANSAC.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detectors.geometry import is_plausible, pixels_to_units, squared
from vision.detectors.pictures import UNITS_WIDE, Matrix, Picture

WIDTH = 320
"""Width of the pictures that are compared: half of a 640-wide one, which is exact enough and four times cheaper."""
_CORNERS, _QUALITY, _APART = 120, 0.02, 9
_WINDOW, _LEVELS = (15, 15), 3
_STOP = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 12, 0.02)
_BOX = 17
"""Side of the neighbourhood whose mean and spread are taken out, so that light and shadow do not matter."""
_RANSAC_PX, _RANSAC_ROUNDS = 1.0, 500
_FEWEST, _LEAST_SHARE = 10, 0.25
"""Corners that must agree, and their share of all: fewer can agree by chance."""
_ASPECT_TOLERANCE = 0.01


class NothingToHoldOnTo(ValueError):
    """A reference without corners: black, covered or a plain surface."""


def normalised(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """WIDTH-wide grey of a picture (grey or BGR), its local mean 128 and its local spread 45."""
    height = round(WIDTH * picture.shape[0] / picture.shape[1])
    small = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)
    grey = (cv2.cvtColor(small, cv2.COLOR_BGR2GRAY) if small.ndim == 3 else small).astype(np.float32)
    difference = grey - cv2.blur(grey, (_BOX, _BOX))
    spread = cv2.sqrt(np.maximum(cv2.blur(difference * difference, (_BOX, _BOX)), 0)) + 4.0
    return np.asarray(np.clip(128 + 45 * difference / spread, 0, 255), np.uint8)


class Registration:
    """Finds the similarity that lays a frame onto `reference`; `part` (0 or 255, any size of that shape) is not looked at.

    Raises NothingToHoldOnTo when the reference has too few corners.
    """

    def __init__(self, reference: Picture, part: NDArray[np.uint8] | None = None) -> None:
        self._reference = normalised(reference)
        rows, columns = self._reference.shape
        outside = None if part is None else 255 - cv2.resize(part, (columns, rows), interpolation=cv2.INTER_NEAREST)
        corners = cv2.goodFeaturesToTrack(self._reference, _CORNERS, _QUALITY, _APART, mask=outside)
        if corners is None or len(corners) < _FEWEST:
            raise NothingToHoldOnTo("The picture shows nothing to hold on to.")
        self._corners = corners.astype(np.float32)
        self._to_units = pixels_to_units(UNITS_WIDE / columns, UNITS_WIDE / columns)
        self._from_units = np.linalg.inv(self._to_units)

    def matrix(self, frame: Picture) -> Matrix | None:
        """2×3 from places in `frame` to places in the reference, in units; None when the frame does not fit."""
        small = normalised(frame)
        if abs(small.shape[0] - self._reference.shape[0]) > _ASPECT_TOLERANCE * small.shape[0]:
            return None
        if small.shape != self._reference.shape:
            small = np.asarray(cv2.resize(small, self._reference.shape[::-1]), np.uint8)
        found = self._follow(small)
        if found is None or not is_plausible(found):
            return None
        return np.asarray((self._to_units @ squared(found) @ self._from_units)[:2], np.float64)

    def _follow(self, small: NDArray[np.uint8]) -> Matrix | None:
        there, status, _ = cv2.calcOpticalFlowPyrLK(
            self._reference, small, self._corners, np.empty_like(self._corners), winSize=_WINDOW, maxLevel=_LEVELS, criteria=_STOP
        )
        seen = status[:, 0] > 0
        if seen.sum() < _FEWEST:
            return None
        found, agree = cv2.estimateAffinePartial2D(
            there[seen], self._corners[seen], method=cv2.RANSAC, ransacReprojThreshold=_RANSAC_PX, maxIters=_RANSAC_ROUNDS
        )
        if found is None or agree.sum() < max(_FEWEST, _LEAST_SHARE * len(self._corners)):
            return None
        return np.asarray(found, np.float64)
