"""Trained models; numbered within their assembly, never changed."""

import builtins
from collections.abc import Sequence

from storage import keys
from storage.commit import Commit
from storage.entities.assembly import Assembly
from storage.entities.model_version import ModelVersion
from storage.errors import AlreadyExists
from storage.repositories.owned import Owned


class ModelVersions(Owned[ModelVersion]):
    """The versions of each assembly; a number is given once."""

    noun = "model-version"
    model = ModelVersion
    owner_field = "assembly_id"

    def _also_saved(self, commit: Commit, entity: ModelVersion, before: ModelVersion | None) -> None:
        numbers = keys.model_numbers(entity.organisation, entity.assembly_id)
        commit.expect_free(numbers, str(entity.number), entity.id, f"model version {entity.number} exists")
        commit.call("HSET", numbers, entity.number, entity.id)

    async def next_number(self, organisation: str, assembly_id: str) -> int:
        """The number that the next version may take; `add` refuses it when another was quicker."""
        numbers = await self._db.redis.hkeys(keys.model_numbers(organisation, assembly_id))
        return max((int(n) for n in numbers), default=0) + 1

    async def by_number(self, organisation: str, assembly_id: str, number: int) -> ModelVersion | None:
        """One version of an assembly."""
        id_ = await self._db.redis.hget(keys.model_numbers(organisation, assembly_id), str(number))
        return None if id_ is None else await self.find(organisation, id_.decode())

    async def active_of(self, organisation: str, assemblies: Sequence[Assembly]) -> dict[str, ModelVersion]:
        """The active version of each assembly that has one, by the assembly's id."""
        asked = [assembly for assembly in assemblies if assembly.active_model_version is not None]
        if not asked:
            return {}
        pipeline = self._db.redis.pipeline(transaction=False)
        for assembly in asked:
            pipeline.hget(keys.model_numbers(organisation, assembly.id), str(assembly.active_model_version))
        ids = [id_.decode() for id_ in await pipeline.execute() if id_ is not None]
        return {version.assembly_id: version for version in await self._many(organisation, ids)}

    async def list(self, organisation: str, assembly_id: str, limit: int = 1000) -> builtins.list[ModelVersion]:
        """The newest `limit` of an assembly, by number."""
        return sorted(await self.of_assembly(organisation, assembly_id, limit), key=lambda version: version.number)

    async def add_next(self, version: ModelVersion) -> ModelVersion:
        """Adds a version under the next free number of its assembly; the given number is not looked at."""
        while True:
            number = await self.next_number(version.organisation, version.assembly_id)
            try:
                return await self.add(version.model_copy(update={"number": number}))
            except AlreadyExists:
                # A taken number is tried again with the next one; a taken id never becomes free.
                if await self.find(version.organisation, version.id) is not None:
                    raise
