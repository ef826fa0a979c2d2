"""From the words of a station's camera to its source."""

from pathlib import Path

from vision.frame import Reading
from vision.settings import VisionSettings
from vision.sources.base import Source, SourceLost
from vision.sources.camera import CameraSource
from vision.sources.folder import FolderSource
from vision.sources.http import HttpCamera
from vision.sources.video import VideoSource

PUSH = "push"


class Refused:
    """A camera that cannot be: says why each time it is opened."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def open(self) -> None:
        raise SourceLost(self._reason)

    def read(self) -> Reading | None:
        raise SourceLost(self._reason)

    def close(self) -> None:
        return


class PathSource:
    """A path is looked at when it is opened: a folder or a video may appear later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._source: Source = Refused("there is no such folder or video")

    def open(self) -> None:
        if self._path.is_dir():
            self._source = FolderSource(self._path)
        elif self._path.is_file():
            self._source = VideoSource(self._path)
        self._source.open()

    def read(self) -> Reading | None:
        return self._source.read()

    def close(self) -> None:
        self._source.close()


def choose_source(camera: str, settings: VisionSettings) -> Source:
    """A device number or path, an rtsp(s)/http(s) address, a folder of images or a video. Which folders may be named, the hub decides."""
    timeouts = (settings.camera_open_timeout_s, settings.camera_read_timeout_s)
    if camera.lower().startswith(("http://", "https://")):
        return HttpCamera(camera, *timeouts)
    if "://" in camera or camera.isdigit() or camera.startswith("/dev/"):
        return CameraSource(camera, *timeouts)
    if camera.startswith("/"):
        return PathSource(Path(camera))
    return Refused("that is no camera: a device number, an address, a folder, a video, or push")
