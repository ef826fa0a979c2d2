"""A product: what the versions of its recipe have in common."""

from storage.entities.base import Entity


class AssemblyRevision(Entity):
    """Groups the assemblies of one product and says which one is active: one place for it, so that there are never two.

    None is active only as long as there is no assembly.
    """

    id: str
    name: str
    description: str = ""
    image_link: str = ""
    active_assembly_id: str | None = None
    next_number: int = 1
    """`revision` of the next assembly; never given again."""
    created_at_ms: int
