"""`python -m vision.instruction`: the work-instruction video of an assembly, a VP9 WebM of its steps' recordings.

A process of its own for one video: a plan comes in as one line of JSON, lines of JSON go out (`{"percent": 40}`, at last
`{"percent": 100}`, or `{"failed": "why"}`). Its input stays open for as long as somebody wants the video: when it ends, the process does.
"""

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vision.fitting import Picture, fitted
from vision.lettering import over_picture, title

FPS = 10
WIDTH = 960
# What a picture without any recording has, 16:9, and how high a picture of an upright camera may become.
HEIGHT, LEAST_HEIGHT, MOST_HEIGHT = 540, 240, 1280
TITLE_S = 1.5
# A recording is shown at its own speed within these: long enough to see what is meant, short enough to be watched to the end.
LEAST_S, MOST_S = 2.0, 6.0
# The whole; with many steps each gets less. Encoding takes about as long as watching on one busy core.
LONGEST_S = 300.0
# Below this nobody can read a title.
SHORTEST_S = 0.6
# More than five minutes can hold readably; the rest is left out.
MOST_STEPS = int(LONGEST_S / (2 * SHORTEST_S))
# What encoding leaves the cores to: coaching goes first.
NICE = 10
# The index of a WebM (Cues, https://www.rfc-editor.org/rfc/rfc9559#name-cues-element) is written last; it lies in this much of its end.
_CUES, _END = b"\x1c\x53\xbb\x6b", 1024 * 1024


class NotMade(Exception):
    """No video; a sentence says why."""


class StepPlan:
    """One step: its number and name, and the frames of its recording (paths of JPEGs, none = its title only) that took `seconds`."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.number = int(told["number"])
        self.name = str(told["name"])
        self.folder = Path(str(told["folder"]))
        self.frames = int(told["frames"])
        self.seconds = float(told["seconds"])

    def lasts_s(self) -> float:
        """How long its recording is shown."""
        return min(MOST_S, max(LEAST_S, self.seconds)) if self.frames else 0.0

    def picture(self, number: int) -> Picture | None:
        """A frame of its recording; None when it cannot be read."""
        read = cv2.imread(str(self.folder / f"{number:06d}.jpg"), cv2.IMREAD_COLOR)
        return None if read is None else np.asarray(read, np.uint8)


def make(steps: list[StepPlan], path: Path, tell: Callable[[int], None]) -> None:
    """Writes the video; `tell` hears how many percent are done. Raises NotMade."""
    steps = steps[:MOST_STEPS]
    height = _height(steps)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"VP90"), FPS, (WIDTH, height))
    if not writer.isOpened():
        raise NotMade("The video cannot be written here: the disk is full, or OpenCV came without VP9.")
    share = min(1.0, LONGEST_S / max(1.0, sum(TITLE_S + step.lasts_s() for step in steps)))
    try:
        for done, step in enumerate(steps):
            for part, picture in _pictures(step, height, share):
                writer.write(picture)
                tell(int(99 * (done + part) / len(steps)))
    finally:
        writer.release()
    if not _is_whole(path):
        raise NotMade("The video could not be written to its end: the disk is full.")


def _pictures(step: StepPlan, height: int, share: float) -> Iterator[tuple[float, Picture]]:
    """The pictures of a step, each with how much of the step is done before it (0..1)."""
    titles = _count(TITLE_S * share)
    shown = _count(step.lasts_s() * share) if step.frames else 0
    still = title(step.number, step.name, WIDTH, height)
    for at in range(titles):
        yield at / (titles + shown), still
    at_frame, picture = -1, still
    for at in range(shown):
        wanted = at * step.frames // shown
        if wanted != at_frame:
            read = step.picture(wanted)
            # A frame that cannot be read leaves the one before.
            picture = picture if read is None else over_picture(fitted(read, WIDTH, height), step.number, step.name)
            at_frame = wanted
        yield (titles + at) / (titles + shown), picture


def _count(seconds: float) -> int:
    return max(1, round(max(SHORTEST_S, seconds) * FPS))


def _height(steps: list[StepPlan]) -> int:
    """That of the first recording at WIDTH, even as VP9 wants it."""
    for step in steps:
        picture = step.picture(0) if step.frames else None
        if picture is not None:
            rows, columns = picture.shape[:2]
            return int(min(MOST_HEIGHT, max(LEAST_HEIGHT, rows * WIDTH // columns)) // 2 * 2)
    return HEIGHT


def _is_whole(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END))
        return _CUES in file.read()


def _end_with_input(path: Path) -> None:
    """Whoever asked is gone, perhaps killed: what is half made goes too."""
    while os.read(0, 4096):
        pass
    path.unlink(missing_ok=True)
    os._exit(1)


def _say(**told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Makes the video of the plan on standard input. The exit code is 0 when it is there."""
    os.nice(NICE)
    cv2.setNumThreads(1)
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            return 1
        line += piece
    plan = json.loads(line)
    path = Path(plan["path"])
    threading.Thread(target=_end_with_input, args=(path,), daemon=True).start()
    last = -1

    def tell(percent: int) -> None:
        nonlocal last
        if percent > last:
            last = percent
            _say(percent=percent)

    try:
        make([StepPlan(step) for step in plan["steps"]], path, tell)
    except NotMade as error:
        _say(failed=str(error))
        return 1
    except (cv2.error, OSError, ValueError):
        # The rest ends the process with its traceback, which is a failure to whoever asked as well.
        _say(failed="", trace=traceback.format_exc())
        return 1
    # From here on the video is whoever asked's.
    _say(percent=100)
    return 0


if __name__ == "__main__":
    sys.exit(main())
