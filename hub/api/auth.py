"""Signing in and out."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints
from quart import Blueprint, Response, request

from hub.errors import NotAuthenticated
from hub.hub import current_hub
from hub.operation import READS, WRITES, Limit, Surface, current_caller, operation
from hub.rendering import json_response
from hub.services.auth import REFRESH_TTL_S, SignedIn
from storage.entities.user import Role

blueprint = Blueprint("auth", __name__)

COOKIE = "takt_refresh"
COOKIE_PATH = "/api/v1/auth"
# An account is locked on its own; this only bounds what one address may try over all accounts.
SIGN_INS = Limit(60)


class Login(BaseModel):
    """What a person signs in with."""

    email: Annotated[str, StringConstraints(max_length=254)]
    password: Annotated[str, StringConstraints(max_length=1024)]


class Code(BaseModel):
    """A one-time code of the console."""

    code: Annotated[str, StringConstraints(min_length=8, max_length=100)]


class Token(BaseModel):
    """An access token; the refresh token comes in an httpOnly cookie."""

    access_token: str
    token_type: str = "bearer"
    mfa_required: bool = False
    expires_in: int = Field(description="seconds")


class Me(BaseModel):
    """Who the token stands for. An operator has no e-mail, a console token or API key no name either."""

    id: str
    email: str
    full_name: str
    organisation: str
    role: Role
    is_active: bool


@blueprint.post("/api/v1/auth/login")
@operation("auth.login", role=None, limit=SIGN_INS, surface=Surface.HALTLESS, body=Login, strict=True, answers={200: Token})
async def login(body: Login) -> Response:
    """Signs in by e-mail and password.

    Five wrong passwords lock the account for 10 s, each further one for twice as long, up to 15 minutes (429 with Retry-After). An unknown
    account is answered the same, in the same time.
    """
    return _token(await current_hub().auth.login(body.email, body.password))


@blueprint.post("/api/v1/auth/sign-in-code")
@operation("auth.sign_in_code", role=None, limit=SIGN_INS, body=Code, answers={200: Token})
async def sign_in_code(body: Code) -> Response:
    """Signs in by a one-time code that the console printed; a code is used up by this and lives 15 minutes."""
    return _token(await current_hub().auth.sign_in_with_code(body.code))


@blueprint.post("/api/v1/auth/refresh")
@operation("auth.refresh", role=None, limit=SIGN_INS, surface=Surface.HALTLESS, answers={200: Token})
async def refresh() -> Response:
    """A new access token for the refresh cookie, which is rotated. An old cookie that comes again ends the whole sign-in."""
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        raise NotAuthenticated("There is no refresh cookie. Sign in.")
    return _token(await current_hub().auth.refresh(cookie))


@blueprint.post("/api/v1/auth/logout")
@operation("auth.logout", role=Role.VIEWER, limit=WRITES, surface=Surface.HALTLESS, answers={204: None})
async def logout() -> Response:
    """Ends the token, its sign-in and its sockets at once."""
    await current_hub().auth.logout(current_caller())
    response = Response(b"", 204)
    response.delete_cookie(COOKIE, path=COOKIE_PATH, httponly=True, samesite="Strict")
    return response


@blueprint.get("/api/v1/auth/me")
@operation("auth.me", role=Role.VIEWER, limit=READS, surface=Surface.HALTLESS, answers={200: Me})
async def me() -> Response:
    """Who the token or API key stands for."""
    caller = current_caller()
    hub = current_hub()
    user = await hub.users.me(caller)
    email, name = (user.email, user.full_name) if user else ("", "")
    if caller.kind == "operator":
        name = (await hub.operators.get(caller.organisation, caller.id)).name
    said = Me(id=caller.id, email=email, full_name=name, organisation=caller.organisation, role=caller.role, is_active=True)
    return json_response(said.model_dump(mode="json"))


def _token(signed_in: SignedIn) -> Response:
    said = Token(access_token=signed_in.access_token, expires_in=signed_in.expires_in_s)
    response = json_response(said.model_dump())
    # Secure only where the request came encrypted: a station on a plain local network signs in too.
    response.set_cookie(
        COOKIE, signed_in.refresh_token, max_age=REFRESH_TTL_S, path=COOKIE_PATH, httponly=True, samesite="Strict", secure=request.is_secure
    )
    return response
