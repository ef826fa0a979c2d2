"""The light of one picture laid onto another, row by row: lamps flicker and a rolling shutter makes bands of that."""

import cv2
import numpy as np

from vision.activity.change import Mask
from vision.activity.steady import Grey

_EVERY = 4
"""Columns that are looked at, enough for a mean; a cell has one of them in every row."""
_DARK = 12.0
"""Grey levels that keep dark pixels from making a ratio of noise."""
_FARTHEST = 6.0
_BAND = 0.15
"""Part by which a row's light may differ from the picture's; a pixel that differs by more shows another thing."""
_SMOOTH_ROWS = 9
_FEWEST = 0.1
"""Share of known cells with which light is measured on them alone."""
_HOLD = 0.02
"""How strongly a row without known places takes the picture's light."""
_SATURATED = 250.0
_RECOVER = 0.02
"""How fast, a picture, the brightest grey that can be compared comes back once the light has been dimmer."""


class Light:
    """Lays pictures onto the light of a reference and cuts off what one of the latest pictures could not show for brightness."""

    def __init__(self) -> None:
        self._brightest = _SATURATED

    def level(self, grey: Grey, reference: Grey, known: Mask) -> Grey:
        """`grey` as it would look in the reference's light, measured where the reference is `known`."""
        ratios = (grey[:, _EVERY // 2 :: _EVERY] + _DARK) / (reference[:, _EVERY // 2 :: _EVERY] + _DARK)
        usable = cv2.resize(known.astype(np.float32), ratios.shape[::-1], interpolation=cv2.INTER_NEAREST)
        if known.mean() < _FEWEST:
            usable[:] = 1
        whole = float(np.clip(np.median(ratios[usable > 0]), 1 / _FARTHEST, _FARTHEST))
        weights = np.asarray(usable * (np.abs(ratios - whole) < _BAND * whole), np.float32)
        total = _row_sums(weights) + _HOLD * ratios.shape[1]
        rows = (_row_sums(np.asarray(weights * ratios, np.float32)) + _HOLD * ratios.shape[1] * whole) / total
        here = _SATURATED / max(1.0, float(rows.max()))
        self._brightest = min(here, self._brightest + _RECOVER * (_SATURATED - self._brightest))
        return np.asarray(np.minimum((grey + _DARK) / rows - _DARK, self._brightest), np.float32)


def _row_sums(values: Grey) -> Grey:
    """Sum of every row and its neighbours, rows × 1."""
    sums = values.sum(axis=1, keepdims=True).astype(np.float32)
    return np.asarray(cv2.blur(sums, (1, _SMOOTH_ROWS), borderType=cv2.BORDER_REFLECT).reshape(-1, 1), np.float32)
