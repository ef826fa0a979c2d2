"""What an assembly lacks before it may be coached: pure functions of values."""

from typing import NamedTuple

from hub.coaching.advance import place
from hub.coaching.sighting import is_watched
from storage.entities.assembly import Assembly
from storage.entities.model_version import ModelVersion


class Lack(NamedTuple):
    """A stable code, and a sentence that says what to do."""

    code: str
    sentence: str


def lack_of_training(assembly: Assembly, model: ModelVersion | None) -> Lack | None:
    """Steps, or a model of all that a camera watches; `model` is the active one, None where it is not stored."""
    if not assembly.steps:
        return Lack("no_steps", f"{assembly.name} has no steps yet. Record them first.")
    watched = [step for step in assembly.steps if is_watched(step)]
    if not watched:
        return None
    number = assembly.active_model_version
    if number is None:
        return Lack("no_model", f"{assembly.name} has no active model. Train it, or activate a version.")
    known = {step.step_id for step in model.steps} if model else {step.id for step in assembly.steps}
    missing = [str(place(assembly, step.id)) for step in watched if step.id not in known]
    if missing:
        return Lack("model_too_old", f"Model {number} does not know step {', '.join(missing)}. Train {assembly.name} again.")
    return None


def lack_of_release(assembly: Assembly) -> Lack | None:
    """What release control asks for: published, and with an approver."""
    if assembly.published_at_ms is None:
        return Lack("not_published", f"Release control is on, and {assembly.name} is not published. Publish it, with an approver.")
    if not assembly.approver:
        return Lack("not_approved", f"Release control is on, and {assembly.name} has no approver. Name who approves it.")
    return None
