"""Which ways of lying look the same for a part: a disc turned, a square by a quarter. They must not be taught as wrong."""

from functools import cached_property

import cv2
import numpy as np

from vision.detectors.pictures import Picture
from vision.training.change import Mask
from vision.training.light import Floats, slopes
from vision.training.placements import TURNS, Fault, Placement

_SIDE = 56
"""Pixels across of the pictures that are compared: small, so that a seam, noise and fine texture do not count."""
_BLUR = 0.7
_SAME_SHIFT = 1.5
"""Units: a variant that differs no more from the taught placement than a shift of so much looks the same."""
_OFFSETS = [(x, y) for x in (-3.0, -1.5, 0.0, 1.5, 3.0) for y in (-3.0, -1.5, 0.0, 1.5, 3.0)]
"""Units in which a variant is also tried: the outline's middle is not exactly the part's."""
_HOPELESS = 3.0
"""Times the threshold: a variant so different is not tried at other offsets."""
_TILTS = np.arange(6.0, 46.0, 6.0)
_TERMS = 4


class Symmetry:
    """Compares variants of a part, pasted into `empty`, with `present` (crops of one size), light and shading taken out."""

    def __init__(self, present: Picture, empty: Floats, mask: Mask, pixels_per_unit: float) -> None:
        self._present, self._empty = (_small(each) for each in (present, empty))
        self._mask = np.asarray(cv2.resize(mask, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)
        self._inside = self._mask > (0.9 if (self._mask > 0.9).any() else 0.3)
        self._x, self._y = (slope[self._inside][:, None] for slope in slopes(_SIDE, _SIDE))
        ys, xs = np.nonzero(self._mask > 0.5) if (self._mask > 0.5).any() else np.nonzero(self._mask)
        self._centre = (float(xs.min() + xs.max()) / 2, float(ys.min() + ys.max()) / 2)
        self._unit = pixels_per_unit * _SIDE / mask.shape[0]

    def shows(self, placement: Placement) -> bool:
        """Whether a turned, tilted or mirrored part can be told from the taught placement; the other faults always can."""
        match placement.fault:
            case Fault.TURNED:
                nearest = min(TURNS, key=lambda turn: abs(turn - placement.turn))
                return nearest not in self._same_turns
            case Fault.TILTED:
                return float(_TILTS[np.abs(_TILTS - abs(placement.turn)).argmin()]) not in self._same_tilts
            case Fault.MIRRORED:
                return placement.mirror not in self._same_mirrors
            case _:
                return True

    @cached_property
    def _same_turns(self) -> frozenset[float]:
        return frozenset(turn for turn in TURNS if self._is_same(Placement(turn=turn)))

    @cached_property
    def _same_tilts(self) -> frozenset[float]:
        return frozenset(float(tilt) for tilt in _TILTS if self._is_same(Placement(turn=tilt)) and self._is_same(Placement(turn=-tilt)))

    @cached_property
    def _same_mirrors(self) -> frozenset[str]:
        return frozenset(axis for axis in ("x", "y") if self._is_same(Placement(mirror=axis)))

    @cached_property
    def _threshold(self) -> float:
        reach, angles = _SAME_SHIFT * self._unit, np.arange(8) * np.pi / 4
        shifts = [Placement(right=reach * np.cos(angle), down=reach * np.sin(angle)) for angle in angles]
        return float(np.mean([self._difference(each) for each in shifts]))

    def _is_same(self, placement: Placement) -> bool:
        if self._difference(placement) > _HOPELESS * self._threshold:
            return False
        tried = (Placement(right=x * self._unit, down=y * self._unit, turn=placement.turn, mirror=placement.mirror) for x, y in _OFFSETS)
        return any(self._difference(each) <= self._threshold for each in tried)

    def _difference(self, placement: Placement) -> float:
        """Mean over the part's place of the largest difference of a channel, after the variant's light is laid onto the present one's."""
        matrix = placement.matrix(self._centre)
        moved = np.asarray(cv2.warpAffine(self._present, matrix, (_SIDE, _SIDE), borderMode=cv2.BORDER_REFLECT), np.float32)
        where = np.asarray(cv2.warpAffine(self._mask, matrix, (_SIDE, _SIDE)), np.float32)[self._inside, None]
        empty = self._empty[self._inside]
        variant = empty + (moved[self._inside] - empty) * where
        aim = self._present[self._inside]
        terms = np.stack([variant, variant * self._x, variant * self._y, np.ones_like(variant)], 2).transpose(1, 0, 2)
        squares = np.swapaxes(terms, 1, 2) @ terms + 1e-3 * np.eye(_TERMS, dtype=np.float32)
        light = np.linalg.solve(squares, np.swapaxes(terms, 1, 2) @ aim.T[..., None])
        return float(np.abs((terms @ light)[..., 0] - aim.T).max(0).mean())


def _small(crop: Picture | Floats) -> Floats:
    small = np.asarray(cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), _BLUR), np.float32)
