"""Who asks: the identity that a token or an API key proves."""

from dataclasses import dataclass
from typing import Literal

from storage.entities.user import Role


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified identity. `id` is the user's, the operator's, the API key's, or the token's own; `sid` names the sign-in, if any."""

    organisation: str
    role: Role
    kind: Literal["user", "operator", "api_key", "token"]
    id: str
    sid: str | None = None
    expires_at_ms: int | None = None
    network_ids: tuple[int, ...] = ()
    networks_withdrawn: bool = False
    """The token names networks, and its owner has none any more."""

    @property
    def is_admin(self) -> bool:
        """Whether the caller stands on the highest rung."""
        return self.role is Role.ADMIN
