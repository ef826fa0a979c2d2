"""A video file as a camera."""

import time
from io import BufferedReader
from pathlib import Path

import cv2
import numpy as np

from vision.frame import Reading
from vision.sources.base import SourceEnded, SourceLost
from vision.sources.pace import DEFAULT_FPS, Pace, Play, read_play, sane_fps


class VideoSource:
    """Plays a video at its own frame rate for ever, or as `<its name>.json` beside it says.

    The file is opened here and handed to FFmpeg as a stream, so that FFmpeg itself never opens a path.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BufferedReader | None = None
        self._video: cv2.VideoCapture | None = None
        self._play = Play()
        self._pace = Pace(DEFAULT_FPS)
        self._shown = 0

    def open(self) -> None:
        self._play = read_play(self._path.with_name(self._path.name + ".json"))
        self._begin()
        assert self._video is not None
        self._pace = Pace(self._play.fps or sane_fps(self._video.get(cv2.CAP_PROP_FPS)))

    def _begin(self) -> None:
        self.close()
        try:
            self._file = self._path.open("rb")
        except OSError as error:
            raise SourceLost(f"the video cannot be read: {error.strerror}") from error
        self._video = cv2.VideoCapture(self._file, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])  # type: ignore[call-overload]  # takes any reader
        if not self._video.isOpened():
            self.close()
            raise SourceLost("the file is no video that can be played")
        self._shown = 0

    def read(self) -> Reading | None:
        if not self._pace.is_due():
            return None
        assert self._video is not None
        seen_at_ns = time.time_ns()
        there, image = self._video.read()
        if there:
            self._shown += 1
            return Reading(np.asarray(image, np.uint8), seen_at_ns=seen_at_ns)
        if self._shown == 0:
            raise SourceLost("the video holds no picture that can be read")
        if not self._play.loop:
            raise SourceEnded
        self._begin()
        return None

    def close(self) -> None:
        if self._video is not None:
            self._video.release()
            self._video = None
        if self._file is not None:
            self._file.close()
            self._file = None
