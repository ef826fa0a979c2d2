"""From an assembly's recordings in the file store to what each of its steps is taught from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import overload

import cv2
import numpy as np

from storage.entities.assembly import Assembly
from storage.entities.augmentation import Augmentation as Strengths
from storage.entities.naming import label_name
from storage.entities.step import Label, LabelType, Step, StepAction
from vision.detectors.pictures import Picture
from vision.training.errors import TrainingError
from vision.training.lesson import Augmentation, LabelKind, StepData, StepOptions, TaughtLabel

_KINDS = {
    LabelType.MASTER: LabelKind.CORRECT,
    LabelType.CORRECT: LabelKind.CORRECT,
    LabelType.INCORRECT: LabelKind.INCORRECT,
    LabelType.OCCLUDED: LabelKind.OCCLUDED,
}


class RecordedPictures(Sequence[Picture]):
    """The frames of one finished recording, decoded when they are asked for."""

    def __init__(self, folder: Path, frames: int) -> None:
        self._folder = folder
        self._frames = frames

    def __len__(self) -> int:
        return self._frames

    @overload
    def __getitem__(self, index: int) -> Picture: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Picture]: ...

    def __getitem__(self, index: int | slice) -> Picture | Sequence[Picture]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(self._frames))]
        if not -self._frames <= index < self._frames:
            raise IndexError(index)
        picture = cv2.imread(str(self._folder / f"{index % self._frames:06d}.jpg"), cv2.IMREAD_COLOR)
        if picture is None:
            raise TrainingError(f"Picture {index % self._frames + 1} of a recording is missing or not readable. Record its label again.")
        return np.asarray(picture, np.uint8)


@dataclass(frozen=True, slots=True)
class StepLesson:
    """One step to be taught: its place from 1, and what it is taught from."""

    step: Step
    number: int
    data: StepData
    options: StepOptions

    @property
    def title(self) -> str:
        """What sentences call the step."""
        return f"Step {self.number} ({self.step.name})" if self.step.name else f"Step {self.number}"


def lessons(assembly: Assembly, recordings: Mapping[str, RecordedPictures], threads: int) -> list[StepLesson]:
    """Every step that is looked at, in order; `recordings` by their id, finished ones only.

    A step starts as the step before it ended. Raises TrainingError naming the step whose recordings are missing.
    """
    found: list[StepLesson] = []
    before = assembly.start_label
    for number, step in enumerate(assembly.steps, start=1):
        master = next((label for label in step.labels if label.type is LabelType.MASTER), None)
        if step.action is not StepAction.ML and (master is None or not master.recordings):
            continue
        taught = _taught(assembly, step, before, recordings)
        found.append(StepLesson(step, number, StepData(taught), _options(assembly, step, threads)))
        _check(found[-1], number)
        before = master
    if not found:
        raise TrainingError("This assembly has no step that a camera can check.")
    return found


def _taught(assembly: Assembly, step: Step, before: Label | None, recordings: Mapping[str, RecordedPictures]) -> dict[str, TaughtLabel]:
    taught = {}
    for label, kind in _labels(assembly, step, before):
        pictures = [recordings[id_] for id_ in label.recordings if id_ in recordings]
        if pictures:
            taught[label.id] = TaughtLabel(kind, pictures, label_name(assembly, step.id, label.id).full)
    return taught


def _labels(assembly: Assembly, step: Step, before: Label | None) -> Iterator[tuple[Label, LabelKind]]:
    if before is not None:
        yield before, LabelKind.START
    for label in step.labels:
        if label.type in _KINDS:
            yield label, _KINDS[label.type]
    if assembly.occluded_label is not None and all(label.type is not LabelType.OCCLUDED for label in step.labels):
        yield assembly.occluded_label, LabelKind.OCCLUDED


def _check(lesson: StepLesson, number: int) -> None:
    kinds = {taught.kind for taught in lesson.data.labels.values()}
    if LabelKind.START not in kinds:
        what = "the bench before step 1 (step_index 0)" if number == 1 else "the end of the step before"
        raise TrainingError(f"{lesson.title} cannot be taught: {what} is not recorded.")
    if LabelKind.CORRECT not in kinds:
        raise TrainingError(f"{lesson.title} cannot be taught: its MASTER is not recorded.")


def _options(assembly: Assembly, step: Step, threads: int) -> StepOptions:
    return StepOptions(
        tolerance_px=step.tolerance_px,
        smallest_error_px=step.smallest_error_px,
        roi=_roi(step.roi_zoom),
        augmentation=_augmentation(assembly.augmentation),
        threads=threads,
    )


def _roi(drawn: str) -> tuple[float, float, float, float] | None:
    if not drawn:
        return None
    x, y, w, h = (float(part) for part in drawn.split(","))
    return x, y, w, h


def _augmentation(wish: Strengths) -> Augmentation:
    """The usual ranges, each as many times as wide as the assembly wishes."""
    usual, lighting, placement = Augmentation(), wish.lighting_aug, wish.placement_aug
    return replace(
        usual,
        gain=(usual.gain[0] * lighting, usual.gain[1] * lighting),
        gamma=usual.gamma * lighting,
        gradient=usual.gradient * lighting,
        shift=usual.shift * placement,
        turn=usual.turn * placement,
        zoom=usual.zoom * placement,
        colour=usual.colour * wish.color_aug,
    )
