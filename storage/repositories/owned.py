"""Nouns that belong to an assembly and are listed with it."""

from storage import keys
from storage.repositories.base import E, Entities


class Owned(Entities[E]):
    """Adds the list of one owner."""

    async def of_assembly(self, organisation: str, assembly_id: str, limit: int = 1000) -> list[E]:
        """The newest `limit` of an assembly, oldest of them first."""
        return await self._newest(organisation, keys.owned(organisation, self.noun, assembly_id), limit)
