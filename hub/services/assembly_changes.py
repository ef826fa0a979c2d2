"""One change of an assembly: saved over the version that was read, so that nobody's change is lost."""

import time

from hub.errors import Conflict, NotFound
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.assembly_revision import AssemblyRevision
from storage.errors import NotStored, VersionConflict

LOST_RACE = "Somebody else changed this just now. Read it again."


async def save_change(store: Store, changed: Assembly, revision: AssemblyRevision | None = None) -> Assembly:
    """Saves it, its product with it if that changes too, and stamps it as edited now.

    Raises Conflict for a lost race, NotFound when it was deleted meanwhile.
    """
    stamped = changed.model_copy(update={"updated_at_ms": max(time.time_ns() // 1_000_000, changed.updated_at_ms + 1)})
    try:
        if revision is not None:
            return (await store.assemblies.save_both(revision, stamped))[1]
        return await store.assemblies.save(stamped)
    except VersionConflict as error:
        raise Conflict(LOST_RACE) from error
    except NotStored as error:
        raise NotFound("There is no such assembly.") from error
