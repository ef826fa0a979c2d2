"""Assemblies: operations 51 to 57, 69 and 70 of the Supercoach surface."""

from typing import Literal

from pydantic import BaseModel
from quart import Blueprint, Response
from quart_schema import deprecate

from hub.api.recipe_shapes import (
    AssemblyBody,
    AssemblyShown,
    AugmentationBody,
    AugmentationShown,
    augmentation_shown,
    recipe_shown,
    recipes_shown,
    refuse_other_id,
    refuse_other_steps,
)
from hub.api.shapes import Said, said, told, told_list
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from storage.entities.user import Role

blueprint = Blueprint("recipes", __name__)
SUPERCOACH = Surface.SUPERCOACH


class AssemblyAnswer(BaseModel):
    """The source's envelope around an assembly."""

    status: Literal["ok"] = "ok"
    msg: AssemblyShown


class AssembliesAnswer(BaseModel):
    """The source's envelope around assemblies."""

    status: Literal["ok"] = "ok"
    msg: list[AssemblyShown]


class AugmentationAnswer(BaseModel):
    """The source's envelope around an augmentation."""

    status: Literal["ok"] = "ok"
    msg: AugmentationShown


class Active(BaseModel):
    """Left out = true."""

    active: bool = True


@blueprint.get("/assembly")
@operation("assembly.list", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=51, answers={200: AssembliesAnswer})
async def list_assemblies() -> Response:
    """All assemblies with their steps, oldest first; X-Total-Count counts them all."""
    views, total = await current_hub().recipes.list(current_caller().organisation)
    return told_list(await recipes_shown(views), total)


@blueprint.post("/assembly")
@operation(
    "assembly.add", role=Role.SUPERVISOR, limit=WRITES, surface=SUPERCOACH, number=52, body=AssemblyBody, answers={200: AssemblyAnswer}
)
@deprecate
async def add_assembly(body: AssemblyBody) -> Response:
    """Makes an assembly under an id of its own, without steps; /model/new is preferred.

    It joins the revision that `revision_id` names (made when absent), or that of `parent_id`, or one of its own. The first of a revision
    is its active one, whatever `active` says. 409 when the number `revision` is taken.
    """
    refuse_other_steps(body.steps, None)
    return told(recipe_shown(await current_hub().recipes.add(current_caller().organisation, body.change(), body.place())))


@blueprint.get("/assembly/<assembly_id>")
@operation("assembly.get", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=53, answers={200: AssemblyAnswer})
async def get_assembly(assembly_id: str) -> Response:
    """One assembly with its steps and their data."""
    return told(recipe_shown(await current_hub().recipes.get(current_caller().organisation, assembly_id)))


@blueprint.put("/assembly/<assembly_id>")
@operation(
    "assembly.put", role=Role.SUPERVISOR, limit=WRITES, surface=SUPERCOACH, number=54, body=AssemblyBody, answers={200: AssemblyAnswer}
)
async def put_assembly(assembly_id: str, body: AssemblyBody) -> Response:
    """Makes the assembly under this id, as operation 52 does, or changes what the body names.

    An assembly stays in its revision and keeps its number. `active` true makes it the active one; false changes nothing, for a product
    always has one (operation 56 refuses it). `published` true releases it; release control also asks for an `approver`.
    `record_videos` true has vision film the units of the assembly, from the next one on, for those who may read their records (the film is
    at `/assembly-record/{id}/video`); false also ends what is being filmed. 409 when somebody else changed it at the same moment.
    """
    organisation, recipes = current_caller().organisation, current_hub().recipes
    refuse_other_id(assembly_id, body.id, "id")
    if body.steps:
        refuse_other_steps(body.steps, await recipes.find(organisation, assembly_id))
    return told(recipe_shown(await recipes.put(organisation, assembly_id, body.change(), body.place())))


@blueprint.delete("/assembly/<assembly_id>")
@operation("assembly.delete", role=Role.SUPERVISOR, limit=WRITES, surface=SUPERCOACH, number=55, answers={200: Said})
async def delete_assembly(assembly_id: str) -> Response:
    """Deletes the assembly with its steps, labels, recordings, models and files, and nothing else: records of finished units stay.

    409 while it is coached, recorded or trained. Of its revision the newest published one, else the newest, becomes active in its place.
    """
    deleted, successor = await current_hub().assembly_deletion.delete(current_caller().organisation, assembly_id)
    after = f" Revision {successor.revision} is active now." if successor else ""
    return said(f"{deleted.name} is deleted.{after}")


@blueprint.put("/assembly/<assembly_id>/active")
@operation("assembly.set_active", role=Role.SUPERVISOR, limit=WRITES, surface=SUPERCOACH, number=56, body=Active, answers={200: Said})
async def set_assembly_active(assembly_id: str, body: Active) -> Response:
    """Makes it the active one of its revision and all others inactive, in one step.

    One always is: 409 for `active` false on the active one.
    """
    assembly = await current_hub().recipes.set_active(current_caller().organisation, assembly_id, body.active)
    return said(f"{assembly.name} is {'active' if body.active else 'inactive'}.")


@blueprint.put("/assembly/<assembly_id>/last-edited")
@operation("assembly.touch", role=Role.SUPERVISOR, limit=WRITES, surface=SUPERCOACH, number=57, answers={200: Said})
async def touch_assembly(assembly_id: str) -> Response:
    """Stamps the assembly as edited now, as every change of it does by itself."""
    assembly = await current_hub().recipes.touch(current_caller().organisation, assembly_id)
    return said(f"{assembly.name} was edited now.")


@blueprint.get("/assembly/<assembly_id>/augmentation")
@operation("assembly.augmentation", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=69, answers={200: AugmentationAnswer})
async def get_augmentation(assembly_id: str) -> Response:
    """How far training varies the assembly's pictures."""
    return told(augmentation_shown(await current_hub().recipes.assembly(current_caller().organisation, assembly_id)))


@blueprint.put("/assembly/<assembly_id>/augmentation")
@operation(
    "assembly.set_augmentation",
    role=Role.SUPERVISOR,
    limit=WRITES,
    surface=SUPERCOACH,
    number=70,
    body=AugmentationBody,
    answers={200: AugmentationAnswer},
)
async def set_augmentation(assembly_id: str, body: AugmentationBody) -> Response:
    """Sets how far training varies the pictures, from the next training on: times the usual range, 0 to 2.

    `lighting_aug`: brightness, contrast and slant of the light; `placement_aug`: shift, turn and size; `color_aug`: the light's colour.
    """
    refuse_other_id(assembly_id, body.assembly_id, "assembly_id")
    recipes = current_hub().recipes
    return told(augmentation_shown(await recipes.set_augmentation(current_caller().organisation, assembly_id, body.strengths())))
