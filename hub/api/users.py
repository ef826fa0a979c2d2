"""Accounts of the organisation."""

from typing import Annotated

from pydantic import BaseModel, Field, RootModel, StringConstraints
from quart import Blueprint, Response

from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.rendering import json_response, list_response
from hub.services.passwords import MAX_LENGTH, MIN_LENGTH
from hub.services.users import UserChange
from storage.entities.user import Role, User

blueprint = Blueprint("users", __name__)

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Password = Annotated[str, StringConstraints(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]
Networks = Annotated[list[int], Field(max_length=1000)]


class NewUser(BaseModel):
    """An account to be made. Without a password one is made and told once."""

    email: Annotated[str, StringConstraints(max_length=254)]
    full_name: Name
    role: Role
    password: Password | None = None
    network_ids: Networks = []


class UserPatch(BaseModel):
    """What may change; a field that is left out stays."""

    full_name: Name | None = None
    role: Role | None = None
    is_active: bool | None = None
    password: Password | None = None
    network_ids: Networks | None = None


class UserShown(BaseModel):
    """An account; `password` only once, where Takt made it."""

    id: str
    email: str
    full_name: str
    organisation: str
    role: Role
    is_active: bool
    network_ids: list[int]
    password: str | None = None


class UsersShown(RootModel[list[UserShown]]):
    """All accounts of the organisation, oldest first."""


@blueprint.post("/api/v1/auth/users")
@operation("users.add", role=Role.ADMIN, limit=WRITES, surface=Surface.HALTLESS, body=NewUser, strict=True, answers={201: UserShown})
async def add_user(body: NewUser) -> Response:
    """Makes an account in the administrator's own organisation; 409 when the e-mail is taken."""
    user, made = await current_hub().users.add(
        current_caller().organisation, body.email, body.full_name, body.role, body.password, tuple(body.network_ids)
    )
    return json_response(_shown(user, made), 201)


@blueprint.get("/api/v1/auth/users")
@operation("users.list", role=Role.ADMIN, limit=READS, surface=Surface.HALTLESS, answers={200: UsersShown})
async def list_users() -> Response:
    """All accounts of the administrator's own organisation."""
    users, organisation = current_hub().users, current_caller().organisation
    return list_response([_shown(user) for user in await users.list(organisation)], await users.count(organisation))


@blueprint.patch("/api/v1/auth/users/<user_id>")
@operation("users.change", role=Role.ADMIN, limit=WRITES, surface=Surface.HALTLESS, body=UserPatch, strict=True, answers={200: UserShown})
async def change_user(user_id: str, body: UserPatch) -> Response:
    """Changes an account; the last administrator stays one (409).

    `is_active` false, or a new password, ends its sign-ins and closes its sockets; so does another role.
    """
    networks = None if body.network_ids is None else tuple(body.network_ids)
    change = UserChange(body.full_name, body.role, body.is_active, body.password, networks)
    return json_response(_shown(await current_hub().users.change(current_caller().organisation, user_id, change)))


def _shown(user: User, password: str | None = None) -> dict[str, object]:
    shown = user.model_dump(mode="json", include=set(UserShown.model_fields) - {"password"})
    return shown if password is None else {**shown, "password": password}
