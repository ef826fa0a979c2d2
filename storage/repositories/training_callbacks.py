"""Whom to tell when a training of an assembly has ended."""

from storage import keys
from storage.database import Database


class TrainingCallbacks:
    """One URL an assembly, as the last /model/new said."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, organisation: str, assembly_id: str, url: str) -> None:
        """Remembers the URL; an empty one forgets it."""
        table = keys.training_callbacks(organisation)
        if url:
            await self._db.redis.hset(table, assembly_id, url)
        else:
            await self._db.redis.hdel(table, assembly_id)

    async def find(self, organisation: str, assembly_id: str) -> str:
        """The URL, or an empty string."""
        url = await self._db.redis.hget(keys.training_callbacks(organisation), assembly_id)
        return "" if url is None else str(url.decode())
