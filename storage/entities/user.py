"""Accounts of the API and what they sign in with."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from storage.entities.base import Entity


class Role(StrEnum):
    """The ladder; an operation names its lowest rung."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    @property
    def rung(self) -> int:
        """Height on the ladder, 0 for a viewer."""
        return _RUNGS[self]

    def may(self, needed: "Role") -> bool:
        """Whether this role reaches the rung that is needed."""
        return self.rung >= needed.rung


_RUNGS = {role: rung for rung, role in enumerate(Role)}


class User(Entity):
    """An account of the API (`id` is a UUID). The password is kept only as an Argon2id hash."""

    id: str
    email: str
    full_name: str
    role: Role
    password_hash: str
    is_active: bool = True
    network_ids: tuple[int, ...] = ()
    signed_out_at_ms: int = 0
    """Sign-ins begun before this moment have ended (a new password, or made inactive)."""
    created_at_ms: int


class ApiKey(Entity):
    """A key of a machine client: its SHA-256, never the key itself. read-only = viewer, read-write = operator."""

    id: str
    name: str
    role: str
    """`read-only` or `read-write`."""
    key_sha256: str
    network_ids: tuple[int, ...] = ()
    created_at_ms: int
    expires_at_ms: int


class SignIn(BaseModel):
    """One sign-in: ends at log-out or by age; a user's (a family of refresh tokens) at a reuse of an old token, too."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    """The `sid` of every access token issued from it."""
    organisation: str
    user_id: str
    """Empty for an operator's."""
    refresh_sha256: str
    """Empty for an operator's, who signs in again instead."""
    expires_at_ms: int
    operator_id: int | None = None
    epoch: int = 0
    """The operator's when it began."""
    by_badge: bool = False
