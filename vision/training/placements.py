"""How a part can lie: drawn at random, right ones within the tolerance, wrong ones from the smallest error upwards."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Fault(StrEnum):
    """What is wrong with a placement; NONE is a right one."""

    NONE = "none"
    SHIFTED = "shifted"
    TILTED = "tilted"
    TURNED = "turned"
    OTHER = "other"
    SIZE = "size"
    MIRRORED = "mirrored"
    PARTIAL = "partial"


WRONG_COUNTS = {
    Fault.SHIFTED: 30,
    Fault.TILTED: 24,
    Fault.TURNED: 24,
    Fault.OTHER: 24,
    Fault.SIZE: 6,
    Fault.MIRRORED: 6,
    Fault.PARTIAL: 6,
}
RIGHT_COUNT = 100
_QUARTERS, _EIGHTHS = (90.0, 180.0, 270.0), (135.0, 225.0, 315.0)
TURNS = _QUARTERS + _EIGHTHS
"""Degrees by which a part is turned; most often by quarters."""

_TILT_PER_UNIT = 8.0 / 9.5
_TOLERANCE_TILT_PER_UNIT = 4.5 / 5.0
"""The angles of the recipe belong to its tolerance of 5 and smallest error of 9.5 units, and grow with them."""
_LARGEST_TILT = 45.0
_WORST_SHARE = 0.45
"""Largest taught shift, as a share of the part's shorter side: beyond, it is easy."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Lengths in pixels of the crop, angles in degrees, about the part's centre. `mirror`: "" | "x" | "y"."""

    fault: Fault = Fault.NONE
    right: float = 0.0
    down: float = 0.0
    turn: float = 0.0
    size: float = 1.0
    mirror: str = ""

    def matrix(self, centre: tuple[float, float]) -> NDArray[np.float64]:
        """2×3 from the taught place to this one, in pixel indices."""
        angle = np.radians(self.turn)
        cos, sin = self.size * np.cos(angle), self.size * np.sin(angle)
        turn = np.array([[cos, sin], [-sin, cos]])
        if self.mirror:
            turn = turn @ np.diag([-1.0, 1.0] if self.mirror == "x" else [1.0, -1.0])
        middle = np.array(centre)
        return np.column_stack([turn, middle - turn @ middle + [self.right, self.down]])


@dataclass(frozen=True, slots=True)
class Limits:
    """Shift in pixels of the crop that is still right, the smallest that is wrong, and the part's shorter side."""

    tolerance: float
    smallest_error: float
    shorter_side: float
    units_per_pixel: float

    @property
    def tilt_tolerance(self) -> float:
        return self.tolerance * self.units_per_pixel * _TOLERANCE_TILT_PER_UNIT

    @property
    def smallest_tilt(self) -> float:
        return min(self.smallest_error * self.units_per_pixel * _TILT_PER_UNIT, _LARGEST_TILT / 2)


def _aside(fault: Fault, rng: np.random.Generator, distance: float, *, turn: float = 0.0, size: float = 1.0, mirror: str = "") -> Placement:
    """A placement whose centre lies that far away in any direction."""
    angle = rng.uniform(0, 2 * np.pi)
    return Placement(fault, float(distance * np.cos(angle)), float(distance * np.sin(angle)), turn, size, mirror)


def draw(fault: Fault, limits: Limits, rng: np.random.Generator) -> Placement:
    """A placement with that fault; small errors are drawn more often than large ones, because they are the hard ones."""
    unit = 1 / limits.units_per_pixel
    match fault:
        case Fault.NONE:
            turn = rng.uniform(-limits.tilt_tolerance, limits.tilt_tolerance)
            return _aside(fault, rng, limits.tolerance * np.sqrt(rng.random()), turn=turn)
        case Fault.SHIFTED:
            worst = max(limits.smallest_error + 4 * unit, _WORST_SHARE * limits.shorter_side)
            distance = limits.smallest_error + (worst - limits.smallest_error) * rng.random() ** 1.5
            return _aside(fault, rng, distance, turn=rng.uniform(-2, 2))
        case Fault.TILTED:
            tilt = limits.smallest_tilt + (_LARGEST_TILT - limits.smallest_tilt) * rng.random() ** 1.5
            return _aside(fault, rng, rng.uniform(0, 4 * unit), turn=tilt * float(rng.choice([-1, 1])))
        case Fault.TURNED:
            turn = float(rng.choice(_QUARTERS if rng.random() < 0.8 else _EIGHTHS)) + rng.uniform(-3, 3)
            return _aside(fault, rng, rng.uniform(0, 4 * unit), turn=turn)
        case Fault.SIZE:
            return Placement(fault, size=rng.uniform(0.55, 0.85) if rng.random() < 0.6 else rng.uniform(1.2, 1.5))
        case Fault.MIRRORED:
            return _aside(fault, rng, rng.uniform(0, 3 * unit), mirror=str(rng.choice(["x", "y"])))
        case Fault.OTHER:
            return _aside(fault, rng, rng.uniform(0, 6 * unit), turn=rng.uniform(-15, 15))
        case Fault.PARTIAL:
            return Placement(fault)
