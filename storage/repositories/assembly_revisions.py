"""Products."""

from storage import keys
from storage.commit import Commit
from storage.entities.assembly_revision import AssemblyRevision
from storage.repositories.base import Repository


class AssemblyRevisions(Repository[AssemblyRevision]):
    """Products of one organisation."""

    noun = "assembly-revision"
    model = AssemblyRevision

    async def save(self, entity: AssemblyRevision) -> AssemblyRevision:
        """Saves over the version that was read, while its active assembly is there. Raises VersionConflict, NotStored."""
        commit = Commit(self._db, entity.organisation)
        saved = self._put(commit, entity, None)
        # The assembly may have been read before the product was, and deleted in between: its version does not tell.
        if entity.active_assembly_id is not None:
            commit.expect_present(keys.entity(entity.organisation, "assembly", entity.active_assembly_id))
        await self._run(commit, entity)
        return saved

    def put(self, commit: Commit, revision: AssemblyRevision, *, is_new: bool = False) -> AssemblyRevision:
        """Adds a product's part of a write that is about more than it; what will be stored."""
        if is_new:
            self._put_new(commit, revision)
            return revision
        return self._put(commit, revision, None)
