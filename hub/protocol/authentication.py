"""The words of signing in on a socket."""

from typing import Annotated, Any

from pydantic import Field, StrictStr

from hub.errors import BadMessage, Invalid, NotAuthenticated
from hub.protocol.codec import decode
from hub.protocol.parsing import OwnModel, as_map, fit


class AuthRequest(OwnModel):
    """`{"auth": {"token": "..."}}`: a JWT or an API key."""

    token: Annotated[StrictStr, Field(min_length=1, max_length=8192)]


def token_of(first: str | bytes) -> str:
    """The token of a first message: an auth message in either codec, or the raw token as text. Raises NotAuthenticated."""
    if isinstance(first, str) and not first.lstrip().startswith(("{", "[", '"')):
        return first.strip()
    try:
        message = as_map(decode(first))
        return fit(AuthRequest, message.get("auth"), "auth").token
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
