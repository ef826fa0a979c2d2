"""The "global training context" of an organisation: what /model/start and /model/end speak of."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from storage.entities.base import Entity
from storage.entities.step import Label


class LabelPlan(BaseModel):
    """What the open recording will become when it ends; a recording that is reverted leaves no trace in the assembly."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    place: int
    """Place of the step from 1; 0 = the bench before step 1, or the OCCLUDED label of the whole assembly."""
    step_id: int | None = None
    """The step that the label belongs to; None where `place` is 0."""
    inserts_step: bool = False
    """A new step comes to stand at `place`."""
    label: Label
    """The label as it was at the start; its recordings are read anew at the end."""
    replaces: bool = False
    """Its earlier recordings go; else they stay and this one is added."""
    step_fields: dict[str, Any] = {}
    """Fields of the step that change with it (names of `Step`)."""


class TrainingContext(Entity):
    """The assembly that is being taught, the recording that is open and what it will become, and the training that runs, if any."""

    assembly_id: str
    recording_id: str | None = None
    plan: LabelPlan | None = None
    training_run_id: str | None = None
