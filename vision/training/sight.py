"""Where a step's network will look: the reference picture, the part that changes, and the region around it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import cv2
import numpy as np

from vision.detectors.geometry import IDENTITY, movement, pixels_to_units, squared
from vision.detectors.part import outline_mask
from vision.detectors.pictures import UNITS_WIDE, Matrix, Picture
from vision.detectors.region import Region
from vision.detectors.registration import NothingToHoldOnTo, Registration
from vision.training.change import Mask, as_units, find_change, hull, outline, region_around, square
from vision.training.checks import check_picture, check_seen, is_black, name_of
from vision.training.errors import TrainingError
from vision.training.lesson import LabelKind, StepData, TaughtLabel
from vision.training.light import Floats

SMALL_INPUT, WHOLE_INPUT = 112, 224
"""Side of the network's picture: of a region, and of the whole frame when no region is found."""
_EVERY = 3
"""Of a recording's pictures the means are made of: enough to take noise out, cheap to lay onto each other."""
_PLACES_EVERY = 5
_STILL = 1.5
"""Units a camera may move within a recording and still be taken for still."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Pictures of one pixel a unit. `masks`: right label → where it differs from the start; empty when no change of place was found."""

    reference: Picture
    registration: Registration | None
    region: Region
    input_size: int
    masks: dict[str, Mask]

    @property
    def part(self) -> Mask | None:
        """All masks in one hull."""
        return hull(np.maximum.reduce(list(self.masks.values()))) if self.masks else None

    def places(self, recording: Sequence[Picture], pool: ThreadPoolExecutor) -> list[Matrix]:
        """One matrix a picture; a still camera's is the median over a few, because a single one trembles."""
        if self.registration is None:
            return [IDENTITY] * len(recording)
        tried = pool.map(self._place, repeat(recording), range(0, len(recording), _PLACES_EVERY))
        found = [matrix for matrix in tried if matrix is not None]
        if not found:
            return [IDENTITY] * len(recording)
        middle: Matrix = np.median(found, 0)
        if max(movement(each, middle, UNITS_WIDE, self.reference.shape[0]) for each in found) <= 2 * _STILL:
            return [middle] * len(recording)
        each = pool.map(self._place, repeat(recording), range(len(recording)))
        return [middle if matrix is None else matrix for matrix in each]

    def _place(self, recording: Sequence[Picture], index: int) -> Matrix | None:
        """By its number, so that a picture is decoded in the thread that looks at it."""
        return self.registration.matrix(recording[index]) if self.registration else IDENTITY


def find_sight(data: StepData, drawn: tuple[float, float, float, float] | None, pool: ThreadPoolExecutor) -> Sight:
    """Compare START with every right label. `drawn` is x, y, width, height, each 0..1. Raises TrainingError."""
    start_id, start = next((label, each) for label, each in data.labels.items() if each.kind is LabelKind.START)
    first = start.recordings[0][len(start.recordings[0]) // 2]
    rough = _registration(first, None, start)
    start_mean = _mean(rough, start, first, name_of(start_id, start), pool)
    within = _drawn_mask(drawn, start_mean) if drawn else None
    masks = {}
    for label, taught in data.labels.items():
        if taught.kind is LabelKind.CORRECT:
            mask = find_change(start_mean, _mean(rough, taught, first, name_of(label, taught), pool), within)
            if mask is not None:
                masks[label] = mask
    reference = np.asarray(np.clip(start_mean, 0, 255), np.uint8)
    region, size = _region(masks, within, start_mean.shape[0])
    part = outline_mask(outline(np.maximum.reduce(list(masks.values()))), reference.shape) if masks else None
    registration = _registration(reference, part, start) if rough else None
    return Sight(reference, registration, region, size, masks)


def _registration(reference: Picture, part: Mask | None, start: TaughtLabel) -> Registration | None:
    """None for a picture without corners, such as a bare table whose only corners are noise, so that the start's own pictures do not
    fit: then the camera must stand still."""
    try:
        registration = Registration(reference, part)
    except NothingToHoldOnTo:
        return None
    frames = start.recordings[0][::_PLACES_EVERY]
    return registration if 2 * sum(registration.matrix(frame) is not None for frame in frames) > len(frames) else None


def _mean(registration: Registration | None, taught: TaughtLabel, first: Picture, name: str, pool: ThreadPoolExecutor) -> Floats:
    """Mean of a label's pictures, each laid onto the reference, one pixel a unit."""
    black: list[int] = []

    def lay(recording: Sequence[Picture], index: int) -> Picture | None:
        frame = recording[index]
        check_picture(frame, first.shape[:2], name)
        if is_black(frame):
            black.append(index)
            return None
        matrix = registration.matrix(frame) if registration else IDENTITY
        return None if matrix is None else _laid(frame, matrix)

    total = np.zeros(as_units(first).shape, np.float32)
    count, seen = 0, 0
    for recording in taught.recordings:
        for laid in pool.map(lay, repeat(recording), range(0, len(recording), _EVERY)):
            seen += 1
            if laid is not None:
                total += laid
                count += 1
    check_seen(len(black), seen, name)
    if 2 * count < seen - len(black):
        raise TrainingError(f"The pictures of {name} show another place than the start. Record all labels from one camera place.")
    return np.asarray(total / count, np.float32)


def _laid(frame: Picture, matrix: Matrix) -> Picture:
    units = as_units(frame)
    index = pixels_to_units(1.0, 1.0)
    warp = (np.linalg.inv(index) @ squared(matrix) @ index)[:2]
    size = (units.shape[1], units.shape[0])
    return np.asarray(cv2.warpAffine(units, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), np.uint8)


def _drawn_mask(drawn: tuple[float, float, float, float], picture: Floats) -> Mask:
    rows, columns = picture.shape[:2]
    x, y, width, height = drawn
    mask = np.zeros((rows, columns), np.uint8)
    mask[round(y * rows) : round((y + height) * rows), round(x * columns) : round((x + width) * columns)] = 255
    if not mask.any():
        raise TrainingError("The drawn region is empty. Draw it again, or leave it out.")
    return mask


def _region(masks: dict[str, Mask], within: Mask | None, high: int) -> tuple[Region, int]:
    """A drawn region counts as it was drawn, made square; else the part's surroundings; else the whole picture."""
    if within is not None:
        ys, xs = np.nonzero(within)
        centre = (float(xs.min() + xs.max() + 1) / 2, float(ys.min() + ys.max() + 1) / 2)
        return square(centre, float(max(np.ptp(xs), np.ptp(ys)) + 1), float(high)), SMALL_INPUT
    if masks:
        return region_around(np.maximum.reduce(list(masks.values()))), SMALL_INPUT
    return Region(0.0, 0.0, UNITS_WIDE, float(high)), WHOLE_INPUT
