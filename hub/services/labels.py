"""Where a recording belongs in an assembly: pure functions of values (which label, which step, what its name is)."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hub.errors import Conflict, Invalid
from storage.entities.assembly import Assembly
from storage.entities.naming import label_name
from storage.entities.step import Label, LabelType, Step, StepAction
from storage.entities.training_context import LabelPlan

NUMBERED = (LabelType.CORRECT, LabelType.INCORRECT)
TAUGHT = (LabelType.MASTER, LabelType.CORRECT, LabelType.INCORRECT, LabelType.OCCLUDED)
# Of each kind and step: as many as a network of one step still tells apart.
LABELS_OF_A_KIND = 20
STEPS_LIMIT = 200


@dataclass(frozen=True, slots=True)
class LabelWish:
    """What /model/start asks to record."""

    label_type: LabelType = LabelType.MASTER
    step_index: int | None = None
    label_index: int | None = None
    replaces: bool = False
    inserts_step: bool = False
    step_fields: dict[str, Any] = field(default_factory=dict)


def plan_label(assembly: Assembly, wish: LabelWish) -> LabelPlan:
    """What the wish will change once it is recorded. Raises Invalid naming the field, Conflict for an assembly that is full."""
    if wish.label_type not in TAUGHT:
        raise Invalid(f"{wish.label_type.value} cannot be taught yet; MASTER, CORRECT, INCORRECT and OCCLUDED can.", field="step_type")
    place = _place(assembly, wish)
    if place == 0:
        known = assembly.occluded_label if wish.label_type is LabelType.OCCLUDED else assembly.start_label
        return LabelPlan(place=0, label=known or _new_label(wish.label_type), replaces=wish.replaces)
    inserts = wish.inserts_step or place > len(assembly.steps)
    if inserts and len(assembly.steps) >= STEPS_LIMIT:
        raise Conflict(f"An assembly has at most {STEPS_LIMIT} steps.", code="too_many_steps")
    if inserts and wish.label_type is not LabelType.MASTER:
        raise Invalid(f"Step {place} does not exist yet: record its MASTER first.", field="step_type")
    labels = () if inserts else assembly.steps[place - 1].labels
    return LabelPlan(
        place=place,
        step_id=assembly.next_step_id if inserts else assembly.steps[place - 1].id,
        inserts_step=inserts,
        label=_wanted_label(labels, wish),
        replaces=wish.replaces,
        step_fields=wish.step_fields,
    )


def apply_plan(assembly: Assembly, plan: LabelPlan, recording_id: str, overlay: tuple[str, ...] | None) -> Assembly:
    """The assembly with the recording in its label; the same when it is there already. Raises Conflict when the step is gone since."""
    if recording_id in {r for _, label in all_labels(assembly) for r in label.recordings}:
        return assembly
    if plan.place == 0:
        name = "occluded_label" if plan.label.type is LabelType.OCCLUDED else "start_label"
        label = _recorded(getattr(assembly, name) or plan.label, plan, recording_id, overlay)
        return assembly.model_copy(update={name: label})
    steps = list(assembly.steps)
    update: dict[str, Any] = {}
    if plan.inserts_step and not any(step.id == plan.step_id for step in steps):
        steps.insert(plan.place - 1, Step(id=plan.step_id or 1))
        update["next_step_id"] = max(assembly.next_step_id, (plan.step_id or 1) + 1)
    for at, step in enumerate(steps):
        if step.id == plan.step_id:
            steps[at] = _with_label(step, plan, recording_id, overlay)
            return assembly.model_copy(update={**update, "steps": tuple(steps)})
    raise Conflict("The step was deleted while it was recorded.", code="step_deleted")


def all_labels(assembly: Assembly) -> Iterator[tuple[int | None, Label]]:
    """All labels with the id of their step (None = of the whole assembly)."""
    if assembly.start_label is not None:
        yield None, assembly.start_label
    if assembly.occluded_label is not None:
        yield None, assembly.occluded_label
    for step in assembly.steps:
        for label in step.labels:
            yield step.id, label


def name_of(assembly: Assembly, step_id: int | None, label: Label) -> str:
    """The full name of a label; one of the whole assembly is named by step 1."""
    if step_id is None:
        return "step-1_occluded" if label.type is LabelType.OCCLUDED else "step-1_previous"
    return label_name(assembly, step_id, label.id).full


def label_by_name(assembly: Assembly, name: str) -> Label | None:
    """The label that a name means: `step-n_previous` is the end of the step before, `step-n_occluded` the step's own or the assembly's."""
    wanted = name
    number, _, value = name.removeprefix("step-").partition("_")
    if not number.isdecimal() or not 1 <= int(number) <= max(1, len(assembly.steps)):
        return None
    if value == "previous" and int(number) > 1:
        wanted = f"step-{int(number) - 1}_good"
    for step_id, label in all_labels(assembly):
        if name_of(assembly, step_id, label) == wanted and (step_id is not None or value != "occluded"):
            return label
    return assembly.occluded_label if value == "occluded" else None


def not_recorded(assembly: Assembly) -> list[str]:
    """Names of the labels that training needs and that have no recording: the bench before step 1 and each step's MASTER."""
    missing = [] if assembly.start_label and assembly.start_label.recordings else ["step-1_previous"]
    for number, step in enumerate(assembly.steps, start=1):
        if not any(label.type is LabelType.MASTER and label.recordings for label in step.labels):
            missing.append(f"step-{number}_good")
    return missing


