"""Recordings of the demo's scenes for the benches of learning: JPEG in memory, decoded when asked for, as the trainer reads them."""

from collections.abc import Iterator, Sequence
from typing import overload

import cv2
import numpy as np

from clients.demo.scenes import Placement, render_placement, scene
from vision.detectors.pictures import Picture

_QUALITY = 90


class Recording(Sequence[Picture]):
    """Pictures kept as JPEG; each is decoded anew when it is asked for."""

    def __init__(self, coded: Sequence[bytes]) -> None:
        self._coded = list(coded)

    def __len__(self) -> int:
        return len(self._coded)

    @overload
    def __getitem__(self, index: int) -> Picture: ...
    @overload
    def __getitem__(self, index: slice) -> "Recording": ...
    def __getitem__(self, index: int | slice) -> "Picture | Recording":
        if isinstance(index, slice):
            return Recording(self._coded[index])
        picture = cv2.imdecode(np.frombuffer(self._coded[index], np.uint8), cv2.IMREAD_COLOR)
        return np.asarray(picture, np.uint8)

    def __iter__(self) -> Iterator[Picture]:
        return (self[index] for index in range(len(self)))


def record(name: str, step: int, placement: Placement, frames: int, seed: int, different: int = 0) -> Recording:
    """One recording of a step's placement in the light of the recordings; `different` pictures are composed and repeated (0 = all).

    The start is the recorded end of the step before: its parts were put there another time, and lie a little differently.
    """
    earlier = seed + 1 if placement == "start" else seed
    composed = [
        _jpeg(render_placement(scene(name), step, placement, seed, "same", frame, earlier_seed=earlier))
        for frame in range(min(frames, different or frames))
    ]
    return Recording([composed[index % len(composed)] for index in range(frames)])


def _jpeg(picture: Picture) -> bytes:
    done, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise ValueError("The picture cannot be coded.")
    return coded.tobytes()
