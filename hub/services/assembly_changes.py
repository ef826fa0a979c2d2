"""One change of an assembly: saved over the version that was read, so that nobody's change is lost."""

from hub.errors import Conflict, NotFound
from hub.timestamps import now_ms
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.assembly_revision import AssemblyRevision
from storage.errors import NotStored, VersionConflict

LOST_RACE = "Somebody else changed this just now. Read it again."
NO_ASSEMBLY = "There is no such assembly."


async def stored_assembly(store: Store, organisation: str, assembly_id: str) -> Assembly:
    """Raises NotFound."""
    assembly = await store.assemblies.find(organisation, assembly_id)
    if assembly is None:
        raise NotFound(NO_ASSEMBLY)
    return assembly


def stamped(assembly: Assembly) -> Assembly:
    """The same, edited now."""
    return assembly.model_copy(update={"updated_at_ms": max(now_ms(), assembly.updated_at_ms + 1)})


async def save_change(store: Store, changed: Assembly, revision: AssemblyRevision | None = None) -> Assembly:
    """Saves it, its product with it if that changes too, and stamps it as edited now.

    Raises Conflict for a lost race, NotFound when it was deleted meanwhile.
    """
    try:
        if revision is not None:
            return (await store.assemblies.save_both(revision, stamped(changed)))[1]
        return await store.assemblies.save(stamped(changed))
    except VersionConflict as error:
        raise Conflict(LOST_RACE) from error
    except NotStored as error:
        raise NotFound(NO_ASSEMBLY) from error
