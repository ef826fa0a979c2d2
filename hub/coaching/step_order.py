"""The order of an assembly's steps: where a step goes, and whom a change of the order would leave in disorder."""

from collections.abc import Iterable, Sequence

from hub.errors import Conflict, Invalid
from storage.entities.session import Session
from storage.entities.step import LabelType, Step, StepAction
from storage.entities.step_data import StepDataType

END = 0
"""In place of a neighbour's id: there is none, the step is the first or the last."""

_ACTIONS = {
    StepDataType.ML: StepAction.ML,
    StepDataType.OCR_CHECK: StepAction.OCR_CHECK,
    StepDataType.OCR_CAPTURE: StepAction.OCR_CAPTURE,
    StepDataType.OCR_VERIFY: StepAction.OCR_VERIFY,
    StepDataType.TORQUE: StepAction.TORQUE_ONLY,
    StepDataType.INPUT: StepAction.INPUT,
    StepDataType.OUTPUT: StepAction.OUTPUT,
    StepDataType.QA: StepAction.QA,
}


def moved(steps: Sequence[Step], step_id: int, previous_id: int | None, next_id: int | None) -> tuple[Step, ...]:
    """The steps with one of them between the neighbours named: ids, or END. None = nothing is said.

    Of the two, one that the step has already is taken as left over from reading it. Raises Invalid naming the field.
    """
    here = [step.id for step in steps].index(step_id)
    step, others = steps[here], [*steps[:here], *steps[here + 1 :]]
    ids = [other.id for other in others]
    before = ids[here - 1] if here else END
    after = ids[here] if here < len(ids) else END
    places = set()
    if previous_id is not None and previous_id != before:
        places.add(0 if previous_id == END else _index(ids, previous_id, "previous_step_id") + 1)
    if next_id is not None and next_id != after:
        places.add(len(ids) if next_id == END else _index(ids, next_id, "next_step_id"))
    if len(places) > 1:
        raise Invalid("previous_step_id and next_step_id are not next to each other: name one, or two neighbours.", field="next_step_id")
    for place in places:
        return (*others[:place], step, *others[place:])
    return tuple(steps)


def refuse_disorder(sessions: Iterable[Session], before: Sequence[Step], after: Sequence[Step]) -> None:
    """Raises Conflict when a unit that is being built would lose the step that it is at, or would do a step twice or never."""
    kept = {step.id for step in before} & {step.id for step in after}
    for session in sessions:
        if not any(step.id == session.step_id for step in before):
            continue
        where = f"The unit at station {session.station_id} is at {named(before, session.step_id)}"
        if session.step_id not in kept:
            raise Conflict(f"{where}: finish or cancel it before this step goes.", code="being_coached", record_id=session.id)
        if _passed(before, session.step_id, kept) != _passed(after, session.step_id, kept):
            reason = "a step would be done twice or left out. Finish or cancel it first."
            raise Conflict(f"{where}: {reason}", code="being_coached", record_id=session.id)


def named(steps: Sequence[Step], step_id: int) -> str:
    """What a sentence calls a step: `step 3 “Fit part”`."""
    for number, step in enumerate(steps, start=1):
        if step.id == step_id:
            return f"step {number} “{step.name}”" if step.name else f"step {number}"
    return f"step {step_id}"


def action_of(step: Step) -> StepAction:
    """What decides the step: what its data say, unless the camera was taught it or nothing is said."""
    if not step.step_data or any(label.type is LabelType.MASTER for label in step.labels):
        return step.action
    types = [data.data_type for data in step.step_data]
    return StepAction.ML if StepDataType.ML in types else _ACTIONS[types[0]]


def _index(ids: Sequence[int], wanted: int, field: str) -> int:
    if wanted not in ids:
        raise Invalid(f"There is no other step {wanted} in this assembly.", field=field)
    return ids.index(wanted)


def _passed(steps: Sequence[Step], step_id: int, kept: set[int]) -> set[int]:
    """Of the steps kept, those that come before one."""
    ids = [step.id for step in steps]
    return set(ids[: ids.index(step_id)]) & kept
