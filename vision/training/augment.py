"""The same moment under other light, from a camera that trembles: one crop becomes many."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detectors.pictures import Picture
from vision.detectors.region import to_size
from vision.training.lesson import Augmentation
from vision.training.light import slopes

_BLUR_SHARE = 0.5
_NOISE_BANK = 1 << 20


class Augmenter:
    """Varies crops whose units are `pixels_per_unit` wide into pictures of size × size."""

    def __init__(self, ranges: Augmentation, size: int, pixels_per_unit: float, rng: np.random.Generator) -> None:
        self._ranges, self._size, self._pixels = ranges, size, pixels_per_unit
        self._noise: NDArray[np.float32] = rng.standard_normal(_NOISE_BANK, np.float32)
        """Drawn once, read from anywhere: drawing 37,000 normal values for each picture would cost more than the network."""

    def vary(self, crop: Picture, rng: np.random.Generator) -> Picture:
        """One other picture of the same place."""
        return self._relit(to_size(self._moved(crop, rng), self._size), rng)

    def _moved(self, crop: Picture, rng: np.random.Generator) -> Picture:
        rows, columns = crop.shape[:2]
        ranges = self._ranges
        turn, zoom = rng.uniform(-ranges.turn, ranges.turn), 1 + rng.uniform(-ranges.zoom, ranges.zoom)
        matrix = np.asarray(cv2.getRotationMatrix2D((columns / 2, rows / 2), turn, zoom), np.float64)
        matrix[:, 2] = matrix[:, 2] + rng.uniform(-1, 1, 2) * ranges.shift * self._pixels
        return np.asarray(cv2.warpAffine(crop, matrix, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), np.uint8)

    def _relit(self, picture: Picture, rng: np.random.Generator) -> Picture:
        ranges, size = self._ranges, self._size
        gamma = np.exp(rng.uniform(-ranges.gamma, ranges.gamma))
        gain = np.exp(rng.uniform(*ranges.gain) + rng.uniform(-ranges.colour, ranges.colour, 3))
        table = 255 * (np.arange(256) / 255)[:, None] ** gamma * gain
        lit = np.asarray(cv2.LUT(picture, table.astype(np.float32)[None]), np.float32)
        angle, steepness = rng.uniform(0, 2 * np.pi), rng.uniform(0, ranges.gradient)
        x, y = slopes(size, size)
        lit *= (1 + np.float32(steepness) * (np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y))[..., None]
        if rng.random() < _BLUR_SHARE:
            lit = np.asarray(cv2.GaussianBlur(lit, (0, 0), rng.uniform(*ranges.blur)), np.float32)
        begin = int(rng.integers(0, _NOISE_BANK - lit.size))
        lit += np.float32(rng.uniform(0, ranges.noise)) * self._noise[begin : begin + lit.size].reshape(lit.shape)
        return np.clip(lit, 0, 255, out=lit).astype(np.uint8)
