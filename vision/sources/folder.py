"""A folder of images as a camera: the emulator of benches without one."""

import time
from pathlib import Path

import cv2
import numpy as np

from vision.frame import Reading
from vision.sources.base import SourceEnded, SourceLost
from vision.sources.pace import DEFAULT_FPS, Pace, Play, read_play

_IMAGES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
PLAY_FILE = "camera.json"


class FolderSource:
    """Plays the images of a folder by name, at the frame rate and as often as its `camera.json` says (15 frames/s, for ever)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: list[Path] = []
        self._next = 0
        self._shown = 0
        self._play = Play()
        self._pace = Pace(DEFAULT_FPS)

    def open(self) -> None:
        self._play = read_play(self._folder / PLAY_FILE)
        self._pace = Pace(self._play.fps or DEFAULT_FPS)
        self._begin()

    def _begin(self) -> None:
        try:
            self._names = sorted(p for p in self._folder.iterdir() if p.suffix.lower() in _IMAGES)
        except OSError as error:
            raise SourceLost(f"the folder cannot be read: {error.strerror}") from error
        if not self._names:
            raise SourceLost("the folder holds no images (jpg, png, bmp, webp)")
        self._next = self._shown = 0

    def read(self) -> Reading | None:
        if not self._pace.is_due():
            return None
        if self._next >= len(self._names):
            if self._shown == 0:
                raise SourceLost("no image of the folder can be read")
            if not self._play.loop:
                raise SourceEnded
            self._begin()
        path = self._names[self._next]
        self._next += 1
        seen_at_ns = time.time_ns()
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            return None
        self._shown += 1
        return Reading(np.asarray(image, np.uint8), seen_at_ns=seen_at_ns)

    def close(self) -> None:
        self._names = []
