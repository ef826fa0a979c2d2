"""One change of an assembly: saved over the version that was read, so that nobody's change is lost."""

import time

from hub.errors import Conflict, NotFound
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.errors import NotStored, VersionConflict

LOST_RACE = "Somebody else changed this assembly just now. Read it again."


async def save_change(store: Store, changed: Assembly) -> Assembly:
    """Saves it and stamps it as edited now. Raises Conflict for a lost race, NotFound when it was deleted meanwhile."""
    try:
        return await store.assemblies.save(changed.model_copy(update={"updated_at_ms": time.time_ns() // 1_000_000}))
    except VersionConflict as error:
        raise Conflict(LOST_RACE) from error
    except NotStored as error:
        raise NotFound("There is no such assembly.") from error
