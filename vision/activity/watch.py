"""Watches regions of one camera's pictures for downtime.

One camera: `scene = Scene()`, then for every picture (5 to 10 a second are enough) `glance = scene.look(image, captured_at_ns)` and for
every region `changes = watch.judge(glance)`. A lone region may call `watch.look(image, captured_at_ns)` instead.
"""

from collections.abc import Sequence

from vision.activity.scene import Glance, Scene
from vision.activity.stops import OpenStop, StopChange
from vision.detectors.pictures import Picture


class RegionWatch:
    """Tells when the machine inside `polygon` (x and y from 0 to 1 of the picture, at least 3 points) stands still and runs again.

    Not for several threads at once. Raises ValueError when the polygon has fewer than 3 points or a time is not above zero.
    """

    def __init__(
        self, polygon: Sequence[tuple[float, float]], idle_after_s: float, resume_after_s: float, stop: OpenStop | None = None
    ) -> None:
        raise NotImplementedError

    def look(self, image: Picture, captured_at_ns: int) -> list[StopChange]:
        """`judge` with a scene of its own: for a region that has its camera alone."""
        raise NotImplementedError

    def judge(self, glance: Glance | None) -> list[StopChange]:
        """What this look at the scene changes; mostly nothing. `changed` comes at most once a second while a stop lasts."""
        raise NotImplementedError
