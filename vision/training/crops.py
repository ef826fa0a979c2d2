"""The region cut out of every recorded picture once, ready to be varied."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from vision.detectors.geometry import IDENTITY
from vision.detectors.pictures import Matrix, Picture
from vision.detectors.region import Region, cut_out
from vision.training.change import Mask
from vision.training.checks import check_picture, name_of
from vision.training.lesson import LabelKind, StepData
from vision.training.sight import SMALL_INPUT, Sight

_LARGEST = 168
"""Pixels across of a region's crop: one and a half times what the network takes keeps its detail and makes composites cheap."""
_HELD_BACK = 1 / 3
"""Of each recording, its end in time, that the evaluation is made with."""


@dataclass(frozen=True, slots=True)
class LabelCrops:
    """One label's crops in time. `late`: which belong to the held-back end of their recording."""

    label: str
    kind: LabelKind
    name: str
    crops: list[Picture]
    late: list[bool]
    recordings: int = 1

    @property
    def early_crops(self) -> list[Picture]:
        """Those that are not held back."""
        return [crop for crop, late in zip(self.crops, self.late, strict=True) if not late]


def gather(data: StepData, sight: Sight, pool: ThreadPoolExecutor, stop: Callable[[], None]) -> list[LabelCrops]:
    """Every label's crops, all of one size. `stop` is called between recordings and may raise. Raises TrainingError."""
    size: tuple[int, int] | None = None
    gathered = []
    for label, taught in data.labels.items():
        mine = LabelCrops(label, taught.kind, taught.name or label, [], [], len(taught.recordings))
        for recording in taught.recordings:
            stop()
            size = size or recording[0].shape[:2]
            mine.crops.extend(_cut_recording(recording, sight, size, name_of(label, taught), pool))
            begins = round(len(recording) * (1 - _HELD_BACK))
            mine.late.extend(index >= begins for index in range(len(recording)))
        gathered.append(mine)
    return gathered


def _cut_recording(
    recording: Sequence[Picture], sight: Sight, size: tuple[int, int], name: str, pool: ThreadPoolExecutor
) -> list[Picture]:  # fmt: skip
    def cut(index: int, matrix: Matrix) -> Picture:
        frame = recording[index]
        check_picture(frame, size, name)
        return reduced(cut_out(frame, matrix, sight.region, sight.input_size), sight.input_size)

    return list(pool.map(cut, range(len(recording)), sight.places(recording, pool)))


def reduced(crop: Picture, input_size: int) -> Picture:
    """A region's crop at most _LARGEST across; a whole frame's stays as it is."""
    if input_size != SMALL_INPUT or crop.shape[0] <= _LARGEST:
        return crop
    return np.asarray(cv2.resize(crop, (_LARGEST, _LARGEST), interpolation=cv2.INTER_AREA), np.uint8)


def mask_in(region: Region, mask: Mask, crop: Picture) -> Mask:
    """A mask of one pixel a unit as it lies in a region's crop."""
    cut = cut_out(mask, IDENTITY, region, crop.shape[0])
    high, wide = crop.shape[:2]
    return np.asarray((cv2.resize(cut, (wide, high), interpolation=cv2.INTER_AREA) > 127) * 255, np.uint8)
