"""Which steps an assembly's model does not know as they are now."""

from hub.coaching.sighting import is_watched
from storage.entities.assembly import Assembly
from storage.entities.model_version import ModelVersion, StepModel
from storage.entities.step import LabelType, Step

_TAUGHT = (LabelType.MASTER, LabelType.CORRECT, LabelType.INCORRECT)


def to_be_trained(assembly: Assembly, model: ModelVersion | None) -> frozenset[int]:
    """Ids of the steps that a training would teach anew; `model` is the active one, None where there is none.

    Those that the model does not know, whose recorded labels it does not know, or that begin where another step ends than when it was
    trained: a step's start is the end of the taught step before it.
    """
    known = {step.step_id: step for step in model.steps} if model else {}
    taught_after = _before([step.step_id for step in model.steps] if model else [])
    begins_after = _before([step.id for step in assembly.steps if _is_taught(step)])
    return frozenset(
        step.id
        for step in assembly.steps
        if is_watched(step) and (step.id not in known or not _knows(known[step.id], step) or begins_after[step.id] != taught_after[step.id])
    )


def _is_taught(step: Step) -> bool:
    return is_watched(step) or any(label.type is LabelType.MASTER and label.recordings for label in step.labels)


def _knows(model: StepModel, step: Step) -> bool:
    return all(label.id in model.labels for label in step.labels if label.recordings and label.type in _TAUGHT)


def _before(ids: list[int]) -> dict[int, int | None]:
    """Each id's predecessor."""
    return dict(zip(ids, [None, *ids], strict=False))
