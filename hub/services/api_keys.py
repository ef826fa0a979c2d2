"""Keys of machine clients: told once, stored as a hash."""

import secrets
import time
import uuid
from collections.abc import Sequence

from hub.errors import NotFound
from hub.services.auth import sha256
from hub.services.revocation import Ended, announce
from storage.connection import Store
from storage.entities.user import ApiKey
from storage.errors import NotStored

_PREFIX = {"read-only": "takt_ro_", "read-write": "takt_rw_"}
DAY_MS = 86_400_000


class ApiKeysService:
    """Makes, lists and deletes the API keys of an organisation."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def make(
        self, organisation: str, name: str, role: str, expires_in_days: int, network_ids: tuple[int, ...] = ()
    ) -> tuple[ApiKey, str]:
        """A new key (`role` read-only or read-write) and its secret, which is told this once."""
        secret = _PREFIX[role] + secrets.token_urlsafe(32)
        now_ms = int(time.time() * 1000)
        key = ApiKey(
            organisation=organisation,
            id=str(uuid.uuid4()),
            name=name,
            role=role,
            key_sha256=sha256(secret),
            network_ids=network_ids,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + expires_in_days * DAY_MS,
        )
        return await self._store.api_keys.add(key), secret

    async def list(self, organisation: str) -> Sequence[ApiKey]:
        """The newest 1,000, oldest of them first, expired ones included; `count` tells how many there are."""
        return await self._store.api_keys.list(organisation)

    async def count(self, organisation: str) -> int:
        """How many there are in all."""
        return await self._store.api_keys.count(organisation)

    async def delete(self, organisation: str, key_id: str) -> None:
        """Ends a key and its sockets at once. Raises NotFound."""
        try:
            await self._store.api_keys.delete(organisation, key_id)
        except NotStored as error:
            raise NotFound("API key not found") from error
        await announce(self._store, organisation, Ended(api_key_id=key_id))
