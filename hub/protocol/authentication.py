"""The words of signing in on a socket."""

from typing import Annotated, Any

from pydantic import Field, StrictStr

from hub.errors import BadMessage, Invalid, NotAuthenticated
from hub.protocol.codec import decode
from hub.protocol.parsing import OwnModel, as_map, fit, request_id


class AuthRequest(OwnModel):
    """`{"auth": {"token": "..."}}`: a JWT or an API key."""

    token: Annotated[StrictStr, Field(min_length=1, max_length=8192)]


def token_of(first: str | bytes) -> str:
    """The token of a first message: an auth message in either codec, or the raw token as text. Raises NotAuthenticated."""
    return read_first(first)[0]


def read_first(first: str | bytes) -> tuple[str, int | str | None]:
    """The token of a first message, and the id that the reply carries. Raises NotAuthenticated."""
    if isinstance(first, str) and not first.lstrip().startswith(("{", "[", '"')):
        return first.strip(), None
    try:
        message = as_map(decode(first))
        return fit(AuthRequest, message.get("auth"), "auth").token, request_id(message)
    except (BadMessage, Invalid) as error:
        raise NotAuthenticated('The first message must be {"auth": {"token": "..."}}.') from error


def auth_reply(role: str, organisation: str, expires_in_s: float | None, request_id: int | str | None = None) -> dict[str, Any]:
    """The answer to `auth`; `expires_in` is null for a token that does not expire."""
    reply: dict[str, Any] = {"auth": {"role": role, "organisation": organisation, "expires_in": _seconds(expires_in_s)}}
    return reply if request_id is None else {"id": request_id, **reply}


def expiry_notice(expires_in_s: float) -> dict[str, Any]:
    """Says that the token ends in so many seconds and wants renewing."""
    return {"expires_in": _seconds(expires_in_s)}


def _seconds(value: float | None) -> int | None:
    return None if value is None else max(0, int(value))
