"""The part of a picture that a step's network looks at, cut out of a frame of any resolution the same way in training and at run time."""

from dataclasses import dataclass

import cv2
import numpy as np

from vision.detectors.geometry import pixels_to_units, squared
from vision.detectors.pictures import UNITS_WIDE, Matrix, Picture

_SHRINK_FROM = 168
"""Pixels across of a cut-out that is not shrunk first; above twice as many a warp would skip pixels and be slow."""
_MARGIN_PX = 2


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of the reference picture in units; it may reach over the picture's edge."""

    left: float
    top: float
    width: float
    height: float

    def normalised(self, high: float) -> tuple[float, float, float, float]:
        """x, y, width, height, each 0..1, of the piece inside a picture of `high` units."""
        left, right = max(0.0, self.left), min(UNITS_WIDE, self.left + self.width)
        top, bottom = max(0.0, self.top), min(high, self.top + self.height)
        return left / UNITS_WIDE, top / high, (right - left) / UNITS_WIDE, (bottom - top) / high


def cut_out(frame: Picture, matrix: Matrix, region: Region, least: int) -> Picture:
    """The region, upright, at about the frame's own resolution and at least `least` pixels across. `matrix` lays the frame
    onto the reference (units)."""
    per_pixel = UNITS_WIDE / frame.shape[1]
    across = min(region.width, region.height) / per_pixel
    shrink = max(1, int(across // _SHRINK_FROM))
    scale = max(least / min(region.width, region.height), 1 / (per_pixel * shrink))
    columns, rows = round(region.width * scale), round(region.height * scale)
    target = pixels_to_units(region.width / columns, region.height / rows, region.left, region.top)
    to_frame = np.linalg.inv(squared(matrix)) @ target
    x0, y0, piece = _piece(frame, to_frame, columns, rows, shrink, per_pixel)
    source = pixels_to_units(per_pixel * shrink, per_pixel * shrink, x0 * per_pixel, y0 * per_pixel)
    warp = (np.linalg.inv(source) @ to_frame)[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(piece, warp, (columns, rows), flags=flags, borderMode=cv2.BORDER_REFLECT), np.uint8)


def network_input(frame: Picture, matrix: Matrix, region: Region, size: int) -> Picture:
    """The region as the size × size picture that a step's network takes."""
    return to_size(cut_out(frame, matrix, region, size), size)


def to_size(cut: Picture, size: int) -> Picture:
    """The one resize of training and run time: with another one the network sees other textures and refuses everything."""
    if cut.shape[:2] == (size, size):
        return cut
    return np.asarray(cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def _piece(frame: Picture, to_frame: Matrix, columns: int, rows: int, shrink: int, per_pixel: float) -> tuple[int, int, Picture]:
    """The frame's rectangle around the region, shrunk by a whole factor, with its corner in pixels: nothing else is touched."""
    corners = np.array([[x, y, 1.0] for x in (-0.5, columns - 0.5) for y in (-0.5, rows - 0.5)]) @ to_frame[:2].T / per_pixel
    margin = _MARGIN_PX * shrink
    x0, y0 = (max(0, int(low) - margin) for low in corners.min(0))
    x1, y1 = (int(high) + margin + 1 for high in corners.max(0))
    x0, y0 = min(x0, frame.shape[1] - shrink), min(y0, frame.shape[0] - shrink)
    piece = frame[y0 : max(y1, y0 + shrink), x0 : max(x1, x0 + shrink)]
    if shrink == 1:
        return x0, y0, piece
    high, wide = piece.shape[0] // shrink, piece.shape[1] // shrink
    small = cv2.resize(piece[: high * shrink, : wide * shrink], (wide, high), interpolation=cv2.INTER_AREA)
    return x0, y0, np.asarray(small, np.uint8)
