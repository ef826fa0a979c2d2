"""Parts of an assembly that are asked for by their id alone: counted, and found again, in the whole organisation."""

from enum import StrEnum

from storage import keys
from storage.commit import Commit
from storage.database import Database
from storage.entities.assembly import Assembly
from storage.repositories.ocr_variables import index_variables

PART_TAKEN = "another assembly has this id"


class Part(StrEnum):
    """What has such an id."""

    STEP = "step"
    STEP_DATA = "step-data"
    STEP_DATA_INFO = "step-data-info"


def index_parts(commit: Commit, assembly: Assembly | None, before: Assembly | None) -> None:
    """Adds the writes that keep it true which assembly has which part."""
    now, then = part_ids(assembly), part_ids(before)
    any_one = assembly or before
    assert any_one is not None
    for part, id_ in sorted(now - then):
        owners = keys.part_owners(any_one.organisation, part)
        # Steps from before ids were counted so may share one; the first keeps it.
        if part is not Part.STEP:
            commit.expect_free(owners, str(id_), any_one.id, PART_TAKEN)
        commit.call("HSETNX", owners, id_, any_one.id)
    for part, id_ in sorted(then - now):
        commit.call("HDEL", keys.part_owners(any_one.organisation, part), id_)
    index_variables(commit, assembly, before)


def part_ids(assembly: Assembly | None) -> set[tuple[Part, int]]:
    """All parts of an assembly."""
    found = set()
    for step in assembly.steps if assembly else ():
        found.add((Part.STEP, step.id))
        for data in step.step_data:
            found.add((Part.STEP_DATA, data.id))
            found.update((Part.STEP_DATA_INFO, info.id) for info in data.infos)
    return found


class Parts:
    """Gives ids and finds their owners."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def new_id(self, organisation: str, part: Part) -> int:
        """An id that nothing has had; one that is not used then is never given."""
        while True:
            id_ = int(await self._db.redis.incr(keys.part_number(organisation, part)))
            # A caller may have chosen this one itself.
            if not await self._db.redis.hexists(keys.part_owners(organisation, part), str(id_)):
                return id_

    async def owner(self, organisation: str, part: Part, id_: int) -> str | None:
        """Id of the assembly that has a part."""
        found = await self._db.redis.hget(keys.part_owners(organisation, part), str(id_))
        return None if found is None else str(found.decode())

    async def raise_to(self, organisation: str, part: Part, id_: int) -> None:
        """New ids are greater than this one. Not for two at once."""
        key = keys.part_number(organisation, part)
        if int(await self._db.redis.get(key) or 0) < id_:
            await self._db.redis.set(key, id_)
