"""A folder of images as a camera: the emulator of benches without one."""

import time
from bisect import bisect_right
from pathlib import Path

import cv2
import numpy as np

from vision.frame import Image, Reading
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
        self._look()
        self._next = self._shown = 0

    def _look(self) -> None:
        """What the folder holds now."""
        try:
            self._names = sorted(p for p in self._folder.iterdir() if p.suffix.lower() in _IMAGES)
        except OSError as error:
            raise SourceLost(f"the folder cannot be read: {error.strerror}") from error
        if not self._names:
            raise SourceLost("the folder holds no images (jpg, png, bmp, webp)")

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
        image = _read(path)
        if image is None:
            if not path.exists():
                # Taken away while it was played: go on with what came after it.
                self._look()
                self._next = bisect_right(self._names, path)
            return None
        self._shown += 1
        return Reading(image, seen_at_ns=seen_at_ns)

    def close(self) -> None:
        self._names = []


def _read(path: Path) -> Image | None:
    """None for what is no picture, or claims to be larger than any."""
    try:
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if image is None else np.asarray(image, np.uint8)
