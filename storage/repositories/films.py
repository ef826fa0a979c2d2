"""Films, by the id of their record. The WebM in the file store is the truth: an entry says that it is whole, and what it holds."""

import asyncio
import contextlib
from collections.abc import Sequence

from storage import keys
from storage.entities.film import Film
from storage.errors import NotStored
from storage.files import FileStore
from storage.repositories.base import Entities


class Films(Entities[Film]):
    """Listed by when their units ended."""

    noun = "film"
    model = Film

    def _born_ms(self, entity: Film) -> int:
        return entity.ended_at_ms

    async def among(self, organisation: str, record_ids: Sequence[str]) -> set[str]:
        """Those of the records that have a film."""
        if not record_ids:
            return set()
        scores = await self._db.redis.zmscore(keys.entities(organisation, self.noun), list(record_ids))
        return {id_ for id_, score in zip(record_ids, scores, strict=True) if score is not None}

    async def oldest(self, organisation: str, limit: int, before_ms: int | None = None) -> list[Film]:
        """The first `limit` by the end of their units, or of those that ended before a moment."""
        ids = await self._db.redis.zrangebyscore(
            keys.entities(organisation, self.noun), "-inf", "+inf" if before_ms is None else f"({before_ms}", start=0, num=limit
        )
        return await self._many(organisation, [id_.decode() for id_ in ids])

    async def forget(self, film: Film, files: FileStore) -> None:
        """Deletes a film, its file first: a kill in between leaves an entry that is deleted again, not a file that nobody knows of.

        Nothing happens when it is gone already. Raises OSError.
        """
        await asyncio.to_thread(files.delete_folder, film.folder)
        with contextlib.suppress(NotStored):
            await self.delete(film.organisation, film.id)
