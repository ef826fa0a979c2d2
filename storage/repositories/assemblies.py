"""Versions of recipes, which of a product is active, and which model runs for each."""

import builtins
import contextlib

from storage import keys
from storage.commit import Commit, Refused
from storage.database import Database
from storage.entities.assembly import Assembly
from storage.entities.assembly_revision import AssemblyRevision
from storage.errors import AlreadyExists, NotStored, VersionConflict
from storage.repositories.assembly_revisions import AssemblyRevisions
from storage.repositories.base import Repository
from storage.repositories.parts import Part, Parts, index_parts, part_ids

# Each lost comparison means that another writer got through; ten in a row are a fault, not bad luck.
_ATTEMPTS = 10


class Assemblies(Repository[Assembly]):
    """Assemblies of one organisation. `save` compares the version, and raises AlreadyExists for the id of another assembly's step data."""

    noun = "assembly"
    model = Assembly
    owner_field = "revision_id"

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._revisions = AssemblyRevisions(db)
        self._parts = Parts(db)

    def _also_saved(self, commit: Commit, entity: Assembly, before: Assembly | None) -> None:
        index_parts(commit, entity, before)
        if before is None and entity.revision:
            self._number(commit, entity)

    def _number(self, commit: Commit, assembly: Assembly) -> None:
        numbers = keys.revision_numbers(assembly.organisation, assembly.revision_id)
        commit.expect_free(numbers, str(assembly.revision), assembly.id, f"revision {assembly.revision} exists")
        commit.call("HSET", numbers, assembly.revision, assembly.id)

    # --- reads --------------------------------------------------------------------------------------------
    async def of_revision(self, organisation: str, revision_id: str, limit: int = 1000) -> builtins.list[Assembly]:
        """The newest `limit` of a product, by number."""
        found = await self._newest(organisation, keys.owned(organisation, self.noun, revision_id), limit)
        return sorted(found, key=lambda assembly: assembly.revision)

    async def count_of_revision(self, organisation: str, revision_id: str) -> int:
        """How many a product has."""
        return int(await self._db.redis.zcard(keys.owned(organisation, self.noun, revision_id)))

    async def by_number(self, organisation: str, revision_id: str, number: int) -> Assembly | None:
        """One version of a product."""
        id_ = await self._db.redis.hget(keys.revision_numbers(organisation, revision_id), str(number))
        return None if id_ is None else await self.find(organisation, id_.decode())

    async def by_part(self, organisation: str, part: Part, id_: int) -> Assembly | None:
        """The assembly that has a step, step data or step data info of this id."""
        owner = await self._parts.owner(organisation, part, id_)
        assembly = None if owner is None else await self.find(organisation, owner)
        return assembly if assembly is not None and (part, id_) in part_ids(assembly) else None

    async def new_part_id(self, organisation: str, part: Part) -> int:
        """An id for a new step, step data or step data info."""
        return await self._parts.new_id(organisation, part)

    # --- writes -------------------------------------------------------------------------------------------
    async def add_to(self, revision: AssemblyRevision, assembly: Assembly, *, is_new: bool = False) -> tuple[AssemblyRevision, Assembly]:
        """Adds an assembly to a product in one step; the first becomes the active one. `revision` 0 = the next number.

        `is_new`: the product is added, too. Raises AlreadyExists (an id or the number), VersionConflict (the product was saved since).
        """
        commit = Commit(self._db, assembly.organisation)
        product, numbered = _numbered(revision, assembly)
        self._put_new(commit, numbered)
        product = self._revisions.put(commit, product, is_new=is_new)
        await self._run(commit, assembly)
        return product, numbered

    async def save_both(self, revision: AssemblyRevision, assembly: Assembly) -> tuple[AssemblyRevision, Assembly]:
        """Saves a product and one of its assemblies over the versions that were read. Raises VersionConflict, NotStored."""
        commit = Commit(self._db, assembly.organisation)
        saved = self._put(commit, assembly, await self._before(assembly))
        product = self._revisions.put(commit, revision)
        await self._run(commit, assembly)
        return product, saved

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

    async def index_all(self, organisation: str) -> None:
        """Numbers all assemblies within their products and makes the indexes of them and their parts anew; safe to repeat.

        For what was stored, or brought in, without them.
        """
        highest = 0
        for id_ in await self._db.redis.zrange(self._index_key(organisation), 0, -1):
            assembly = await self.find(organisation, id_.decode())
            if assembly is None:
                continue
            highest = max([highest, *(step.id for step in assembly.steps)])
            # Another process may do the same at this moment, which is as good.
            with contextlib.suppress(VersionConflict, AlreadyExists, NotStored):
                await self._index(assembly)
        await self._parts.raise_to(organisation, Part.STEP, highest)

    async def _index(self, assembly: Assembly) -> None:
        organisation = assembly.organisation
        known = await self._revisions.find(organisation, assembly.revision_id)
        made = AssemblyRevision(
            organisation=organisation, id=assembly.revision_id, name=assembly.name, created_at_ms=assembly.created_at_ms
        )
        product, numbered = _numbered(known or made, assembly)
        commit = Commit(self._db, organisation)
        self._number(commit, numbered)
        # Nothing stood in the indexes, so everything is new to them.
        index_parts(commit, assembly, None)
        self._put(commit, numbered, numbered)
        for index in self._indexes(numbered):
            commit.call("ZADD", index, self._born_ms(numbered), numbered.id)
        self._revisions.put(commit, product, is_new=known is None)
        await self._run(commit, assembly)


def _numbered(revision: AssemblyRevision, assembly: Assembly) -> tuple[AssemblyRevision, Assembly]:
    """Both, once the assembly is one of the product's; the first becomes the active one."""
    number = assembly.revision or revision.next_number
    active = revision.active_assembly_id or assembly.id
    product = revision.model_copy(update={"next_number": max(revision.next_number, number + 1), "active_assembly_id": active})
    return product, assembly.model_copy(update={"revision": number, "revision_id": revision.id})


async def list_assemblies(db: Database) -> None:
    """Lists, in all organisations, the assemblies that were stored before their products listed them."""
    for name in await db.redis.smembers(keys.ORGANISATIONS):
        await Assemblies(db).index_all(name.decode())
