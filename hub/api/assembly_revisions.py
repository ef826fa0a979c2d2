"""Assembly revisions, the products: operations 43 to 50 of the Supercoach surface."""

from typing import Any, Literal

from pydantic import BaseModel
from quart import Blueprint, Response

from hub.api.recipe_shapes import recipe_shown, recipes_shown
from hub.api.recipes import AssembliesAnswer, AssemblyAnswer
from hub.api.shapes import AssemblyId, Link, Long, Said, Short, said, told, told_list
from hub.changes import STAYS
from hub.errors import Invalid
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.services.assembly_revisions import RevisionChange, RevisionView
from storage.entities.user import Role

blueprint = Blueprint("assembly_revisions", __name__)
SUPERCOACH = Surface.SUPERCOACH


class NewRevision(BaseModel):
    """What the product is called."""

    name: Short | None = None


class RevisionBody(BaseModel):
    """A whole product; what is left out or null stays. `tenant_id` and `training_complete` are answers only.

    `active_revision`: the assembly that becomes active; `published` is said of the active assembly.
    """

    name: Short | None = None
    description: Long | None = None
    image_link: Link | None = None
    tenant_id: Short | None = None
    training_complete: bool | None = None
    active_revision: AssemblyId = None
    published: bool | None = None


class Chosen(BaseModel):
    """Which assembly."""

    assembly_id: AssemblyId = None


class RevisionShown(BaseModel):
    """A product. `active_revision` is the id of its active assembly (empty without any); `training_complete` and `published` are its."""

    id: str
    name: str
    description: str
    image_link: str
    tenant_id: str
    training_complete: bool
    active_revision: str
    published: bool


class RevisionAnswer(BaseModel):
    """The source's envelope around a product."""

    status: Literal["ok"] = "ok"
    msg: RevisionShown


class RevisionsAnswer(BaseModel):
    """The source's envelope around products."""

    status: Literal["ok"] = "ok"
    msg: list[RevisionShown]


@blueprint.get("/assembly-revision")
@operation("assembly_revision.list", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=43, answers={200: RevisionsAnswer})
async def list_revisions() -> Response:
    """All assembly revisions, oldest first; X-Total-Count counts them all."""
    views, total = await current_hub().assembly_revisions.list(current_caller().organisation)
    return told_list([_shown(view) for view in views], total)


@blueprint.post("/assembly-revision")
@operation(
    "assembly_revision.add",
    role=Role.SUPERVISOR,
    limit=WRITES,
    surface=SUPERCOACH,
    number=44,
    body=NewRevision,
    answers={200: RevisionAnswer},
)
async def add_revision(body: NewRevision) -> Response:
    """Makes an assembly revision, which has no assembly yet."""
    return told(_shown(await current_hub().assembly_revisions.add(current_caller().organisation, body.name)))


@blueprint.get("/assembly-revision/<revision_id>")
@operation("assembly_revision.get", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=45, answers={200: RevisionAnswer})
async def get_revision(revision_id: str) -> Response:
    """One assembly revision."""
    return told(_shown(await current_hub().assembly_revisions.get(current_caller().organisation, revision_id)))


@blueprint.put("/assembly-revision/<revision_id>")
@operation(
    "assembly_revision.put",
    role=Role.SUPERVISOR,
    limit=WRITES,
    surface=SUPERCOACH,
    number=46,
    body=RevisionBody,
    answers={200: RevisionAnswer},
)
async def put_revision(revision_id: str, body: RevisionBody) -> Response:
    """Makes the assembly revision under this id, or changes what the body names, all in one step.

    `active_revision` makes an assembly of it the active one, and `published` publishes the active one, or takes that back.
    """
    said = {"name": body.name, "description": body.description, "image_link": body.image_link}
    change = RevisionChange(**{name: STAYS if value is None else value for name, value in said.items()})
    revisions = current_hub().assembly_revisions
    return told(_shown(await revisions.put(current_caller().organisation, revision_id, change, body.active_revision, body.published)))


@blueprint.get("/assembly-revision/<revision_id>/assembly/<rev_number>")
@operation("assembly_revision.assembly", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=47, answers={200: AssemblyAnswer})
async def get_revision_assembly(revision_id: str, rev_number: str) -> Response:
    """The assembly that is revision `rev_number`, from 1, of this assembly revision."""
    return told(recipe_shown(await current_hub().assembly_revisions.by_number(current_caller().organisation, revision_id, rev_number)))


@blueprint.put("/assembly-revision/<revision_id>/active")
@operation(
    "assembly_revision.set_active", role=Role.SUPERVISOR, limit=WRITES, surface=SUPERCOACH, number=48, body=Chosen, answers={200: Said}
)
async def set_active_revision(revision_id: str, body: Chosen) -> Response:
    """Makes an assembly of this revision the active one and all others inactive, in one step."""
    if body.assembly_id is None:
        raise Invalid("assembly_id is needed.", field="assembly_id")
    name = await current_hub().assembly_revisions.set_active(current_caller().organisation, revision_id, body.assembly_id)
    return said(f"{name} is active.")


@blueprint.get("/assembly-revision/<revision_id>/assembly")
@operation("assembly_revision.assemblies", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=49, answers={200: AssembliesAnswer})
async def list_revision_assemblies(revision_id: str) -> Response:
    """All assemblies of this revision, by number; X-Total-Count counts them all."""
    views, total = await current_hub().assembly_revisions.assemblies(current_caller().organisation, revision_id)
    return told_list(await recipes_shown(views), total)


@blueprint.get("/coachable-assembly-revision")
@operation("assembly_revision.coachable", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=50, answers={200: AssembliesAnswer})
async def list_coachable() -> Response:
    """What may be built of each assembly revision: its active assembly or, where that may not be, the one published last that may.

    An assembly may be built when its active model knows all its steps and, with release control on, when it is published with an
    approver.
    """
    views = await current_hub().assembly_revisions.coachable(current_caller().organisation)
    return told_list(await recipes_shown(views), len(views))


def _shown(view: RevisionView) -> dict[str, Any]:
    revision, active = view.revision, view.active
    return {
        "id": revision.id,
        **{name: getattr(revision, name) for name in ("name", "description", "image_link")},
        "tenant_id": revision.organisation,
        "training_complete": active is not None and active.is_trained,
        "active_revision": revision.active_assembly_id or "",
        "published": active is not None and active.assembly.published_at_ms is not None,
    }
