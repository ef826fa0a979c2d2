"""A real video with a fixed camera: vtest.avi of Debian's package opencv-doc, people crossing a yard, 80 s at 10 pictures a second.

It is unpacked into the user's cache folder, without root, and never becomes part of the product.
"""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detectors.pictures import Picture

WIDTH, HEIGHT = 384, 288
PER_SECOND = 10
_PACKAGE, _VIDEO = "opencv-doc", "usr/share/doc/opencv-doc/examples/data/vtest.avi"
_DOWNLOAD_S, _UNPACK_S = 120, 60
_HALF = 397
"""Pictures in each half."""
_STEP, _BLOCK, _DIFFERS = 4, 8, 22
"""Motion is what differs by so many grey levels from the picture 0.4 s later, in blocks of 8 × 8 pixels."""
_BLOCK_SHARE = 0.12
_PERSON = 30
"""Grey levels by which a person differs from the empty yard."""


class NoFootage(Exception):
    """The real video is not to be had here; the sentence says why."""


def find_footage() -> Path:
    """Where the video lies; fetched from Debian's archive the first time. Raises NoFootage."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "takt"
    kept = cache / "vtest.avi"
    if not kept.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            _unpack(Path(folder))
            part = cache / f"vtest.{os.getpid()}.part"
            part.write_bytes((Path(folder) / _VIDEO).read_bytes())
            part.replace(kept)
    return kept


def _unpack(folder: Path) -> None:
    try:
        subprocess.run(["apt-get", "download", "-q", _PACKAGE], cwd=folder, check=True, capture_output=True, timeout=_DOWNLOAD_S)
        (package,) = folder.glob(f"{_PACKAGE}_*.deb")
        subprocess.run(["dpkg-deb", "-x", package.name, "."], cwd=folder, check=True, capture_output=True, timeout=_UNPACK_S)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise NoFootage(f"Debian's {_PACKAGE} with vtest.avi cannot be fetched here ({type(error).__name__}).") from error
    if not (folder / _VIDEO).is_file():
        raise NoFootage(f"Debian's {_PACKAGE} here carries no vtest.avi.")


@dataclass(frozen=True)
class Footage:
    """One half of the video (0 or 1), WIDTH × HEIGHT."""

    pictures: NDArray[np.uint8]

    @classmethod
    def load(cls, path: Path, half: int) -> "Footage":
        """Reads the half; raises NoFootage when the file is not that video."""
        kept = []
        with path.open("rb") as file:
            video = cv2.VideoCapture(file, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])  # type: ignore[call-overload]  # takes any reader
            for number in range(2 * _HALF):
                if not video.grab():
                    raise NoFootage(f"{path} is not the video it should be.")
                if number // _HALF == half:
                    kept.append(cv2.resize(video.retrieve()[1], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))
            video.release()
        return cls(np.array(kept, np.uint8))

    def at(self, position: float) -> Picture:
        """The picture at that place of a film that runs forwards and backwards for ever."""
        last = len(self.pictures) - 1
        place = round(position) % (2 * last)
        return np.asarray(self.pictures[min(place, 2 * last - place)], np.uint8)

    @cached_property
    def yard(self) -> Picture:
        """The yard without people."""
        return np.asarray(np.median(self.pictures[::8], axis=0), np.uint8)

    @cached_property
    def motion(self) -> NDArray[np.bool_]:
        """Pictures × rows × columns of blocks: where something moves."""
        grey = np.array([cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in self.pictures])
        differs = cv2.absdiff(grey[_STEP:], grey[:-_STEP]) > _DIFFERS
        size = (WIDTH // _BLOCK, HEIGHT // _BLOCK)
        return np.array([cv2.resize(one.astype(np.float32), size, interpolation=cv2.INTER_AREA) > _BLOCK_SHARE for one in differs])

    def people(self, picture: Picture, window: tuple[slice, slice]) -> NDArray[np.uint8]:
        """1 where somebody is before the yard, in a window of the picture."""
        apart = cv2.absdiff(picture[window], self.yard[window]).max(axis=2) > _PERSON
        whole = cv2.morphologyEx(apart.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        return np.asarray(cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
