"""Names of labels as the outside knows them (`step-3_good`); inside, a label is an id."""

from typing import NamedTuple

from storage.entities.assembly import Assembly
from storage.entities.step import Label, LabelType

_VALUES = {
    LabelType.MASTER: "good",
    LabelType.CORRECT: "good",
    LabelType.INCORRECT: "incorrect",
    LabelType.PERSPECTIVE: "perspective",
    LabelType.IO: "io",
    LabelType.OCCLUDED: "occluded",
}
_NUMBERED = (LabelType.CORRECT, LabelType.INCORRECT)
# Classes of a network that are no taught label of the step.
PREVIOUS, WRONG, NOT_SURE = "previous", "wrong", "not_sure"


class LabelName(NamedTuple):
    """`name` is "step-3", `value` "good", `full` "step-3_good"."""

    name: str
    value: str
    full: str


def label_value(label: Label) -> str:
    """What follows the step in a label's name: good, good_1, incorrect_2, perspective, io, occluded."""
    value = _VALUES[label.type]
    return f"{value}_{label.index}" if label.type in _NUMBERED else value


def label_name(assembly: Assembly, step_id: int, label_id: str) -> LabelName:
    """Name of a label, or of a class such as "previous" or "wrong", seen while step `step_id` is watched.

    A label of another step keeps the number of its own step. Raises KeyError when the assembly has no such step; an
    unknown label id (taught once, deleted since) is named by itself.
    """
    number = assembly.step_number(step_id)
    if assembly.start_label is not None and label_id == assembly.start_label.id:
        return _named(1, PREVIOUS)
    if assembly.occluded_label is not None and label_id == assembly.occluded_label.id:
        return _named(number, _VALUES[LabelType.OCCLUDED])
    for place, step in enumerate(assembly.steps, start=1):
        for label in step.labels:
            if label.id == label_id:
                return _named(place, label_value(label))
    return _named(number, label_id)


def _named(number: int, value: str) -> LabelName:
    return LabelName(f"step-{number}", value, f"step-{number}_{value}")
