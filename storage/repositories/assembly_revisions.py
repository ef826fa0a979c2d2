"""Products."""

from storage.entities.assembly import AssemblyRevision
from storage.repositories.base import Repository


class AssemblyRevisions(Repository[AssemblyRevision]):
    """Products of one organisation."""

    noun = "assembly-revision"
    model = AssemblyRevision