def _place(assembly: Assembly, wish: LabelWish) -> int:
    if wish.step_index is None and wish.label_type is not LabelType.OCCLUDED:
        raise Invalid("step_index is needed: 0 is the bench before step 1, 1 the first step.", field="step_index")
    place = wish.step_index or 0
    if not 0 <= place <= len(assembly.steps) + 1:
        raise Invalid(f"step_index is 0 to {len(assembly.steps) + 1}: this assembly has {len(assembly.steps)} steps.", field="step_index")
    if place == 0 and wish.label_type not in (LabelType.MASTER, LabelType.OCCLUDED):
        raise Invalid("step_index 0 takes MASTER (the bench before step 1) or OCCLUDED.", field="step_type")
    if place == 0 and wish.inserts_step:
        raise Invalid("INSERT needs a step_index from 1.", field="step_index")
    return place


def _wanted_label(labels: tuple[Label, ...], wish: LabelWish) -> Label:
    alike = [label for label in labels if label.type is wish.label_type]
    if wish.label_type not in NUMBERED:
        return alike[0] if alike else _new_label(wish.label_type)
    next_index = max((label.index for label in alike), default=0) + 1
    index = wish.label_index or next_index
    for label in alike:
        if label.index == index:
            return label
    if index != next_index:
        raise Invalid(f"label_index is at most {next_index} here.", field="label_index")
    if len(alike) >= LABELS_OF_A_KIND:
        raise Conflict(f"A step has at most {LABELS_OF_A_KIND} labels of a kind.", code="too_many_labels")
    return _new_label(wish.label_type, index)


def _with_label(step: Step, plan: LabelPlan, recording_id: str, overlay: tuple[str, ...] | None) -> Step:
    known = next((label for label in step.labels if label.id == plan.label.id), None)
    recorded = _recorded(known or plan.label, plan, recording_id, overlay)
    labels = tuple(recorded if label.id == recorded.id else label for label in step.labels) if known else (*step.labels, recorded)
    # Whose end is taught, that step is watched from now on, whatever was checked at it before.
    watched = {"action": StepAction.ML} if recorded.type is LabelType.MASTER else {}
    return step.model_copy(update={**plan.step_fields, **watched, "labels": labels})


def _recorded(label: Label, plan: LabelPlan, recording_id: str, overlay: tuple[str, ...] | None) -> Label:
    earlier = () if plan.replaces else label.recordings
    update: dict[str, Any] = {"recordings": (*earlier, recording_id)}
    if overlay is not None:
        update["overlay_rectangles"] = overlay
    return label.model_copy(update=update)


def _new_label(label_type: LabelType, index: int = 0) -> Label:
    return Label(id="l" + secrets.token_hex(4), type=label_type, index=index)
