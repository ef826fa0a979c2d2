"""One frame's verdict, and what it means for the step that is being coached."""

from dataclasses import dataclass
from enum import StrEnum

from storage.entities.assembly import Assembly
from storage.entities.naming import NOT_SURE, PREVIOUS, WRONG
from storage.entities.step import Label, LabelType, Step, StepAction


class Kind(StrEnum):
    """What a frame says about the step."""

    WAITING = "waiting"
    """The bench is as the step before left it."""
    SEEN = "seen"
    """The step looks done."""
    WRONG = "wrong"
    NOT_SURE = "not_sure"
    HANDS = "hands"
    """The view is covered."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen in one frame: a label id, or one of the classes "previous", "wrong", "not_sure". `captured_at_ns` is UTC."""

    step_id: int
    label: str
    confidence: float
    frame_no: int
    captured_at_ns: int


_KINDS = {
    LabelType.MASTER: Kind.SEEN,
    LabelType.CORRECT: Kind.SEEN,
    LabelType.INCORRECT: Kind.WRONG,
    LabelType.OCCLUDED: Kind.HANDS,
    LabelType.PERSPECTIVE: Kind.WAITING,
    LabelType.IO: Kind.WAITING,
}
_CLASSES = {PREVIOUS: Kind.WAITING, WRONG: Kind.WRONG, NOT_SURE: Kind.NOT_SURE}


def is_watched(step: Step) -> bool:
    """Whether the camera decides this step; the others wait for a person (operation 7 or SKIP_STEP)."""
    return step.action is StepAction.ML


def kind_of(assembly: Assembly, step: Step, sighting: Sighting) -> Kind:
    """What a frame means while `step` is coached.

    Right and wrong need the step's `minimum_predict`; below it nobody should believe either. A covered view is believed at
    once, because it only ever holds evidence still. The end of another step is the bench as it was.
    """
    kind = _CLASSES.get(sighting.label) or _kind_of_label(assembly, step, sighting.label)
    if kind in (Kind.SEEN, Kind.WRONG) and sighting.confidence < step.minimum_predict:
        return Kind.NOT_SURE
    return kind


def _kind_of_label(assembly: Assembly, step: Step, label_id: str) -> Kind:
    if _is(assembly.occluded_label, label_id):
        return Kind.HANDS
    if _is(assembly.start_label, label_id):
        return Kind.WAITING
    for owner in assembly.steps:
        for label in owner.labels:
            if label.id == label_id:
                return _KINDS[label.type] if owner.id == step.id else Kind.WAITING
    return Kind.NOT_SURE


def _is(label: Label | None, label_id: str) -> bool:
    return label is not None and label.id == label_id
