"""What moves in a camera's picture, and what stands in it that is not part of the scene."""

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np

from vision.activity.background import Background
from vision.activity.change import Mask, Moments, Noise, difference, moments
from vision.activity.clock import SET_BACK_MS
from vision.activity.light import Light
from vision.activity.steady import Grey, moved_back, small_grey
from vision.detectors.pictures import Picture

_COMPARED_S = 0.3
"""A picture is compared with one this much older: slow work shows, whatever the frame rate."""
_KEPT = 32
"""Pictures kept for that; more a second than 100 are not looked at."""
_FORGOTTEN_S = 2.0
"""With none younger than this there is nothing to compare with: the camera was away."""
_MOVES, _STANDS = 4.0, 6.0
"""Times the noise from which on a cell moves, or differs from the background."""
_MISPLACED_PX = 0.2
"""Error of registration that is no motion."""
_WHOLE = 0.6
"""Share of the cells that change at once when it is the light or the camera, and for how long that can last."""
_UPSET_S = 1.5
_MOVED_S = 3.0
"""A picture that has not fitted for so long is of another place: learnt anew."""


@dataclass(frozen=True)
class Glance:
    """One look at a scene; masks have one value a cell, of the first pictures' place whatever the camera's shake.

    `clear` is False while the whole picture changes at once, which says nothing about any region. A watch marks in `held` what
    belongs to a person, so that it is not learnt as background.
    """

    captured_at_ns: int
    moving: Mask
    standing: Mask
    held: Mask
    clear: bool


class Scene:
    """Looks at one camera's pictures for all regions in them. Not for several threads at once."""

    def __init__(self) -> None:
        self._forget()
        self._at_ns: int | None = None
        self._older_ns: int | None = None

    def _forget(self) -> None:
        self._kept: deque[tuple[int, Moments]] = deque(maxlen=_KEPT)
        self._background: Background | None = None
        self._noise, self._stand_noise = Noise(), Noise()
        self._light = Light()
        self._upset_s = 0.0
        self._astray_s = 0.0

    def look(self, image: Picture, captured_at_ns: int) -> Glance | None:
        """What moves at that moment; None for a picture that tells nothing: older than the last one, too small, or the first."""
        grey = small_grey(image)
        if grey is None or not self._is_next(captured_at_ns):
            return None
        elapsed_s = 0.0 if self._at_ns is None else (captured_at_ns - self._at_ns) / 1e9
        self._at_ns = captured_at_ns
        if self._background is None or self._background.shape != grey.shape:
            self._forget()
            self._background = Background(grey)
        now = moments(self._steadied(grey, self._background, elapsed_s))
        then = self._earlier(captured_at_ns)
        self._kept.append((captured_at_ns, now))
        return None if then is None else self._compare(now, then, self._background, captured_at_ns, min(elapsed_s, _FORGOTTEN_S))

    def _is_next(self, at_ns: int) -> bool:
        """Whether a picture follows the last one. Two much older ones in their order do: the clock was set back."""
        if self._at_ns is None or at_ns > self._at_ns:
            self._older_ns = None
            return True
        before_ns, self._older_ns = self._older_ns, at_ns
        if before_ns is None or at_ns <= before_ns or self._at_ns - at_ns < SET_BACK_MS * 1_000_000:
            return False
        self._at_ns = self._older_ns = None
        self._kept.clear()
        return True

    def _steadied(self, grey: Grey, background: Background, elapsed_s: float) -> Grey:
        shift = background.shift_of(grey)
        self._astray_s = 0.0 if shift is not None else self._astray_s + elapsed_s
        if self._astray_s > _MOVED_S:
            self._forget()
            background = self._background = Background(grey)
        return self._light.level(grey if shift is None else moved_back(grey, shift), background.grey, background.settled)

    def _earlier(self, at_ns: int) -> Moments | None:
        while self._kept and at_ns - self._kept[0][0] > _FORGOTTEN_S * 1e9:
            self._kept.popleft()
        old_enough = [one for then_ns, one in self._kept if at_ns - then_ns >= _COMPARED_S * 1e9]
        return old_enough[-1] if old_enough else None

    def _compare(self, now: Moments, then: Moments, background: Background, at_ns: int, elapsed_s: float) -> Glance:
        moving = _differing(now, then, self._noise, _MOVES, elapsed_s)
        standing = _differing(now, background.moments, self._stand_noise, _STANDS, elapsed_s) & background.settled
        self._upset_s = self._upset_s + elapsed_s if moving.mean() > _WHOLE else 0.0
        clear = not 0 < self._upset_s <= _UPSET_S
        if clear:
            background.learn(now.grey, moving, standing, elapsed_s)
        return Glance(at_ns, moving, standing, background.held, clear)


def _differing(now: Moments, then: Moments, noise: Noise, times: float, elapsed_s: float) -> Mask:
    """Cells that differ by more than noise and registration explain; single ones are noise too."""
    different = difference(now, then)
    misplaced = _MISPLACED_PX**2 * np.maximum(now.contrast, then.contrast)
    beyond = different > times * (noise.level(different) + misplaced)
    noise.learn(different, beyond, elapsed_s)
    neighbours = cv2.blur(beyond.astype(np.float32), (3, 3), borderType=cv2.BORDER_CONSTANT) * 9
    return np.asarray(beyond & (neighbours > 2.5), np.bool_)
