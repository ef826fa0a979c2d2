"""Who asks: the identity that a token or an API key proves."""

from dataclasses import dataclass
from typing import Literal

from quart import g

from hub.errors import NotAuthenticated
from storage.entities.user import Role


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified identity. `id` is the user's, the API key's, or the token's own; `sid` names the sign-in of a user, if any."""

    organisation: str
    role: Role
    kind: Literal["user", "api_key", "token"]
    id: str
    sid: str | None = None
    expires_at_ms: int | None = None
    network_ids: tuple[int, ...] = ()

    @property
    def is_admin(self) -> bool:
        """Whether the caller stands on the highest rung."""
        return self.role is Role.ADMIN


def set_caller(caller: Caller) -> None:
    """Remembers who asks, for the rest of this request."""
    g.takt_caller = caller


def find_caller() -> Caller | None:
    """Who asks; None before, or without, authentication."""
    caller = g.get("takt_caller")
    return caller if isinstance(caller, Caller) else None


def current_caller() -> Caller:
    """Who asks. Raises NotAuthenticated when nobody has been verified in this request."""
    caller = find_caller()
    if caller is None:
        raise NotAuthenticated("Sign in first: this operation needs a token.")
    return caller
