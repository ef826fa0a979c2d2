"""The scene without whoever passes through it."""

import cv2
import numpy as np

from vision.activity.change import Mask, Moments, moments, to_cells
from vision.activity.steady import Grey, outlines, shift_between

_STILL_S = 1.0
"""A place that has not moved for so long shows the scene."""
_FOLLOW_S = 6.0
"""How slowly a settled place follows its light."""
_ABSORBED_S = 60.0
"""What somebody brought belongs to the scene after so long without motion; a machine's part that came to rest does at once."""
_RESTLESS_S, _RESTLESS = 4.0, 0.5
"""A place that moved so large a share of the last seconds is at work: what lies there when it comes to rest is the scene."""
_AROUND = np.ones((3, 3), np.uint8)
"""A person's edge covers its cells only in part, too little to stand out."""
_ENOUGH = 0.3
"""Share of known cells that registration can hold on to."""
_NEVER = 1e6


class Background:
    """A picture that follows still places and leaves out what stands before them.

    `settled` cells are known; `held` is written by the watches (see `Glance`), and is kept until a watch writes again.
    """

    def __init__(self, grey: Grey) -> None:
        self.grey = grey.copy()
        self.shape = grey.shape
        cells = to_cells(grey).shape
        self.settled: Mask = np.zeros(cells, np.bool_)
        self.held: Mask = np.zeros(cells, np.bool_)
        self._still_s = np.zeros(cells, np.float32)
        self._restless = np.zeros(cells, np.float32)
        self._describe()

    def _describe(self) -> None:
        self.moments: Moments = moments(self.grey)
        known = self.settled if self.settled.mean() > _ENOUGH else np.ones_like(self.settled)
        self._holds = cv2.resize(known.astype(np.float32), self.shape[::-1], interpolation=cv2.INTER_LINEAR)
        self._outlines = self._hold(self.grey)

    def _hold(self, grey: Grey) -> Grey:
        """What registration holds on to in a picture: outlines where the scene is known, so that a machine at work does not pull."""
        return np.asarray(outlines(grey) * self._holds, np.float32)

    def shift_of(self, grey: Grey) -> tuple[float, float] | None:
        """By how many pixels a picture lies off the background; None when it does not fit."""
        return shift_between(self._outlines, self._hold(grey))

    def learn(self, grey: Grey, moving: Mask, standing: Mask, elapsed_s: float) -> None:
        """Takes over what is still; what somebody brought only after a minute."""
        held = cv2.dilate(self.held.astype(np.uint8), _AROUND) > 0
        self._still_s = np.where(moving, 0, np.minimum(self._still_s + elapsed_s, _NEVER)).astype(np.float32)
        self._restless += min(1.0, elapsed_s / _RESTLESS_S) * (moving - self._restless)
        self.settled &= (self._restless < _RESTLESS) | held
        still = self._still_s >= _STILL_S
        fresh = still & ~self.settled & ~held
        absorbed = still & self.settled & standing & (~held | (self._still_s >= _ABSORBED_S))
        followed = still & self.settled & ~standing & ~held
        rate = np.where(fresh | absorbed, 1.0, np.where(followed, min(1.0, elapsed_s / _FOLLOW_S), 0.0)).astype(np.float32)
        self.settled |= fresh
        rates = cv2.resize(rate, self.shape[::-1], interpolation=cv2.INTER_NEAREST)
        self.grey += rates * (grey - self.grey)
        self._describe()
        self.held[:] = False
