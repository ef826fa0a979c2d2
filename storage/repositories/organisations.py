"""Tenants."""

import builtins
import time

from storage import keys
from storage.database import Database
from storage.entities.organisation import Organisation
from storage.errors import AlreadyExists, NotStored


class Organisations:
    """Every process reads the list again from time to time, so a new organisation is served without a restart."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, name: str) -> Organisation:
        """A new tenant. Raises AlreadyExists; pydantic's ValidationError for a name that is no slug."""
        organisation = Organisation(name=name, created_at_ms=time.time_ns() // 1_000_000)
        created = await self._db.redis.set(keys.organisation(name), organisation.model_dump_json(), nx=True)
        # Listed even when it exists: a first attempt may have died between the two.
        listed = await self._db.redis.sadd(keys.ORGANISATIONS, name)
        if not created and not listed:
            raise AlreadyExists(f"organisation {name} exists")
        return organisation if created else await self.get(name)

    async def get(self, name: str) -> Organisation:
        """The organisation. Raises NotStored."""
        stored = await self._db.redis.get(keys.organisation(name))
        if stored is None:
            raise NotStored(f"no organisation {name}")
        return Organisation.model_validate_json(stored)

    async def exists(self, name: str) -> bool:
        """Whether it is a tenant."""
        return bool(await self._db.redis.sismember(keys.ORGANISATIONS, name))

    async def names(self) -> builtins.list[str]:
        """Names of all tenants, sorted."""
        return sorted(name.decode() for name in await self._db.redis.smembers(keys.ORGANISATIONS))

    async def list(self) -> builtins.list[Organisation]:
        """All tenants, by name."""
        # One by one: they lie under different hash tags.
        return [await self.get(name) for name in await self.names()]
