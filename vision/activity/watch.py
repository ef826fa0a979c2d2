"""Watches regions of one camera's pictures for downtime.

One camera: `scene = Scene()`, then for every picture (5 to 10 a second are enough) `glance = scene.look(image, captured_at_ns)` and for
every region `changes = watch.judge(glance)`. A lone region may call `watch.look(image, captured_at_ns)` instead.
"""

from collections.abc import Sequence

from vision.activity.clock import GAP_MS, IdleClock
from vision.activity.region import Motion, Region
from vision.activity.scene import Glance, Scene
from vision.activity.stops import OpenStop, Reason, StopChange
from vision.activity.usual import Usual
from vision.detectors.pictures import Picture

_LIVELY = 0.5
"""With this part of what usually moves, whoever moves, the machine works: it cannot be told from somebody who touches it. More finds more
stops with people before the machine, and takes more work beside people for a stop."""
_ALONE = 0.2
"""While somebody is there, motion that seems the machine's own is that from this part of the usual on, where the machine usually moves;
less is a stray bit of a person."""
_QUIET_S = 0.9
"""The machine seems to stand when it was not lively for so long."""
_OVER_S, _OVER = 5.0, 0.4
"""While a stop is open, so large a share of lively looks in the last seconds is activity, too: work that shows by fits and starts behind
people. Without it a stop that was seen wrongly would go on and on."""


class RegionWatch:
    """Tells when the machine inside `polygon` (x and y from 0 to 1 of the picture, at least 3 points) stands still and runs again.

    A little motion that came into the region from outside is somebody's, not the machine's, once the region has shown its own.
    Not for several threads at once. Raises ValueError when the polygon has fewer than 3 points or a time is not above zero.
    """

    def __init__(
        self, polygon: Sequence[tuple[float, float]], idle_after_s: float, resume_after_s: float, stop: OpenStop | None = None
    ) -> None:
        self._polygon, self._idle_after_s = polygon, idle_after_s
        self._clock = IdleClock(round(1000 * idle_after_s), round(1000 * resume_after_s), stop)
        self._scene: Scene | None = None
        self._begin(())

    def _begin(self, shape: tuple[int, ...]) -> None:
        """Of the machine nothing is known in looks of this shape."""
        self._shape = shape
        self._region, self._usual = Region(self._polygon), Usual(self._idle_after_s)
        self._last_ms: int | None = None
        self._lively_ms: int | None = None
        self._lively_share = 0.0

    @property
    def stopped(self) -> bool:
        """Whether a stop is open."""
        return self._clock.stopped

    def look(self, image: Picture, captured_at_ns: int) -> list[StopChange]:
        """`judge` with a scene of its own: for a region that has its camera alone."""
        if self._scene is None:
            self._scene = Scene()
        return self.judge(self._scene.look(image, captured_at_ns))

    def judge(self, glance: Glance | None) -> list[StopChange]:
        """What this look at the scene changes; mostly nothing. `changed` comes at most once a second while a stop lasts."""
        if glance is None or not glance.clear:
            return []
        at_ms = glance.captured_at_ns // 1_000_000
        if self._shape != glance.moving.shape or at_ms < (self._last_ms or 0):
            # The camera has another shape now, or the clock was set back.
            self._begin(glance.moving.shape)
        elapsed_s = 0.0 if self._last_ms is None else min(at_ms - self._last_ms, GAP_MS) / 1000
        self._last_ms = at_ms
        stopped = self._clock.stopped
        still = self._lively_ms is None or at_ms - self._lively_ms > 1000 * _QUIET_S
        motion = self._region.judge(glance, quiet=stopped or still)
        own, lively = self._is_own(motion), self._is_lively(motion, elapsed_s)
        if lively:
            self._lively_ms = at_ms
        if not stopped:
            self._region.learn(glance, elapsed_s)
            self._usual.learn(motion.usual, own, motion.foreign >= self._region.least, elapsed_s)
        changes = self._clock.see(at_ms, own or lively, _reason(motion))
        if self._clock.stopped and not stopped:
            self._usual.interrupt()
        return changes

    def _is_own(self, motion: Motion) -> bool:
        """Whether the machine itself moves."""
        usual, least = self._usual.cells, self._region.least
        if usual is None or not (motion.inside or motion.near):
            return motion.own >= least
        return motion.own_usual >= max(least, _ALONE * usual)

    def _is_lively(self, motion: Motion, elapsed_s: float) -> bool:
        """Whether so much moves where the machine usually moves, whoever it is, that the machine works."""
        lively = motion.usual >= max(self._region.least, _LIVELY * (self._usual.cells or 0))
        if not self._clock.stopped:
            self._lively_share = 0.0
            return lively
        self._lively_share += min(1.0, elapsed_s / _OVER_S) * (lively - self._lively_share)
        return lively or self._lively_share > _OVER


def _reason(motion: Motion) -> Reason:
    if motion.inside:
        return Reason.OPERATOR_RESOLVING_ANOMALY
    return Reason.WAITING if motion.near else Reason.NO_OPERATOR
