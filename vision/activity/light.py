"""The light of one picture laid onto another, row by row: lamps flicker and a rolling shutter makes bands of that."""

import cv2
import numpy as np

from vision.activity.steady import Grey

_EVERY = 4
"""Columns that are looked at: enough for a median."""
_DARK = 12.0
"""Grey levels that keep dark pixels from making a ratio of noise."""
_FARTHEST = 6.0
_BAND = 1.3
"""A row's light may differ from the picture's by this factor."""
_SMOOTH_ROWS = 9
_SATURATED = 250.0
_RECOVER = 0.02
"""How fast, a picture, the brightest grey that can be compared comes back once the light has been dimmer."""


class Light:
    """Lays pictures onto the light of a reference and cuts off what one of the latest pictures could not show for brightness."""

    def __init__(self) -> None:
        self._brightest = _SATURATED

    def level(self, grey: Grey, reference: Grey) -> Grey:
        """`grey` as it would look in the reference's light. The median of a row's ratios is light while half of the row stands still."""
        ratios = (grey[:, ::_EVERY] + _DARK) / (reference[:, ::_EVERY] + _DARK)
        whole = float(np.clip(np.median(ratios), 1 / _FARTHEST, _FARTHEST))
        rows = np.clip(np.median(ratios, axis=1), whole / _BAND, whole * _BAND).astype(np.float32)
        smooth = cv2.blur(rows.reshape(-1, 1), (1, _SMOOTH_ROWS), borderType=cv2.BORDER_REFLECT).reshape(-1, 1)
        here = _SATURATED / max(1.0, float(smooth.max()))
        self._brightest = min(here, self._brightest + _RECOVER * (_SATURATED - self._brightest))
        return np.asarray(np.minimum((grey + _DARK) / smooth - _DARK, self._brightest), np.float32)
