"""What a picture is in this room, and the one unit in which places in it are given."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Height × width × 3, blue green red, 0..255."""

Matrix = NDArray[np.float64]
"""2×3, a similarity between two pictures in units (see UNITS_WIDE)."""

UNITS_WIDE = 640.0
"""A place in a picture is given in units: its width is 640 whatever the camera's resolution, so a tolerance in pixels of a
640-wide picture means the same on every camera. Coordinates are continuous: the first pixel reaches from 0 to its width."""


def units_high(shape: Sequence[int]) -> float:
    """Height in units of a picture of that shape (height, width, …)."""
    return UNITS_WIDE * shape[0] / shape[1]
