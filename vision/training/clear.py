"""Leaves out pictures of hands in which the hands are somewhere else.

One recording of hands serves all steps of an assembly. Over another step's place they leave this step's part in clear view: taught as
covered, such a picture would make the model call a right or an empty place covered.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detectors.pictures import Picture
from vision.training.change import Mask
from vision.training.crops import LabelCrops, mask_in
from vision.training.lesson import LabelKind
from vision.training.sight import Sight

_ACROSS = 56
"""Pixels across of the comparison: finer detail is camera shake."""
_LIKE_ITS_OWN = 1.5
"""A view counts as clear when it is no further from the mean of a label than this times that label's own pictures (95 % of them)."""
_LEAST_DISTANCE = 6.0
"""Grey levels: a recording without any noise still has light that flickers."""
_FEWEST = 5
"""Fewer covered pictures teach nothing."""

Small = NDArray[np.float32]


def without_clear_views(labels: Sequence[LabelCrops], sight: Sight) -> list[LabelCrops]:
    """The labels, each OCCLUDED one only with the pictures in which something covers the part; one with too few of them is left out."""
    if sight.part is None:
        return list(labels)
    part = _part(sight, labels[0].crops[0])
    views = [_View(label.crops, part) for label in labels if label.kind in (LabelKind.START, LabelKind.CORRECT)]
    kept = []
    for label in labels:
        if label.kind is not LabelKind.OCCLUDED:
            kept.append(label)
            continue
        covered = [index for index, crop in enumerate(label.crops) if not any(view.shows(crop) for view in views)]
        if len(covered) >= _FEWEST:
            kept.append(replace(label, crops=[label.crops[i] for i in covered], late=[label.late[i] for i in covered]))
    return kept


class _View:
    """How the part's place looks in one label, and how much that varies."""

    def __init__(self, crops: Sequence[Picture], part: Mask) -> None:
        self._part = part > 0
        small = [_small(crop) for crop in crops]
        self._mean: Small = np.mean(small, axis=0, dtype=np.float32)
        own = [self._distance(each) for each in small]
        self._limit = max(_LEAST_DISTANCE, _LIKE_ITS_OWN * float(np.quantile(own, 0.95)))

    def shows(self, crop: Picture) -> bool:
        """Whether the part's place looks as in this label."""
        return self._distance(_small(crop)) <= self._limit

    def _distance(self, small: Small) -> float:
        return float(np.abs(small - self._mean).max(axis=2)[self._part].mean())


def _part(sight: Sight, crop: Picture) -> Mask:
    assert sight.part is not None
    mask = cv2.resize(mask_in(sight.region, sight.part, crop), (_ACROSS, _ACROSS), interpolation=cv2.INTER_AREA)
    return np.asarray((mask > 127) * 255 if (mask > 127).any() else mask, np.uint8)


def _small(crop: Picture) -> Small:
    return np.asarray(cv2.resize(crop, (_ACROSS, _ACROSS), interpolation=cv2.INTER_AREA), np.float32)
