"""A product and the versions of its recipe."""

from typing import Any

from storage.entities.base import Entity
from storage.entities.step import Label, Step


class AssemblyRevision(Entity):
    """A product: groups its assemblies, one of which is active."""

    id: str
    name: str
    active_assembly_id: str | None = None
    created_at_ms: int


class Assembly(Entity):
    """One version of a product's recipe: its steps in order, the label of the bench before step 1, the active model."""

    id: str
    revision_id: str
    name: str
    description: str = ""
    steps: tuple[Step, ...] = ()
    start_label: Label | None = None
    """The bench before step 1 (recorded as MASTER of step_index 0); named `step-1_previous`."""
    occluded_label: Label | None = None
    """Hands or a covered view; one label serves all steps unless a step has its own OCCLUDED."""
    next_step_id: int = 1
    active_model_version: int | None = None
    augmentation: dict[str, Any] = {}
    created_at_ms: int
    updated_at_ms: int

    def step_number(self, step_id: int) -> int:
        """Place of a step, from 1. Raises KeyError when the assembly has no such step."""
        for number, step in enumerate(self.steps, start=1):
            if step.id == step_id:
                return number
        raise KeyError(step_id)
