"""Similarities between pictures, kept in units (see `pictures.UNITS_WIDE`) and turned into OpenCV's pixel indices only when warping."""

import numpy as np
from numpy.typing import NDArray

from vision.detectors.pictures import Matrix

IDENTITY: Matrix = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def squared(matrix: Matrix) -> NDArray[np.float64]:
    """2×3 → 3×3."""
    return np.vstack([matrix, [0.0, 0.0, 1.0]])


def pixels_to_units(scale_x: float, scale_y: float, left: float = 0.0, top: float = 0.0) -> NDArray[np.float64]:
    """3×3 from a pixel's index to its centre in units: pixels are `scale` units wide and the first begins at (left, top)."""
    return np.array([[scale_x, 0.0, left + scale_x / 2], [0.0, scale_y, top + scale_y / 2], [0.0, 0.0, 1.0]])


def is_plausible(matrix: Matrix, *, scale: tuple[float, float] = (0.9, 1.1), turn: float = 8.0) -> bool:
    """Whether a fixed camera can have moved so: size within `scale`, turned by at most `turn` degrees."""
    size = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    angle = float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))
    return scale[0] < size < scale[1] and abs(angle) <= turn


def movement(matrix: Matrix, other: Matrix, width: float, height: float) -> float:
    """Largest distance in units between where the two matrices put a picture's corners."""
    corners = np.array([[0.0, 0.0, 1.0], [width, 0.0, 1.0], [0.0, height, 1.0], [width, height, 1.0]])
    return float(np.linalg.norm(corners @ (matrix - other).T, axis=1).max())
