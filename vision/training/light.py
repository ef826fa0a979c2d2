"""The light of one picture laid onto another: per channel, picture · (a + b·x + c·y) + d, fitted so that single places may differ."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vision.detectors.pictures import Picture

Floats = NDArray[np.float32]
Light = NDArray[np.float32]
"""3 channels × (a, b, c, d/64)."""

_OFFSET_UNIT = 64.0
_TOWARDS_IDENTITY = np.diag([1e-6, 0.01, 0.01, 0.02])
"""How strongly slopes and offset are held at none: a small surface must not be explained by a steep gradient."""
_SATURATED = 250
_GAIN_LIMITS = (0.35, 3.0)


@lru_cache(maxsize=16)
def slopes(rows: int, columns: int) -> tuple[Floats, Floats]:
    """x and y of each pixel, −1 to 1 across the picture."""
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j].astype(np.float32)
    return x, y


def fit_light(picture: Floats, target: Floats, weights: Floats, rounds: int = 3) -> Light:
    """Coefficients that lay `picture`'s light onto `target`'s (both rows × columns × 3, small) where `weights` is not zero.

    Least squares, repeated with Cauchy weights, so that what truly changed does not count.
    """
    x, y = (each.ravel() for each in slopes(*weights.shape))
    fitted = []
    for channel in range(3):
        source, aim = picture[..., channel].ravel(), target[..., channel].ravel()
        terms = np.stack([source, source * x, source * y, np.full_like(source, _OFFSET_UNIT)], 1)
        usable = weights.ravel() * (source < _SATURATED) * (aim < _SATURATED)
        fitted.append(_fit_channel(terms, aim, usable, rounds))
    return np.array(fitted, np.float32)


def _fit_channel(terms: Floats, aim: Floats, usable: Floats, rounds: int) -> NDArray[np.float64]:
    identity = np.array([1.0, 0.0, 0.0, 0.0])
    brightness = float(terms[:, 0].mean())
    ridge = _TOWARDS_IDENTITY * (float(usable.sum()) * brightness**2 + 1)
    weights, best = usable, identity
    for _ in range(rounds):
        weighted = terms * weights[:, None]
        best = np.linalg.solve(weighted.T @ terms + ridge, weighted.T @ aim + ridge @ identity)
        error = np.abs(terms @ best - aim)
        spread = 1.48 * float(np.median(error[usable > 0])) + 1 if (usable > 0).any() else 1.0
        weights = usable / (1 + (error / (2 * spread)) ** 2)
    best[0] = np.clip(best[0], *_GAIN_LIMITS)
    return np.asarray(best)


def apply_light(picture: Picture | Floats, light: Light) -> Floats:
    """The picture in the other light; float, not clipped."""
    x, y = slopes(*picture.shape[:2])
    factor = light[:, 0] + x[..., None] * light[:, 1] + y[..., None] * light[:, 2]
    return np.asarray(picture * factor + _OFFSET_UNIT * light[:, 3], np.float32)
