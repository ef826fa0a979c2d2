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
from vision.training.checks import check_picture, check_seen, is_black, name_of
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
    """Every label's crops, all of one size; black pictures are left out, except of hands, which may cover the lens.

    `stop` is called between recordings and may raise. Raises TrainingError.
    """
    size: tuple[int, int] | None = None
    gathered = []
    for label, taught in data.labels.items():
        mine = LabelCrops(label, taught.kind, taught.name or label, [], [], len(taught.recordings))
        for recording in taught.recordings:
            stop()
            size = size or recording[0].shape[:2]
            begins = round(len(recording) * (1 - _HELD_BACK))
            for index, crop in enumerate(_cut_recording(recording, taught.kind, sight, size, name_of(label, taught), pool)):
                if crop is not None:
                    mine.crops.append(crop)
                    mine.late.append(index >= begins)
        frames = sum(len(recording) for recording in taught.recordings)
        check_seen(frames - len(mine.crops), frames, name_of(label, taught))
        gathered.append(mine)
    return gathered


def _cut_recording(
    recording: Sequence[Picture], kind: LabelKind, sight: Sight, size: tuple[int, int], name: str, pool: ThreadPoolExecutor
) -> list[Picture | None]:  # fmt: skip
    def cut(index: int, matrix: Matrix) -> Picture | None:
        frame = recording[index]
        check_picture(frame, size, name)
        crop = reduced(cut_out(frame, matrix, sight.region, sight.input_size), sight.input_size)
        # Only a black region makes the whole picture worth a look.
        return None if kind is not LabelKind.OCCLUDED and is_black(crop) and is_black(frame) else crop

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
