"""Keys of machine clients, found by the SHA-256 of the secret."""

import hashlib

from storage import keys
from storage.database import Database
from storage.entities.user import ApiKey
from storage.repositories.base import Repository
from storage.repositories.claims import Claims


def secret_sha256(secret: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiKeys(Repository[ApiKey]):
    """API keys of one organisation; the secret itself is never stored."""

    noun = "api-key"
    model = ApiKey

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._secrets = Claims(db, keys.API_KEYS, self.noun, "API key")

    async def by_secret(self, secret: str) -> ApiKey | None:
        """The key that this secret opens, expired or not (the caller looks at `expires_at_ms`)."""
        claim = await self._secrets.find(secret_sha256(secret))
        return None if claim is None else await self.find(claim.organisation, claim.id)

    async def add(self, entity: ApiKey) -> ApiKey:
        """A new key. Raises AlreadyExists."""
        await self._secrets.take(entity.key_sha256, entity.organisation, entity.id)
        return await super().add(entity)

    async def delete(self, organisation: str, id_: str) -> None:
        """Revokes the key: its secret opens nothing any more."""
        key = await self.get(organisation, id_)
        await self._secrets.release(key.key_sha256, organisation, id_)
        await super().delete(organisation, id_)
