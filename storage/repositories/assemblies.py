"""Versions of recipes, and which model runs for each."""

from storage import keys
from storage.commit import Commit, Refused
from storage.entities.assembly import Assembly
from storage.errors import NotStored, VersionConflict
from storage.repositories.base import Repository

# Each lost comparison means that another writer got through; ten in a row are a fault, not bad luck.
_ATTEMPTS = 10


class Assemblies(Repository[Assembly]):
    """Assemblies of one organisation."""

    noun = "assembly"
    model = Assembly

    async def activate(self, organisation: str, assembly_id: str, number: int) -> Assembly:
        """Makes a model version the running one in one step, and tells vision to look.

        Raises NotStored for an unknown assembly or version.
        """
        for _ in range(_ATTEMPTS):
            assembly = await self.get(organisation, assembly_id)
            version_id = await self._db.redis.hget(keys.model_numbers(organisation, assembly_id), str(number))
            if version_id is None:
                raise NotStored(f"no model version {number}")
            commit = Commit(self._db, organisation)
            commit.expect_present(keys.entity(organisation, "model-version", version_id.decode()))
            saved = self._put(commit, assembly.model_copy(update={"active_model_version": number}), None)
            commit.publish(keys.focus(organisation), b"")
            try:
                await commit.run()
            except Refused:
                continue
            return saved
        raise VersionConflict(f"assembly {assembly_id} is being saved all the time")
