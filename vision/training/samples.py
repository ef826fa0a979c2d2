"""Which pictures a step is taught with: the recorded ones varied, and composites, each with its class and its use."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detectors.decision import PREVIOUS, WRONG
from vision.detectors.pictures import Picture
from vision.detectors.region import to_size
from vision.training.augment import Augmenter
from vision.training.composites import Compositor, PartView
from vision.training.crops import LabelCrops, mask_in
from vision.training.lesson import LabelKind, StepOptions
from vision.training.placements import RIGHT_COUNT, WRONG_COUNTS, Fault
from vision.training.sight import Sight

_COPIES = {LabelKind.START: 2, LabelKind.CORRECT: 2, LabelKind.OCCLUDED: 2, LabelKind.INCORRECT: 1}
_SET_ASIDE = 4
"""Every so many-th right picture is not taught but sets the threshold, in _THRESHOLD_COPIES kinds of light."""
_THRESHOLD_COPIES = 6
_SOURCES = 10
"""Right pictures that composites are made from: those nearest their mean, so that none shows a hand that just leaves."""
_EVERY = 4
"""Of the start's crops and of the textures that composites use."""
_COMPARED = 56

Make = Callable[[np.random.Generator], Picture | None]


class Use(StrEnum):
    """What a sample is for."""

    TAUGHT = "taught"
    THRESHOLD = "threshold"
    CHECK = "check"
    """Only for the evaluation: a held-back picture as it was recorded."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture to be made. `late`: from the held-back end of its recording. `evaluated`: counts in the evaluation if late."""

    label: str
    use: Use
    late: bool
    evaluated: bool
    make: Make


def class_of(label: LabelCrops) -> str:
    """What the network calls a label."""
    return PREVIOUS if label.kind is LabelKind.START else label.label


def plan(labels: Sequence[LabelCrops], sight: Sight, options: StepOptions) -> list[Sample]:
    """Every sample of a step, in a fixed order."""
    crops = labels[0].crops[0]
    augmenter = Augmenter(options.augmentation, sight.input_size, crops.shape[1] / sight.region.width, np.random.default_rng(options.seed))
    samples = [sample for label in labels for sample in _recorded(label, augmenter, sight.input_size)]
    right = [label for label in labels if label.label in sight.masks]
    start = next(label for label in labels if label.kind is LabelKind.START)
    for label in right:
        compositor = _compositor(label, start, sight, options)
        samples += _composed(label, compositor, augmenter, 1 / len(right))
    return samples


def _recorded(label: LabelCrops, augmenter: Augmenter, size: int) -> Iterator[Sample]:
    name = class_of(label)
    for index, (crop, late) in enumerate(zip(label.crops, label.late, strict=True)):
        aside = label.kind is LabelKind.CORRECT and index % _SET_ASIDE == _SET_ASIDE - 1
        use, copies = (Use.THRESHOLD, _THRESHOLD_COPIES) if aside else (Use.TAUGHT, _COPIES[label.kind])
        for copy in range(copies):
            yield Sample(name, use, late, copy == 0, partial(augmenter.vary, crop))
        if late:
            yield Sample(name, Use.CHECK, late, True, partial(_as_recorded, crop, size))


def _as_recorded(crop: Picture, size: int, _: np.random.Generator) -> Picture:
    return to_size(crop, size)


def _compositor(label: LabelCrops, start: LabelCrops, sight: Sight, options: StepOptions) -> Compositor:
    """Composites come from the early pictures alone, so that the evaluation's stay unseen."""
    crops = label.early_crops
    mask = mask_in(sight.region, sight.masks[label.label], crops[0])
    pixels = crops[0].shape[1] / sight.region.width
    view = PartView(mask, start.early_crops[::_EVERY], _nearest_mean(crops, mask), [sight.reference], pixels)
    return Compositor(view, options.tolerance_px, options.smallest_error_px)


def _nearest_mean(crops: Sequence[Picture], mask: NDArray[np.uint8]) -> list[Picture]:
    """The crops whose part lies nearest to where it mostly lies."""
    inside = cv2.resize(mask, (_COMPARED, _COMPARED), interpolation=cv2.INTER_AREA) > 0
    small = [cv2.resize(crop, (_COMPARED, _COMPARED), interpolation=cv2.INTER_AREA)[inside] for crop in crops]
    stack = np.asarray(small, np.float32)
    distances = np.abs(stack - stack.mean(0)).mean((1, 2))
    return [crops[index] for index in np.argsort(distances, kind="stable")[:_SOURCES]]


def _composed(label: LabelCrops, compositor: Compositor, augmenter: Augmenter, share: float) -> Iterator[Sample]:
    """Wrong and right composites of one right label; `share` when several right labels divide the number. Every fourth wrong
    one is held back from the evaluation's model."""
    for fault, count in WRONG_COUNTS.items():
        for index in range(max(1, round(count * share))):
            late = index % _SET_ASIDE == _SET_ASIDE - 1
            yield Sample(WRONG, Use.TAUGHT, late, True, partial(_wrong, compositor, augmenter, fault))
    make = partial(_right, compositor, augmenter)
    for _ in range(round(RIGHT_COUNT * share)):
        yield Sample(label.label, Use.TAUGHT, False, False, make)
    aside = len(label.crops) // _SET_ASIDE * _THRESHOLD_COPIES
    for _ in range(aside // 2):
        yield Sample(label.label, Use.THRESHOLD, False, False, make)


def _wrong(compositor: Compositor, augmenter: Augmenter, fault: Fault, rng: np.random.Generator) -> Picture | None:
    composite = compositor.wrong(fault, rng)
    return None if composite is None else augmenter.vary(composite, rng)


def _right(compositor: Compositor, augmenter: Augmenter, rng: np.random.Generator) -> Picture:
    return augmenter.vary(compositor.right(rng), rng)


@dataclass(frozen=True, slots=True)
class Album:
    """The samples with their pictures, those left out that cannot be made (a fault that does not show)."""

    samples: list[Sample]
    pictures: list[Picture]


def make_all(samples: Sequence[Sample], seed: int, pool: ThreadPoolExecutor, done: Callable[[int], None]) -> Album:
    """Make every picture; each has its own random numbers, so threads change nothing. `done` gets the number made, and may raise."""

    def make(number: int) -> Picture | None:
        return samples[number].make(np.random.default_rng([seed, number]))

    album = Album([], [])
    for number, picture in enumerate(pool.map(make, range(len(samples)))):
        done(number)
        if picture is not None:
            album.samples.append(samples[number])
            album.pictures.append(picture)
    return album
