"""Frames of one label on disk, in a form that survives a kill at any moment: the names of the files are the truth.

While it is open, a folder holds `c<captured_at_ns>.jpg`, each written whole or not at all. Finishing writes `times.json` first and then
numbers the files; both can be repeated from any point.
"""

import ctypes
import json
import os
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

import cv2

from vision.frame import Frame
from vision.pictures import encode

TIMES_FILE = "times.json"
_QUALITY = 95
_OPEN_PREFIX = "c"


class RecordingRefused(Exception):
    """`code` and a sentence for whoever asked."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finished recording: its frames and their size, and how many came after the cap."""

    frames: int
    width: int
    height: int
    refused: int = 0


class FrameRecording:
    """An open recording in `folder`; made anew, or gone on with after a restart. `add` and `finish` may come from different threads.

    Raises RecordingRefused when it is finished already.
    """

    def __init__(self, folder: Path, most_frames: int, since_ns: int) -> None:
        if (folder / TIMES_FILE).exists():
            raise RecordingRefused("recording_finished", "This recording is finished; a new one has a new id.")
        self.folder = folder
        self._most = most_frames
        self._since_ns = since_ns
        self._lock = threading.Lock()
        self._open = True
        self._size: tuple[int, ...] | None = None
        self.refused = 0
        self.broken = ""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._stamps = set(_open_stamps(folder))

    @property
    def frames(self) -> int:
        """How many are on disk."""
        return len(self._stamps)

    def add(self, frame: Frame) -> None:
        """Writes a frame that was captured after the start, once; counts what is beyond the cap, ignores another picture size."""
        with self._lock:
            if not self._open or frame.seen_at_ns < self._since_ns or frame.captured_at_ns in self._stamps:
                return
            if len(self._stamps) >= self._most:
                self.refused += 1
                return
            self._size = self._size or frame.image.shape
            if frame.image.shape != self._size:
                return
            try:
                self._write(frame)
            except (OSError, cv2.error) as error:
                # The camera goes on; whoever ends the recording is told.
                self._open, self.broken = False, str(error)

    def _write(self, frame: Frame) -> None:
        path = self.folder / f"{_OPEN_PREFIX}{frame.captured_at_ns:020d}.jpg"
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(frame.jpeg or encode(frame.image, _QUALITY))
        temporary.replace(path)
        self._stamps.add(frame.captured_at_ns)

    def finish(self) -> Recorded:
        """Ends it; durable when it returns. Raises RecordingRefused when it holds nothing or could not be written."""
        with self._lock:
            self._open = False
        if self.broken:
            raise RecordingRefused("recording_failed", f"The recording could not be written: {self.broken}.")
        recorded = finish_folder(self.folder)
        return Recorded(recorded.frames, recorded.width, recorded.height, self.refused)

    def close(self) -> None:
        """Takes nothing any more; what is on disk stays for whoever goes on with it."""
        with self._lock:
            self._open = False

    def drop(self) -> None:
        """Ends it and removes its frames."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _open_stamps(folder: Path) -> list[int]:
    return sorted(int(path.stem[1:]) for path in folder.glob(f"{_OPEN_PREFIX}*.jpg") if path.stem[1:].isdigit())


def finish_folder(folder: Path) -> Recorded:
    """Numbers the frames of a folder by their time. The same again for one that is finished, or that was half-way when the process died.

    Raises RecordingRefused.
    """
    if not folder.is_dir():
        raise RecordingRefused("recording_unknown", "This recording was not started here, or it was reverted.")
    times = folder / TIMES_FILE
    stamps = json.loads(times.read_text()) if times.exists() else _open_stamps(folder)
    if not stamps:
        shutil.rmtree(folder, ignore_errors=True)
        raise RecordingRefused("nothing_recorded", "Not one frame came between the start and the end of the recording.")
    if not times.exists():
        temporary = times.with_suffix(".tmp")
        temporary.write_text(json.dumps(stamps))
        _sync(folder)
        temporary.replace(times)
    for number, stamp in enumerate(stamps):
        path = folder / f"{_OPEN_PREFIX}{stamp:020d}.jpg"
        if path.exists():
            path.replace(folder / f"{number:06d}.jpg")
    _sync(folder)
    first = cv2.imread(str(folder / "000000.jpg"), cv2.IMREAD_COLOR)
    if first is None:
        raise RecordingRefused("recording_failed", "The first frame of the recording cannot be read.")
    return Recorded(len(stamps), first.shape[1], first.shape[0])


def _sync(folder: Path) -> None:
    """Makes all that was written to the file system of a folder durable: one call instead of one a frame."""
    sync = getattr(ctypes.CDLL(None), "syncfs", None)
    if sync is None:
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if sync(descriptor) != 0:
            raise OSError("the recording could not be made durable")
    finally:
        os.close(descriptor)
