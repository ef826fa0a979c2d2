"""How much two pictures of one place differ, apart from their light."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.activity.steady import Grey

Cells = NDArray[np.float32]
Mask = NDArray[np.bool_]
"""One value a cell of CELL × CELL pixels of the small picture."""

CELL = 4
_BOX = (7, 7)
"""Neighbourhood that shares one light: small enough that a shadow's soft edge is nearly plain in it."""
_GAIN = 1.35
"""Local gain may differ from the whole picture's by this factor; more is another thing, not another light."""
_QUIETEST = 1.0
"""Variance (grey levels²) that counts as noise of the stillest camera: pictures are whole numbers."""


@dataclass(frozen=True)
class Moments:
    """A picture with its local mean and variance, made once and compared twice.

    `contrast`: mean squared slope a cell, (grey levels/pixel)²: what an error of registration makes of a picture.
    """

    grey: Grey
    mean: Grey
    variance: Grey
    contrast: Cells


def moments(grey: Grey) -> Moments:
    """Mean, variance and contrast of each pixel's neighbourhood."""
    mean = np.asarray(cv2.blur(grey, _BOX), np.float32)
    variance = np.maximum(cv2.blur(grey * grey, _BOX) - mean * mean, 0)
    return Moments(grey, mean, np.asarray(variance, np.float32), _contrast(grey))


def difference(now: Moments, then: Moments) -> Cells:
    """Variance a cell (grey levels²) that no local gain and offset explain: var(now − g·then) over the neighbourhood of each pixel.

    g is the regression of now on then, held near the gain of the whole picture, so that a thing that came or went is no light.
    """
    covariance = cv2.blur(now.grey * then.grey, _BOX) - now.mean * then.mean
    overall = float(np.sqrt((now.variance.mean() + _QUIETEST) / (then.variance.mean() + _QUIETEST)))
    gain = np.clip(covariance / (then.variance + _QUIETEST), overall / _GAIN, overall * _GAIN)
    left = now.variance - 2 * gain * covariance + gain * gain * then.variance
    return to_cells(np.maximum(left, 0).astype(np.float32))


def _contrast(grey: Grey) -> Cells:
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=1 / 8)
    return to_cells(cv2.blur(across * across + down * down, _BOX).astype(np.float32))


def to_cells(values: Grey) -> Cells:
    """Mean a cell."""
    rows, columns = values.shape
    size = (columns // CELL, rows // CELL)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


class Noise:
    """The variance that a still scene shows, learnt while watching: of the whole picture, and more of it where it is restless."""

    _FORGET_S = 8.0
    _RESTLESS = 4.0
    """A place may be so many times as noisy as the picture; with more, slow work would be learnt as noise."""

    def __init__(self) -> None:
        self._places: Cells | None = None

    def level(self, different: Cells) -> Cells:
        """Noise of every cell in this picture; half of a picture stands still, so its median is noise."""
        usual = max(_QUIETEST, float(np.median(different)))
        if self._places is None:
            self._places = np.full_like(different, usual)
        return np.clip(self._places, usual, self._RESTLESS * usual)

    def learn(self, different: Cells, moving: Mask, elapsed_s: float) -> None:
        """Takes what was still as noise."""
        if self._places is not None:
            rate = min(1.0, elapsed_s / self._FORGET_S)
            self._places += rate * np.where(moving, 0, different - self._places)
