"""The one sentence that the operator reads: plain words, what to do first."""

from hub.coaching.facts import (
    CoachingCancelled,
    CoachingCompleted,
    CoachingPaused,
    Fact,
    StepCompleted,
    StepInterrupted,
    StepReversed,
)
from hub.coaching.sighting import Kind, is_watched
from hub.coaching.timeline import step_label
from storage.entities.assembly import Assembly
from storage.entities.session import StepStatus
from storage.entities.step import Step

_PAUSES = {
    "": "Coaching is paused. Resume it to go on.",
    "idle": "Nothing has happened for a while, so coaching is paused. Resume it to go on.",
    "step_deleted": "This step was deleted from the assembly, so coaching is paused. Cancel this unit and start it again.",
}
_CONFIRM = "The camera does not check this step: confirm it when it is done."


def of_fact(assembly: Assembly, fact: Fact) -> str:
    """What a fact tells the operator."""
    name = step_label(assembly, fact.step_id)
    match fact:
        case StepCompleted():
            return f"Done: {_lowered(name)}."
        case StepInterrupted():
            ending = "was skipped" if fact.step_status is StepStatus.SKIPPED else "was left, to be done later"
            return f"“{name}” {ending}{_because(fact.reason)}."
        case CoachingPaused():
            return (
                f"Coaching is paused{_because(fact.reason)}. Resume it to go on." if fact.reason else _PAUSES.get(fact.error, _PAUSES[""])
            )
        case CoachingCancelled():
            return f"This unit was cancelled{_because(fact.reason)}."
        case CoachingCompleted():
            return f"{assembly.name} is complete."
        case StepReversed():
            return "Again: " + _lowered(instruction(assembly, fact.step_id))
        case _:
            return instruction(assembly, fact.step_id)


def of_view(assembly: Assembly, step_id: int, kind: Kind, *, taught_wrong: bool = False, waits_for_person: bool = False) -> str:
    """What the picture tells the operator. `taught_wrong`: a wrong part that was shown in training, not just unlike the right one."""
    wanted = _lowered(step_label(assembly, step_id))
    match kind:
        case Kind.WRONG:
            return f"This is not {'the right part' if taught_wrong else 'right'}. Take it off and {wanted}."
        case Kind.NOT_SURE:
            return "Not sure. Show it again."
        case Kind.HANDS:
            return "Your hands are in the way."
        case Kind.SEEN:
            return "This looks right. Confirm it to go on." if waits_for_person else "This looks right. Hold it a moment."
        case Kind.WAITING:
            return instruction(assembly, step_id)


def instruction(assembly: Assembly, step_id: int) -> str:
    """What to do in a step: its name, then its description, unless that begins with the name."""
    name = step_label(assembly, step_id)
    step = _step(assembly, step_id)
    description = step.description.strip() if step is not None else ""
    parts = [part for part in (name, description) if part]
    if description.startswith(name.rstrip("…")):
        parts = [description]
    if step is not None and not is_watched(step):
        parts.append(_CONFIRM)
    return " ".join(part if part.endswith((".", "!", "?")) else part + "." for part in parts)


def _step(assembly: Assembly, step_id: int) -> Step | None:
    return next((step for step in assembly.steps if step.id == step_id), None)


def _because(reason: str) -> str:
    return f" ({reason.rstrip('.')})" if reason else ""


def _lowered(text: str) -> str:
    """The text as it stands inside a sentence; a word such as QA or M4 keeps its capital."""
    return text if text[1:2].isupper() or text[1:2].isdigit() else text[:1].lower() + text[1:]
