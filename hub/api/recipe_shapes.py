"""An assembly as the source writes it; pure, so that every operation that answers one answers the same."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from hub.api.shapes import AssemblyId, FreeObject, Link, Long, Short, Timestamp, assembly_id, timestamp
from hub.api.step_shapes import step_shown, steps_shown
from hub.changes import STAYS
from hub.errors import Invalid
from hub.services.labels import name_of
from hub.services.recipes import RecipeChange, RecipePlace, RecipeView
from storage.entities.assembly import Assembly
from storage.entities.augmentation import Strength

_PLAIN = ("name", "description", "image_link", "product_version", "notes", "record_videos", "approver", "options")


class AugmentationBody(BaseModel):
    """Strengths of what training varies: 0 = not at all, 1 = as usual, at most 2. What is left out stays."""

    id: Short | None = None
    assembly_id: AssemblyId = None
    lighting_aug: Strength | None = None
    placement_aug: Strength | None = None
    color_aug: Strength | None = None

    def strengths(self) -> dict[str, float]:
        """Those that are named."""
        return self.model_dump(include={"lighting_aug", "placement_aug", "color_aug"}, exclude_none=True)


class AssemblyBody(BaseModel):
    """A whole assembly; what is left out or null stays.

    Answers only, read over here: tenant_id, training_complete, classes, model_version (PUT /model/version/… activates one), last_edited
    (the hub stamps it) and `active` false (another one is made active instead). `id`, `revision_id` and `revision` may be given where
    they are what they are. `steps` have operations of their own: here they may only be what GET answers.
    """

    id: AssemblyId = None
    name: Short | None = None
    description: Long | None = None
    image_link: Link | None = None
    tenant_id: Short | None = None
    training_complete: bool | None = None
    revision_id: AssemblyId = None
    parent_id: AssemblyId = None
    revision: Annotated[int, Field(ge=0, lt=2**31, description="number within its revision_id; 0 = the next")] | None = None
    steps: dict[str, Any] | None = None
    augmentation: AugmentationBody | None = None
    options: FreeObject | None = None
    classes: list[Any] | None = None
    product_version: Short | None = None
    model_version: Short | None = None
    published: bool | None = None
    approver: Short | None = None
    notes: Long | None = None
    record_videos: bool | None = None
    last_edited: Any = None
    active: bool | None = None

    def change(self) -> RecipeChange:
        """Its plain fields."""
        said = {name: getattr(self, name) for name in _PLAIN}
        return RecipeChange(**{name: STAYS if value is None else value for name, value in said.items()})

    def place(self) -> RecipePlace:
        """The others."""
        strengths = self.augmentation.strengths() if self.augmentation else {}
        return RecipePlace(self.revision_id, self.parent_id, self.revision, self.published, self.active, strengths)


class AugmentationShown(BaseModel):
    """How far training varies the pictures."""

    id: str
    assembly_id: dict[str, str]
    lighting_aug: float
    placement_aug: float
    color_aug: float


class StepsShown(BaseModel):
    """The steps, in order."""

    steps: list[dict[str, Any]]


class AssemblyShown(BaseModel):
    """One version of a product's recipe. `training_complete`: its active model knows all steps; `classes`: the names of its labels."""

    id: dict[str, str]
    name: str
    description: str
    image_link: str
    tenant_id: str
    training_complete: bool
    revision_id: dict[str, str]
    parent_id: dict[str, str]
    revision: int
    steps: StepsShown
    augmentation: AugmentationShown
    options: dict[str, Any]
    classes: list[str]
    product_version: str
    model_version: str
    published: bool
    approver: str
    notes: str
    record_videos: bool
    last_edited: Timestamp
    active: bool


def recipe_shown(view: RecipeView) -> dict[str, Any]:
    """The shape of AssemblyShown."""
    assembly = view.assembly
    steps = steps_shown(assembly, view.untrained)
    whole = [name_of(assembly, None, label) for label in (assembly.start_label, assembly.occluded_label) if label is not None]
    return {
        "id": assembly_id(assembly.id),
        **{name: getattr(assembly, name) for name in _PLAIN},
        "tenant_id": assembly.organisation,
        "training_complete": view.is_trained,
        "revision_id": assembly_id(assembly.revision_id),
        "parent_id": assembly_id(assembly.parent_id),
        "revision": assembly.revision,
        "steps": {"steps": steps},
        "augmentation": augmentation_shown(assembly),
        "classes": [*whole, *(name for step in steps for name in step["classes"])],
        "model_version": "" if assembly.active_model_version is None else str(assembly.active_model_version),
        "published": assembly.published_at_ms is not None,
        "last_edited": timestamp(assembly.updated_at_ms),
        "active": view.is_active,
    }


async def recipes_shown(views: Sequence[RecipeView]) -> list[dict[str, Any]]:
    """The same of many, with room for others in between."""
    found = []
    for view in views:
        found.append(recipe_shown(view))
        await asyncio.sleep(0)
    return found


def augmentation_shown(assembly: Assembly) -> dict[str, Any]:
    """The shape of AugmentationShown; one an assembly, so they share their id."""
    return {"id": assembly.id, "assembly_id": assembly_id(assembly.id), **assembly.augmentation.model_dump()}


def refuse_other_id(path_id: str, said: str | None, field: str) -> None:
    """Raises Invalid where a body names another id than the address."""
    if said not in (None, path_id):
        raise Invalid(f"{field} is another id than the address names.", field=field)


def refuse_other_steps(said: dict[str, Any] | None, view: RecipeView | None) -> None:
    """Raises Invalid, naming the place, where a body brings other steps than the assembly has."""
    steps = (said or {}).get("steps")
    if not steps:
        return
    known = [step_shown(view.assembly, step) for step in view.assembly.steps] if view else []
    hint = "Steps have operations of their own: POST, PUT and DELETE /assembly/{assembly_id}/step."
    if not isinstance(steps, list) or len(steps) != len(known):
        raise Invalid(hint, field="steps")
    for number, (sent, there) in enumerate(zip(steps, known, strict=True)):
        if not isinstance(sent, dict):
            raise Invalid("A step is an object.", field=f"steps.{number}")
        for name in sorted(sent.keys() & there.keys()):
            if sent[name] != there[name]:
                raise Invalid(hint, field=f"steps.{number}.{name}")
