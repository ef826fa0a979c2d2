"""Cameras that OpenCV opens: streams at an address by FFmpeg, and devices of this machine by V4L2."""

import os
import time
from pathlib import Path

import cv2
import numpy as np

from vision.frame import Reading
from vision.sources.address import ask, check_address
from vision.sources.base import SourceLost

# Asking why nothing comes must not take long: opening has already.
_ASK_WITHIN_S = 1.0


class CameraSource:
    """One camera behind cv2.VideoCapture. The time-outs go to its constructor: set later, FFmpeg does not see them."""

    def __init__(self, place: str, open_timeout_s: float, read_timeout_s: float) -> None:
        self._place = place
        self._is_url = "://" in place
        self._open_ms, self._read_ms = int(open_timeout_s * 1000), int(read_timeout_s * 1000)
        self._camera: cv2.VideoCapture | None = None

    def open(self) -> None:
        if self._is_url:
            check_address(self._place)
            self._camera = cv2.VideoCapture(self._place, cv2.CAP_FFMPEG, self._parameters())
        else:
            self._camera = cv2.VideoCapture(self._device(), cv2.CAP_V4L2)
        if not self._camera.isOpened():
            raise SourceLost(self._why_not() if self._is_url else "the device is there but gives no pictures: is it a camera, or in use?")

    def _why_not(self) -> str:
        """In words, from what the address answers when it is asked plainly. Raises SourceLost as well."""
        answer = ask(self._place, _ASK_WITHIN_S)
        answer.connection.close()
        nothing = f"the camera answers, but no video that can be read came within {self._open_ms / 1000:g} s"
        if answer.status == 401 and "@" in self._place:
            # It was asked without them, so this says nothing about those that FFmpeg sent.
            return f"{nothing}: are the user name, the password and the path right?"
        return answer.refusal() or nothing

    def _parameters(self) -> list[int]:
        # One decoder thread: with n of them the picture is n - 1 frames old.
        timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, self._open_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, self._read_ms]
        return [*timeouts, cv2.CAP_PROP_N_THREADS, 1]

    def _device(self) -> str:
        path = Path(f"/dev/video{self._place}" if self._place.isdigit() else self._place)
        if not path.exists():
            raise SourceLost("no camera is plugged in there")
        if not path.is_char_device():
            raise SourceLost("that is no device")
        if not os.access(path, os.R_OK | os.W_OK):
            raise SourceLost("Takt may not open that device: its user needs the group video")
        return str(path.resolve())

    def read(self) -> Reading | None:
        assert self._camera is not None
        if not self._camera.grab():
            raise SourceLost("the camera stopped sending")
        seen_at_ns = time.time_ns()
        there, image = self._camera.retrieve()
        if not there:
            raise SourceLost("the camera sends what is no picture")
        return Reading(np.asarray(image, np.uint8), seen_at_ns=seen_at_ns)

    def close(self) -> None:
        if self._camera is not None:
            self._camera.release()
            self._camera = None
