"""Where a step changes the picture: the part's place, found by comparing START with CORRECT."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detectors.pictures import UNITS_WIDE, Picture
from vision.detectors.region import Region
from vision.training.light import Floats, apply_light, fit_light

Mask = NDArray[np.uint8]
"""640 units wide, one pixel a unit, 0 or 255."""

_SMALL_WIDE = 160
_LEAST_CHANGE = 10.0
"""Grey levels: below, a difference is noise or compression."""
_PIECE_SHARE, _PIECE_REACH = 0.2, 0.5
"""A piece of the part has this share of its area at least, and lies no further from it than this share of its long side."""
_SECOND_SHARE = 0.5
"""Something changed elsewhere belongs to the step when it changed so much, in grey levels over its area, as a share of the part. Less is
an earlier part that lies a little differently in the two recordings: only its edges changed."""
_LARGEST_SHARE = 0.6
"""A change over more of the picture than this is the light or the camera, not a part."""
_SMALLEST_SIDE, _AROUND = 96.0, 1.7
_BORDER = 24.0


def find_change(start: Floats, correct: Floats, within: Mask | None = None) -> Mask | None:
    """Convex hull of what differs between two mean pictures (one pixel a unit) once their light is matched; None when nothing does."""
    difference = _difference(start, correct)
    if within is not None:
        difference = np.asarray(difference * (within > 0), np.float32)
    middle = float(np.median(difference))
    noise = middle + 1.48 * float(np.median(np.abs(difference - middle)))
    threshold = max(_LEAST_CHANGE, 6 * noise, 0.22 * float(np.quantile(difference, 0.998)))
    changed = (difference > threshold).astype(np.uint8)
    changed = np.asarray(cv2.morphologyEx(changed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    closed = cv2.morphologyEx(changed, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    count, numbers, facts, _ = cv2.connectedComponentsWithStats(closed)
    if count < 2:
        return None
    weights = np.bincount(numbers.ravel(), (difference * changed).ravel(), count)[1:]
    mask = hull(np.asarray(np.isin(numbers, _of_the_step(facts[1:], weights)) * 255, np.uint8))
    return mask if float((mask > 0).mean()) < _LARGEST_SHARE else None


def _of_the_step(facts: NDArray[Any], weights: NDArray[Any]) -> list[int]:
    """Numbers (from 1) of the components that the step has changed: the heaviest, its pieces, and what weighs nearly as much.

    `facts` is components × OpenCV's statistics, `weights` the grey levels that each changed by, summed over its area.
    """
    areas = facts[:, cv2.CC_STAT_AREA]
    part = int(weights.argmax())
    left, top, width, height = (facts[:, column] for column in (cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP, cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT))
    aside = np.maximum(left - left[part] - width[part], left[part] - left - width)
    above = np.maximum(top - top[part] - height[part], top[part] - top - height)
    is_near = np.maximum(aside, above) <= _PIECE_REACH * max(width[part], height[part])
    is_piece = is_near & (areas >= _PIECE_SHARE * areas[part])
    return [int(number) + 1 for number in np.flatnonzero(is_piece | (weights >= _SECOND_SHARE * weights[part]))]


def _difference(start: Floats, correct: Floats) -> Floats:
    """Largest difference over the channels, start's light laid onto correct's, a little smoothed."""
    size = (_SMALL_WIDE, round(_SMALL_WIDE * start.shape[0] / start.shape[1]))
    small_start, small_correct = (np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.float32) for each in (start, correct))
    light = fit_light(small_start, small_correct, np.ones(size[::-1], np.float32), rounds=5)
    difference = np.abs(apply_light(start, light) - correct).max(2)
    return np.asarray(cv2.GaussianBlur(difference, (0, 0), 1.2), np.float32)


def outline(mask: Mask) -> tuple[tuple[float, float], ...]:
    """Corners of the mask's convex hull, in units."""
    points = np.argwhere(mask > 0)[:, ::-1].astype(np.int32)
    return tuple((float(x), float(y)) for x, y in cv2.convexHull(points)[:, 0])


def hull(mask: Mask) -> Mask:
    """The mask's convex hull, filled."""
    filled = np.zeros_like(mask)
    cv2.fillConvexPoly(filled, np.array(outline(mask), np.int32), 255)
    return filled


def region_around(mask: Mask) -> Region:
    """A square with room around the mask, moved into the picture where it fits."""
    ys, xs = np.nonzero(mask)
    long = float(max(np.ptp(xs), np.ptp(ys)))
    high = float(mask.shape[0])
    side = max(_SMALLEST_SIDE, min(_AROUND * long, max(high, long + _BORDER)))
    return square((float(xs.min() + xs.max()) / 2, float(ys.min() + ys.max()) / 2), side, high)


def square(centre: tuple[float, float], side: float, high: float) -> Region:
    """A square around a place, moved into a picture of `high` units where it fits."""
    left, top = (
        float(np.clip(middle - side / 2, 0, extent - side)) if side <= extent else middle - side / 2
        for middle, extent in zip(centre, (UNITS_WIDE, high), strict=True)
    )
    return Region(left, top, side, side)


def as_units(picture: Picture) -> Picture:
    """The picture with one pixel a unit."""
    if picture.shape[1] == UNITS_WIDE:
        return picture
    size = (int(UNITS_WIDE), round(UNITS_WIDE * picture.shape[0] / picture.shape[1]))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
