"""Reason codes: why machines stand still."""

from typing import Annotated

from pydantic import BaseModel, RootModel, StringConstraints
from quart import Blueprint, Response

from hub.changes import may_be_left_out
from hub.coaching.reason_tree import Branch
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.rendering import json_response
from hub.services.reason_codes import ReasonCodeChange, ReasonCodeWish
from hub.timestamps import iso
from storage.entities.downtime_record import Category
from storage.entities.reason_code import ReasonCode
from storage.entities.user import Role

blueprint = Blueprint("reason_codes", __name__)

Code = Annotated[str, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Id = Annotated[str, StringConstraints(max_length=100)]


class NewReasonCode(BaseModel):
    """A reason code; without `parent_id` it stands at the top."""

    code: Code
    name: Name
    category: Category | None = None
    parent_id: Id | None = None


class ReasonCodePut(BaseModel):
    """What changes; a field that is left out stays. `parent_id` null moves it to the top, `is_active` false offers it no more."""

    code: Code = may_be_left_out()
    name: Name = may_be_left_out()
    category: Category | None = may_be_left_out()
    parent_id: Id | None = may_be_left_out()
    is_active: bool = may_be_left_out()


class ActiveQuery(BaseModel):
    """Whether those that are switched off are left out."""

    active_only: bool = True


class ReasonCodeShown(BaseModel):
    """A reason code."""

    id: str
    code: str
    name: str
    category: Category | None
    parent_id: str | None
    is_active: bool
    created_at: str
    updated_at: str


class ReasonCodesShown(RootModel[list[ReasonCodeShown]]):
    """Reason codes, by code."""


class BranchShown(ReasonCodeShown):
    """A reason code and those under it, in the same shape."""

    children: list["BranchShown"]


class TreeShown(RootModel[list[BranchShown]]):
    """Those at the top, by code; what hangs under one that is left out moves up."""


@blueprint.get("/api/v1/reason-codes")
@operation("reason_codes.list", role=Role.VIEWER, limit=READS, surface=Surface.HALTLESS, query=ActiveQuery, answers={200: ReasonCodesShown})
async def list_reason_codes(query: ActiveQuery) -> Response:
    """All reason codes, those that are switched off only when asked for."""
    found = await current_hub().reason_codes.list(current_caller().organisation, active_only=query.active_only)
    return json_response([_shown(reason) for reason in found])


@blueprint.get("/api/v1/reason-codes/tree")
@operation("reason_codes.tree", role=Role.VIEWER, limit=READS, surface=Surface.HALTLESS, query=ActiveQuery, answers={200: TreeShown})
async def reason_code_tree(query: ActiveQuery) -> Response:
    """The same, nested under `children`."""
    found = await current_hub().reason_codes.tree(current_caller().organisation, active_only=query.active_only)
    return json_response([_nested(branch) for branch in found])


@blueprint.post("/api/v1/reason-codes")
@operation(
    "reason_codes.create", role=Role.ADMIN, limit=WRITES, surface=Surface.HALTLESS, body=NewReasonCode, answers={201: ReasonCodeShown}
)
async def create_reason_code(body: NewReasonCode) -> Response:
    """Makes a reason code; 409 when its code is taken."""
    wish = ReasonCodeWish(body.code, body.name, body.category, body.parent_id)
    return json_response(_shown(await current_hub().reason_codes.add(current_caller().organisation, wish)), 201)


@blueprint.put("/api/v1/reason-codes/<code_id>")
@operation(
    "reason_codes.update", role=Role.ADMIN, limit=WRITES, surface=Surface.HALTLESS, body=ReasonCodePut, answers={200: ReasonCodeShown}
)
async def update_reason_code(code_id: str, body: ReasonCodePut) -> Response:
    """Changes a reason code; a parent that would make a cycle is refused (422)."""
    change = ReasonCodeChange(body.code, body.name, body.category, body.parent_id, body.is_active)
    return json_response(_shown(await current_hub().reason_codes.change(current_caller().organisation, code_id, change)))


def _shown(reason: ReasonCode) -> dict[str, object]:
    return {
        "id": reason.id,
        "code": reason.code,
        "name": reason.name,
        "category": reason.category,
        "parent_id": reason.parent_id,
        "is_active": reason.is_active,
        "created_at": iso(reason.created_at_ms),
        "updated_at": iso(reason.updated_at_ms),
    }


def _nested(branch: Branch) -> dict[str, object]:
    return {**_shown(branch.reason), "children": [_nested(child) for child in branch.children]}
