"""Cameras that send JPEGs over HTTP, and everything else at an http address, which is FFmpeg's."""

import contextlib
import socket
import time

from vision.frame import Reading
from vision.sources.address import Answer, ask
from vision.sources.base import Source, SourceLost
from vision.sources.camera import CameraSource
from vision.sources.multipart import NoMultipart, Parts
from vision.sources.pushed import decode

_MIXED = "multipart/x-mixed-replace"
# Whoever waits for the thread's end waits no longer than this.
_SLICE_S = 0.2
_CHUNK = 64 * 2**10
_END_OF_JPEG = b"\xff\xd9"
# Some cameras pad a picture with a few bytes.
_PADDING = 64


class HttpCamera:
    """A motion JPEG stream read here: broken pictures are left out, the size may change, the newest wins, no redirect is followed.

    Other kinds of video, and cameras that ask for digest authentication, are handed to FFmpeg.
    """

    def __init__(self, url: str, open_timeout_s: float, read_timeout_s: float) -> None:
        self._url = url
        self._open_timeout_s, self._read_timeout_s = open_timeout_s, read_timeout_s
        self._connection: socket.socket | None = None
        self._parts = Parts("")
        self._other: Source | None = None
        self._until = 0.0

    def open(self) -> None:
        self.close()
        answer = ask(self._url, self._open_timeout_s)
        kind, boundary = _kind(answer)
        if kind == _MIXED and boundary and answer.status < 300 and "transfer-encoding" not in answer.fields:
            self._connection, self._parts = answer.connection, Parts(boundary)
            self._connection.settimeout(_SLICE_S)
            self._parts.feed(answer.rest)
            self._until = time.monotonic() + self._read_timeout_s
            return
        answer.connection.close()
        self._other = self._by_ffmpeg(answer, kind)
        self._other.open()

    def _by_ffmpeg(self, answer: Answer, kind: str) -> Source:
        wants_digest = answer.status == 401 and "digest" in answer.fields.get("www-authenticate", "").lower() and "@" in self._url
        if not wants_digest:
            if refusal := answer.refusal():
                raise SourceLost(refusal)
            if kind == "text/html":
                raise SourceLost("the address is a web page, not a camera's stream")
            if kind.startswith("image/"):
                raise SourceLost(f"the address gives single pictures ({kind}), not a stream")
        return CameraSource(self._url, self._open_timeout_s, self._read_timeout_s)

    def read(self) -> Reading | None:
        if self._other is not None:
            return self._other.read()
        assert self._connection is not None
        try:
            picture = self._newest()
        except NoMultipart as error:
            raise SourceLost(str(error)) from error
        except OSError as error:
            raise SourceLost("the camera broke the connection off") from error
        if picture is None:
            if time.monotonic() > self._until:
                raise SourceLost(f"no whole picture within {self._read_timeout_s:g} s")
            return None
        seen_at_ns = time.time_ns()
        # Half a picture would be decoded too, its other half grey.
        image = decode(picture) if _END_OF_JPEG in picture[-_PADDING:] else None
        if image is None:
            return None
        self._until = time.monotonic() + self._read_timeout_s
        return Reading(image, seen_at_ns=seen_at_ns)

    def _newest(self) -> bytes | None:
        """Waits for some bytes unless a whole picture is there, and leaves out all but the last whole one."""
        assert self._connection is not None
        newest = self._parts.take()
        if newest is None:
            with contextlib.suppress(TimeoutError):
                data = self._connection.recv(_CHUNK)
                if not data:
                    raise SourceLost("the camera ended the stream")
                self._parts.feed(data)
            newest = self._parts.take()
        while newest is not None and (newer := self._parts.take()) is not None:
            newest = newer
        return newest

    def close(self) -> None:
        if self._other is not None:
            self._other.close()
            self._other = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _kind(answer: Answer) -> tuple[str, str]:
    """Media type, and the boundary of a multipart one."""
    kind, *parameters = answer.fields.get("content-type", "").split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "boundary":
            return kind.strip().lower(), value
    return kind.strip().lower(), ""
