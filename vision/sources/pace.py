"""Keeps an emulated camera at its frame rate, and reads how it shall play."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vision.sources.base import SourceLost

DEFAULT_FPS = 15.0
_GREATEST_FPS = 240.0
# The thread looks this often whether it shall end.
_SLICE_S = 0.1


@dataclass(frozen=True, slots=True)
class Play:
    """How an emulated camera plays: frames/s (None = its own) and whether it begins again at the end."""

    fps: float | None = None
    loop: bool = True


def read_play(path: Path) -> Play:
    """`{"fps": 30, "loop": false}` of a file that need not exist. Raises SourceLost when it is not readable."""
    try:
        said = json.loads(path.read_text())
        fps = said.get("fps")
        return Play(None if fps is None else sane_fps(float(fps)), bool(said.get("loop", True)))
    except FileNotFoundError:
        return Play()
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise SourceLost(f'{path.name} is not readable; allowed is {{"fps": 30, "loop": true}}') from error


def sane_fps(fps: float) -> float:
    """A frame rate that can be played; what a file does not know (0, NaN) becomes the default."""
    return min(fps, _GREATEST_FPS) if fps > 0 else DEFAULT_FPS


class Pace:
    """Says when the next frame is due. A reader that is late by more than a frame is not made to hurry."""

    def __init__(self, fps: float, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self._period_s = 1.0 / fps
        self._clock = clock
        self._sleep = sleep
        self._due = clock()

    def is_due(self) -> bool:
        """Waits for the next frame's time, at most a tenth of a second; True when it has come."""
        wait_s = self._due - self._clock()
        if wait_s > 0:
            self._sleep(min(wait_s, _SLICE_S))
        now = self._clock()
        if now < self._due:
            return False
        self._due = max(self._due + self._period_s, now - self._period_s)
        return True
