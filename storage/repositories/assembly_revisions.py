"""Products."""

from storage.commit import Commit
from storage.entities.assembly_revision import AssemblyRevision
from storage.repositories.base import Repository


class AssemblyRevisions(Repository[AssemblyRevision]):
    """Products of one organisation."""

    noun = "assembly-revision"
    model = AssemblyRevision

    def put(self, commit: Commit, revision: AssemblyRevision, *, is_new: bool = False) -> AssemblyRevision:
        """Adds a product's part of a write that is about more than it; what will be stored."""
        if is_new:
            self._put_new(commit, revision)
            return revision
        return self._put(commit, revision, None)
