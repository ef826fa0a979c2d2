"""The people at the stations. An operator signs in by name and password, or by badge; an account of the API is a user."""

import unicodedata
from typing import Any

from storage.entities.base import Entity
from storage.entities.user import Role


def name_key(name: str) -> str:
    """What two names have in common when people would call them the same: neither case, nor spaces, nor how a letter is encoded counts."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def badge_key(rfid: str) -> str:
    """What two readers have in common that tell the same badge: some write hexadecimal digits large, some small."""
    return rfid.strip().casefold()


class Operator(Entity):
    """`id` counts from 1 in each organisation and is never given again.

    The password is kept only as an Argon2id hash. `rfid` is kept as it is: an administrator is answered it, and its few bytes would be
    guessed from a hash in minutes.
    """

    id: int
    first_name: str
    last_name: str = ""
    role: Role
    """operator, supervisor or admin."""
    active: bool = True
    rfid: str = ""
    """Empty = no badge."""
    password_hash: str = ""
    """Empty = cannot sign in by password."""
    options: dict[str, Any] = {}
    epoch: int = 0
    """Sign-ins of an earlier epoch have ended (made inactive, another password or badge)."""
    created_at_ms: int

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()
