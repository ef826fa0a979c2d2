"""A drawn floor with a machine whose slide goes to and fro, a passer-by, a hand, and a camera that is not perfect."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.activity.stops import StopChange
from vision.activity.watch import RegionWatch

WIDTH, HEIGHT, FPS = 320, 240, 5
MACHINE = [(0.3, 0.3), (0.7, 0.3), (0.7, 0.75), (0.3, 0.75)]
START_NS = 1_700_000_000_000_000_000


def _textured() -> NDArray[np.uint8]:
    coarse = np.random.default_rng(1).integers(60, 170, (HEIGHT // 8, WIDTH // 8, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)


@dataclass
class Floor:
    """Plays seconds of work, stop and visits to a watch, five pictures a second; keeps the time."""

    watch: RegionWatch
    noise: float = 2.0
    flicker: float = 0.0
    shake_px: float = 0.0
    at_s: float = 0.0
    worked: int = 0
    light: float = 1.0
    shape: tuple[int, int] = (HEIGHT, WIDTH)
    """Rows and columns that the camera gives; it sees the same."""
    told: list[StopChange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(5)
        self._grain = self._random.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
        self.ground = _textured()

    def play(self, seconds: float, *, works: bool, hand: bool = False, passer: bool = False, drift: float = 0.0) -> "Floor":
        """So many seconds; `drift` is how much the light changes in a second."""
        for number in range(round(seconds * FPS)):
            self.worked += works
            self.light += drift / FPS
            picture = self._picture(number, hand, passer)
            self.told += self.watch.look(picture, START_NS + round(self.at_s * 1e9))
            self.at_s += 1 / FPS
        return self

    def _picture(self, number: int, hand: bool, passer: bool) -> NDArray[np.uint8]:
        picture = self.ground.copy()
        place = 106 + abs(self.worked * 9 % 176 - 88)
        cv2.rectangle(picture, (place, 84), (place + 24, 168), (230, 230, 220), -1)
        cv2.rectangle(picture, (place + 6, 100), (place + 16, 150), (30, 40, 60), -1)
        if hand:
            deep = min(60, 12 * number) + 4 * (number % 3)
            cv2.line(picture, (190, 239), (190, 222 - deep), (120, 150, 210), 16)
        if passer:
            cv2.rectangle(picture, (-30 + number * 8 % 380, 5), (-5 + number * 8 % 380, 60), (20, 20, 30), -1)
        shift = self._random.uniform(-self.shake_px, self.shake_px, 2)
        matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
        shown = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT).astype(np.float32)
        shown *= self.light * (1 + self.flicker * self._random.uniform(-1, 1))
        grain = np.roll(self._grain, self._random.integers(0, HEIGHT), axis=0)[..., None]
        taken = np.clip(shown + self.noise * grain, 0, 255).astype(np.uint8)
        return np.asarray(cv2.resize(taken, self.shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)

    def seconds_of(self, ns_or_ms: int) -> float:
        """Seconds since the start of a time in ms."""
        return ns_or_ms / 1000 - START_NS / 1e9
