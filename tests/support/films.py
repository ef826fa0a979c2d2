"""Films as a player sees them, and pictures that tell which they are."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 320, 240
# Numbers are shown as brightness: far enough apart that no compression mixes up two neighbours.
_STEP = 4


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """A picture that says its number (0 to 60) by its brightness."""
    return np.full((height, width, 3), 6 + number * _STEP, np.uint8)


@dataclass(frozen=True)
class Seen:
    """What a player shows: the numbers of the pictures, when each begins (ms), their size."""

    numbers: list[int]
    at_ms: list[int]
    size: tuple[int, int]


def watch(path: Path) -> Seen:
    """Plays a WebM to its end."""
    numbers, at_ms, size = [], [], (0, 0)
    with path.open("rb") as file:
        video = cv2.VideoCapture(file, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])  # type: ignore[call-overload]  # takes any reader
        while (read := video.read())[0]:
            numbers.append(round((float(read[1].mean()) - 6) / _STEP))
            at_ms.append(round(video.get(cv2.CAP_PROP_POS_MSEC)))
            size = (read[1].shape[1], read[1].shape[0])
        video.release()
    return Seen(numbers, at_ms, size)
