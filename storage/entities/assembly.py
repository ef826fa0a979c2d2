"""One version of a product's recipe."""

from typing import Any

from storage.entities.augmentation import Augmentation
from storage.entities.base import Entity
from storage.entities.step import Label, Step


class Assembly(Entity):
    """One version of a product's recipe: its steps in order, the label of the bench before step 1, the active model.

    Whether it is the active one of its revision stands there (AssemblyRevision.active_assembly_id), and nowhere else.
    """

    id: str
    revision_id: str
    revision: int = 0
    """Its number within the revision, from 1; 0 only where the revision itself is not stored."""
    parent_id: str | None = None
    """The assembly that it was made from."""
    name: str
    description: str = ""
    image_link: str = ""
    product_version: str = ""
    notes: str = ""
    record_videos: bool = False
    options: dict[str, Any] = {}
    approver: str = ""
    """Who released it; empty = nobody has."""
    published_at_ms: int | None = None
    """Since when it is published; None = it is not."""
    steps: tuple[Step, ...] = ()
    start_label: Label | None = None
    """The bench before step 1 (recorded as MASTER of step_index 0); named `step-1_previous`."""
    occluded_label: Label | None = None
    """Hands or a covered view; one label serves all steps unless a step has its own OCCLUDED."""
    next_step_id: int = 1
    """Greater than every id of its steps. New ids come from `Assemblies.next_part_id`, which counts for the whole organisation."""
    active_model_version: int | None = None
    augmentation: Augmentation = Augmentation()
    created_at_ms: int
    updated_at_ms: int

    @property
    def video_file(self) -> str:
        """Key of its work-instruction video in the file store, whether or not there is one."""
        return f"{self.organisation}/videos/{self.id}/work-instruction.webm"

    @property
    def is_released(self) -> bool:
        """What release control asks for: published, and with an approver."""
        return self.published_at_ms is not None and bool(self.approver)

    def step_number(self, step_id: int) -> int:
        """Place of a step, from 1. Raises KeyError when the assembly has no such step."""
        for number, step in enumerate(self.steps, start=1):
            if step.id == step_id:
                return number
        raise KeyError(step_id)
