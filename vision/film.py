"""The film of one unit on disk: `part.webm` until the unit has ended, `film.webm` from then on.

Film time runs with the clock, save that nothing stands for the times that were not filmed: pauses, a camera that was away, a process that
was killed. Where film time begins to run, a mark in the file tells the moment, so the file alone says when each of its pictures was taken.
"""

import contextlib
import io
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
from PIL import Image as Pillow

from vision.fitting import Picture, fitted
from vision.webm import NotWebm, Webm, Written, read_written

PART_FILE, FILM_FILE = "part.webm", "film.webm"
FRAMES_A_SECOND = 5.0
PERIOD_MS = round(1000 / FRAMES_A_SECOND)
# What is wanted of a film is what hands did; text on a part is read off its photographs.
WIDTH, HEIGHT = 640, 960
# Half the bytes of what a photograph is kept with; the least effort costs a third of the time for a fifth more bytes.
_QUALITY, _EFFORT = 45, 0
# Without a picture for so long, film time stands still: longer than a busy core makes one late.
_GAP_MS = 2_000
# Beginnings of film time: a unit is paused a handful of times, and each is answered to whoever asks for the film.
_MOST_STRETCHES = 1_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one film may hold."""

    most_ms: int
    most_bytes: int


@dataclass(frozen=True, slots=True)
class Shot:
    """A stretch that was filmed without a break: where it begins in the film, when that was (ms UTC), and how long it lasts."""

    at_ms: int
    started_at_ms: int
    lasts_ms: int


@dataclass(frozen=True, slots=True)
class Filmed:
    """A film that is whole."""

    width: int
    height: int
    pictures: int
    lasts_ms: int
    bytes: int
    shots: tuple[Shot, ...]


def still(picture: Picture, width: int, height: int) -> bytes:
    """The picture as a key frame of VP8, which is what a lossy WebP holds (RFC 9649 section 2.5).

    Each stands by itself, so nothing has to be kept from one to the next, and a film breaks off nowhere. The VP9 that OpenCV writes takes
    twenty times as long, without a way to hurry it: coaching would lose a core to every station that films.
    """
    rgb = cv2.cvtColor(fitted(picture, width, height), cv2.COLOR_BGR2RGB)
    packed = io.BytesIO()
    Pillow.frombuffer("RGB", (width, height), rgb).save(packed, "WEBP", quality=_QUALITY, method=_EFFORT)
    webp = packed.getvalue()
    if webp[12:16] != b"VP8 ":
        raise ValueError("the picture did not become a key frame")
    return webp[20 : 20 + int.from_bytes(webp[16:20], "little")]


def size_of(picture: Picture) -> tuple[int, int]:
    """Width and height of a film that begins with this picture, which is not blown up."""
    rows, columns = picture.shape[:2]
    scale = min(1.0, WIDTH / columns, HEIGHT / rows)
    return max(16, round(columns * scale)), max(16, round(rows * scale))


class FilmPart:
    """A film that is being made. Blocks: for one thread."""

    def __init__(self, folder: Path, picture: Picture, limits: Limits) -> None:
        """Begins it, or goes on with what is there. Raises OSError."""
        self._limits = limits
        path = folder / PART_FILE
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._webm = Webm.go_on(path)
        except (FileNotFoundError, NotWebm):
            path.unlink(missing_ok=True)
            self._webm = Webm.create(path, *size_of(picture))
        shots = _shots(self._webm.written)
        self._last_ms = shots[-1].started_at_ms + self._webm.written.last_ms - shots[-1].at_ms if shots else None

    def add(self, picture: Picture, at_ms: int) -> bool:
        """Takes a picture of that moment (ms UTC); one that is older than the last is left out. Whether there is room for more.

        Raises OSError, cv2.error.
        """
        written = self._webm.written
        before, gap_ms = self._last_ms, 0 if self._last_ms is None else at_ms - self._last_ms
        if before is not None and gap_ms <= 0:
            return True
        is_begin = before is None or gap_ms > _GAP_MS
        film_ms = 0 if before is None else written.last_ms + (PERIOD_MS if is_begin else gap_ms)
        if film_ms >= self._limits.most_ms or (is_begin and len(written.marks) >= _MOST_STRETCHES):
            return False
        packed = still(picture, written.width, written.height)
        if self._webm.bytes_written + len(packed) > self._limits.most_bytes:
            return False
        self._webm.add(packed, film_ms, at_ms if is_begin else None)
        self._last_ms = at_ms
        return True

    def close(self) -> None:
        """Takes nothing any more; `finish` or another part goes on with it."""
        self._webm.close()


def finish(folder: Path) -> Filmed | None:
    """Makes the film of a folder whole and durable; None where it holds no picture, and the folder goes. The same again answers the same.

    Raises OSError.
    """
    part, path = folder / PART_FILE, folder / FILM_FILE
    with contextlib.suppress(FileNotFoundError, NotWebm):
        webm = Webm.go_on(part)
        try:
            if webm.written.pictures:
                webm.end(_lasts_ms(webm.written))
                part.replace(path)
                _sync(folder)
        finally:
            webm.close()
    try:
        written = read_written(path)
    except (FileNotFoundError, NotWebm):
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return Filmed(written.width, written.height, written.pictures, _lasts_ms(written), path.stat().st_size, tuple(_shots(written)))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lasts_ms(written: Written) -> int:
    return written.last_ms + PERIOD_MS if written.pictures else 0


def _shots(written: Written) -> list[Shot]:
    ends = [at_ms for at_ms, _ in written.marks[1:]] + [_lasts_ms(written)]
    return [Shot(at_ms, begun_ms, end - at_ms) for (at_ms, begun_ms), end in zip(written.marks, ends, strict=False)]
