"""How operators sign in at a station, and their passwords: operations 106 and 108 to 110 of the Supercoach surface."""

from typing import Literal

from pydantic import BaseModel
from quart import Blueprint, Response

from hub.api.operators import OperatorShown, Secret, Text, given, shown
from hub.api.shapes import Said, said, told
from hub.hub import current_hub
from hub.operation import READS, Limit, Surface, current_caller, operation
from hub.services.password_rules import check_password
from storage.entities.user import Role

blueprint = Blueprint("operator_sign_ins", __name__)

# An account is locked on its own; this only bounds what one station may try over all accounts.
SIGN_INS = Limit(60)
# Each takes as long as a sign-in, and nobody waits for many.
HASHES = Limit(20)


class SignInBody(BaseModel):
    """What an operator signs in with."""

    first_name: Text | None = None
    last_name: Text | None = None
    password: Secret | None = None


class BadgeRead(BaseModel):
    """A badge as its reader tells it."""

    rfid: Secret | None = None


class PasswordBody(BaseModel):
    """A password to be looked at."""

    password: Secret | None = None


class OperatorSignedInShown(OperatorShown):
    """An operator, and a token for the hours of a shift."""

    token: str


class BadgeAnswer(BaseModel):
    """The source's envelope around who signed in."""

    status: Literal["ok"] = "ok"
    msg: OperatorSignedInShown


@blueprint.post("/operator/rfid/verify")
@operation(
    "operators.verify_rfid",
    role=Role.OPERATOR,
    limit=SIGN_INS,
    surface=Surface.SUPERCOACH,
    number=106,
    body=BadgeRead,
    answers={200: BadgeAnswer},
)
async def verify_rfid(body: BadgeRead) -> Response:
    """Signs in the active operator who has this badge: the operator, with a `token` of their role (at most supervisor).

    401 for a badge that is unknown or whose operator is inactive. Twenty such in a row lock the caller out for 10 s, each further one for
    twice as long, up to 15 minutes (429 with Retry-After).
    """
    hub = current_hub()
    signed_in = await hub.operator_sign_ins.by_badge(current_caller(), given(body.rfid, "rfid"))
    return told({**shown(await hub.operators.view_of(signed_in.operator)), "token": signed_in.token})


@blueprint.post("/operator/authenticate")
@operation(
    "operators.authenticate",
    role=Role.OPERATOR,
    limit=SIGN_INS,
    surface=Surface.SUPERCOACH,
    number=109,
    body=SignInBody,
    answers={200: Said},
)
async def authenticate_operator(body: SignInBody) -> Response:
    """Signs in an active operator by name and password, in the caller's organisation: `msg` is a token with the operator's role.

    401, the same and after the same time for a name that is unknown and a password that is wrong. Five of them lock the name out for 10 s,
    each further one for twice as long, up to 15 minutes (429 with Retry-After). The token lives 12 hours.
    """
    first_name, password = given(body.first_name, "first_name"), given(body.password, "password")
    signed_in = await current_hub().operator_sign_ins.by_password(current_caller(), first_name, body.last_name or "", password)
    return said(signed_in.token)


@blueprint.post("/operator/password/validate")
@operation(
    "operators.check_password",
    role=Role.ADMIN,
    limit=READS,
    surface=Surface.SUPERCOACH,
    number=108,
    body=PasswordBody,
    answers={200: Said},
)
async def check_operator_password(body: PasswordBody) -> Response:
    """Whether a password meets the requirements; 422 says in a sentence which one it misses.

    10 to 256 characters, no pattern, none of those that are tried first. Where it is set it must not hold the operator's name either.
    """
    check_password(given(body.password, "password"))
    return said("This password can be used.")


@blueprint.post("/operator/password/hash")
@operation(
    "operators.hash_password",
    role=Role.ADMIN,
    limit=HASHES,
    surface=Surface.SUPERCOACH,
    number=110,
    body=PasswordBody,
    answers={200: Said},
)
async def hash_operator_password(body: PasswordBody) -> Response:
    """An Argon2id hash of the password with a salt of its own, as it would be stored; nothing is stored, and nobody can read it back."""
    return said(await current_hub().auth.passwords.hash(given(body.password, "password")))
