"""Pictures that nobody recorded: the part taken off, and put back right or wrong.

Right and wrong ones are pasted the same way, so that a seam tells nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from vision.detectors.part import widened
from vision.detectors.pictures import Picture
from vision.training.change import Mask
from vision.training.light import Floats, apply_light, fit_light
from vision.training.placements import Fault, Limits, Placement, draw
from vision.training.symmetry import Symmetry

_ERASE = 6.0
"""Units around the part that are erased with it."""
_FIT_AROUND = 12.0
_FITTED = 56
"""Pixels across of the pictures that light is fitted on."""
_EDGES = (-3, -2, -1, 0, 1, 2)
"""Pixels by which the cut-out is larger than the mask: the rim of background that moves with a part must not be what tells a
wrong placement, so it is sometimes there and sometimes not."""
_TRIES = 4
"""Draws for each wanted variant before a fault is taken for one that cannot be seen (a round part turned)."""
_SHADOW_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class PartView:
    """The part in crops of one size: its mask, crops without and with it, and whole pictures to take other texture from."""

    mask: Mask
    without: Sequence[Picture]
    present: Sequence[Picture]
    textures: Sequence[Picture]
    pixels_per_unit: float


class Compositor:
    """Makes variants of one right placement. `tolerance` and `smallest_error` in units."""

    def __init__(self, view: PartView, tolerance: float, smallest_error: float) -> None:
        self._view, pixels = view, view.pixels_per_unit
        ys, xs = np.nonzero(view.mask)
        self._centre = (float(xs.min() + xs.max()) / 2, float(ys.min() + ys.max()) / 2)
        self._width, self._height = int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1
        shorter = float(min(self._width, self._height))
        self._limits = Limits(tolerance * pixels, smallest_error * pixels, shorter, 1 / pixels)
        erase = cv2.GaussianBlur(widened(view.mask, _ERASE * pixels), (7, 7), 0)
        self._erase = np.asarray(erase, np.float32)[..., None] / 255
        self._empty = self._relit_empty()
        self._cutouts = [_soft(_resized(view.mask, edge)) for edge in _EDGES]
        self._symmetry = Symmetry(view.present[0], self._empty[0], view.mask, pixels)

    def right(self, rng: np.random.Generator) -> Picture:
        """The part within the tolerance."""
        return self._paste(draw(Fault.NONE, self._limits, rng), rng)

    def wrong(self, fault: Fault, rng: np.random.Generator) -> Picture | None:
        """The part with a fault; None when this part looks the same with it, as a round one does when turned."""
        for _ in range(_TRIES):
            placement = draw(fault, self._limits, rng)
            if self.shows(placement):
                return self._paste(placement, rng)
        return None

    def shows(self, placement: Placement) -> bool:
        """Whether this part's placement can be told from the taught one by looking."""
        return self._symmetry.shows(placement)

    def _relit_empty(self) -> list[Floats]:
        """Crops without the part, in the light of those with it; light is constant inside a recording, so one fit serves all."""
        view = self._view
        around = widened(view.mask, _FIT_AROUND * view.pixels_per_unit)
        for outside in (around, view.mask):
            weights = (_small(outside) < 8).astype(np.float32)
            if weights.mean() >= 0.1:
                break
        means = [_small(np.asarray(np.mean(np.stack(crops), 0), np.float32)) for crops in (view.without, view.present)]
        light = fit_light(means[0], means[1], weights)
        return [apply_light(crop, light) for crop in view.without]

    def _paste(self, placement: Placement, rng: np.random.Generator) -> Picture:
        present = _any_of(self._view.present, rng).astype(np.float32)
        empty = _any_of(self._empty, rng)
        base = present + (empty - present) * self._erase
        source, cutout = present, _any_of(self._cutouts, rng)
        if placement.fault is Fault.OTHER:
            source, cutout = self._other_part(present, rng)
        elif placement.fault is Fault.PARTIAL:
            cutout = cutout * self._half_plane(rng)
        moved, where = self._moved(source, cutout, placement)
        if rng.random() < _SHADOW_SHARE:
            base *= 1 - self._shadow(where, rng)
        base += (moved - base) * where[..., None]
        return np.asarray(np.clip(base, 0, 255), np.uint8)

    def _moved(self, source: Floats, cutout: Floats, placement: Placement) -> tuple[Floats, Floats]:
        matrix, size = placement.matrix(self._centre), cutout.shape[::-1]
        moved = cv2.warpAffine(source, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        where = cv2.warpAffine(cutout, matrix, size, flags=cv2.INTER_LINEAR)
        return np.asarray(moved, np.float32), np.asarray(where, np.float32)

    def _half_plane(self, rng: np.random.Generator) -> Floats:
        """1 on one side of a line near the centre, 0 on the other: a part that is only half there."""
        angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.2, 0.2) * self._limits.shorter_side
        y, x = np.mgrid[0 : self._view.mask.shape[0], 0 : self._view.mask.shape[1]].astype(np.float32)
        beyond = (x - self._centre[0]) * np.cos(angle) + (y - self._centre[1]) * np.sin(angle) - offset
        return np.asarray(np.clip(0.5 - beyond / 2, 0, 1), np.float32)

    def _other_part(self, present: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Texture from elsewhere in the picture, in another outline and often another colour, at the part's place."""
        rows, columns = self._view.mask.shape
        texture = _any_of(self._view.textures, rng)
        wide = int(np.clip(self._width * rng.uniform(0.4, 1.3), 6, min(columns, texture.shape[1] - 1)))
        high = int(np.clip(self._height * rng.uniform(0.4, 1.3), 6, min(rows, texture.shape[0] - 1)))
        x, y = rng.integers(0, texture.shape[1] - wide), rng.integers(0, texture.shape[0] - high)
        patch = _recoloured(texture[y : y + high, x : x + wide].astype(np.float32), rng)
        shape = np.zeros((high, wide), np.uint8)
        if rng.random() < 0.6:
            shape[1:-1, 1:-1] = 255
        else:
            cv2.ellipse(shape, (wide // 2, high // 2), (wide // 2 - 1, high // 2 - 1), 0, 0, 360, 255, -1)
        left = int(np.clip(self._centre[0] - wide / 2, 0, columns - wide))
        top = int(np.clip(self._centre[1] - high / 2, 0, rows - high))
        source, cutout = present.copy(), np.zeros((rows, columns), np.uint8)
        source[top : top + high, left : left + wide] = patch
        cutout[top : top + high, left : left + wide] = shape
        return source, _soft(cutout)

    @staticmethod
    def _shadow(where: Floats, rng: np.random.Generator) -> Floats:
        soft = np.asarray(cv2.GaussianBlur(where, (11, 11), 0), np.float32)
        aside = (int(rng.integers(-4, 5)), int(rng.integers(-4, 5)))
        return np.asarray(np.roll(soft, aside, (0, 1)) * rng.uniform(0.05, 0.3), np.float32)[..., None]


def _any_of(choices: Sequence[Any], rng: np.random.Generator) -> Any:
    return choices[int(rng.integers(len(choices)))]


def _small(picture: Picture | Floats | Mask) -> Floats:
    return np.asarray(cv2.resize(picture, (_FITTED, _FITTED), interpolation=cv2.INTER_AREA), np.float32)


def _resized(mask: Mask, edge: int) -> Mask:
    """Wider, or narrower while something is left."""
    if edge >= 0:
        return widened(mask, edge)
    narrow = np.asarray(cv2.erode(mask, np.ones((1 - 2 * edge, 1 - 2 * edge), np.uint8)), np.uint8)
    return narrow if 2 * int(narrow.sum()) > int(mask.sum()) else mask


def _soft(mask: Mask) -> Floats:
    """0 to 1, its edge three pixels soft."""
    soft = np.asarray(cv2.GaussianBlur(mask, (3, 3), 0), np.float32)
    return np.asarray(soft / np.float32(255), np.float32)


def _recoloured(patch: Floats, rng: np.random.Generator) -> Floats:
    chance = rng.random()
    if chance < 0.25:
        return np.asarray(patch * rng.uniform(0.4, 1.4, 3), np.float32)
    if chance < 0.4:
        return np.asarray(patch * 0.25 + rng.uniform(20, 230, 3) * 0.75, np.float32)
    return np.asarray(patch[..., rng.permutation(3)] if chance < 0.5 else patch, np.float32)
