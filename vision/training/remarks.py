"""What a person should know about the pictures a step was taught from, beside the numbers; each a sentence."""

from collections.abc import Iterator, Sequence

import numpy as np

from vision.detectors.pictures import Picture
from vision.training.change import Mask
from vision.training.crops import LabelCrops, mask_in
from vision.training.lesson import LabelKind, StepData
from vision.training.sight import Sight

_NO_HANDS = "No pictures of covering hands were recorded, so hands over the part can be taken for something else."
_HANDS_ELSEWHERE = (
    "In the pictures of {names} nothing covers the part, so they taught nothing: record hands over the place of this step, or they can be "
    "taken for something else."
)
_BLACK = "{count} black picture{s} of ‘{name}’ {were} left out."
_FAINT = (
    "‘{name}’ hardly differs from the bench under it (by {levels:.0f} of 255 grey levels), so small errors of placement may not be seen "
    "and the numbers here promise little: turn the lamp, or lay a mat of another colour under the part, and record again."
)
_FAINT_LEVELS = 25.0
"""Mean difference over the part's place under which a warning is due: of parts with 13 to 20 levels some tilts of 12 to 28° were missed,
those of 42 and more were seen well."""


def remarks(data: StepData, labels: Sequence[LabelCrops], sight: Sight) -> tuple[str, ...]:
    """`labels` are those that were taught; `data` what was recorded."""
    return (*_faint(labels, sight), *_black(data, labels), *_hands(data, labels))


def _faint(labels: Sequence[LabelCrops], sight: Sight) -> Iterator[str]:
    start = next(label for label in labels if label.kind is LabelKind.START)
    for label in labels:
        if label.label in sight.masks:
            mask = mask_in(sight.region, sight.masks[label.label], label.crops[0])
            levels = contrast(start.crops, label.crops, mask)
            if levels < _FAINT_LEVELS:
                yield _FAINT.format(name=label.name, levels=levels)


def contrast(without: Sequence[Picture], present: Sequence[Picture], mask: Mask) -> float:
    """Grey levels by which a part differs from what lies under it: mean over its place of the largest difference of a channel.

    The crops have one size, the mask's; their light is one recording's and is taken as it is.
    """
    inside = mask > 0
    means = [np.mean([crop[inside] for crop in crops], 0, dtype=np.float32) for crops in (without, present)]
    return float(np.abs(means[0] - means[1]).max(1).mean())


def _black(data: StepData, labels: Sequence[LabelCrops]) -> Iterator[str]:
    for label in labels:
        count = sum(len(recording) for recording in data.labels[label.label].recordings) - len(label.crops)
        if label.kind is not LabelKind.OCCLUDED and count:
            yield _BLACK.format(count=count, s="" if count == 1 else "s", name=label.name, were="was" if count == 1 else "were")


def _hands(data: StepData, labels: Sequence[LabelCrops]) -> Iterator[str]:
    if any(label.kind is LabelKind.OCCLUDED for label in labels):
        return
    names = [f"‘{taught.name or id_}’" for id_, taught in data.labels.items() if taught.kind is LabelKind.OCCLUDED]
    yield _HANDS_ELSEWHERE.format(names=" and ".join(names)) if names else _NO_HANDS
