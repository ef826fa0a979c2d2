"""Cameras that OpenCV opens: rtsp and http addresses, and devices of this machine."""

import ipaddress
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np

from vision.frame import Reading
from vision.sources.base import SourceLost

SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})
_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


def check_address(url: str) -> None:
    """Refuses what is no camera: other schemes (FFmpeg would open files by them), and hosts at link-local, multicast or unspecified
    addresses. Loopback and private networks are where cameras live. Raises SourceLost."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SourceLost("the address is not readable") from error
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES or not host:
        raise SourceLost("an address begins with rtsp://, rtsps://, http:// or https://")
    try:
        found = socket.getaddrinfo(host, port or _PORTS[scheme], type=socket.SOCK_STREAM)
    except OSError as error:
        raise SourceLost(f"the name {host} is not known") from error
    for *_, place in found:
        address = ipaddress.ip_address(str(place[0]).partition("%")[0])
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            raise SourceLost("a camera does not live at a link-local, multicast or unspecified address")


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
            raise SourceLost(f"no connection within {self._open_ms / 1000:g} s" if self._is_url else "the camera cannot be opened")

    def _parameters(self) -> list[int]:
        # One decoder thread: with n of them the picture is n - 1 frames old.
        timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, self._open_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, self._read_ms]
        return [*timeouts, cv2.CAP_PROP_N_THREADS, 1]

    def _device(self) -> str:
        path = Path(f"/dev/video{self._place}" if self._place.isdigit() else self._place)
        if not path.exists():
            raise SourceLost("no camera is plugged in there")
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
