"""Assemblies as a catalogue: made, read and changed whole, each the version of a product's recipe."""

import asyncio
import random
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.changes import STAYS, Stays, changed_fields
from hub.coaching.step_training import to_be_trained
from hub.errors import Conflict, Invalid, NotFound
from hub.services.assembly_changes import LOST_RACE, save_change, stored_assembly
from hub.services.readiness import lack_of_training
from hub.timestamps import now_ms
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.assembly_revision import AssemblyRevision
from storage.entities.augmentation import Augmentation
from storage.errors import AlreadyExists, NotStored, VersionConflict

# The id stands in keys, folders and addresses.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
# Each lost comparison means that another assembly was added to the product, which is none of this one's business.
_ATTEMPTS = 20
_WAIT_MOST_S = 0.02
NEW_NAME = "New assembly"
# The source's numbers have 32 bits: this leaves a billion for those that follow.
LARGEST_NUMBER = 1_000_000_000


@dataclass(frozen=True, slots=True)
class RecipeChange:
    """Fields of an assembly; what is not said stays."""

    name: str | Stays = STAYS
    description: str | Stays = STAYS
    image_link: str | Stays = STAYS
    product_version: str | Stays = STAYS
    notes: str | Stays = STAYS
    record_videos: bool | Stays = STAYS
    approver: str | Stays = STAYS
    options: dict[str, object] | Stays = STAYS


@dataclass(frozen=True, slots=True)
class RecipePlace:
    """What is said of an assembly that is no field of its own alone; None = nothing is said."""

    revision_id: str | None = None
    parent_id: str | None = None
    revision: int | None = None
    published: bool | None = None
    active: bool | None = None
    strengths: Mapping[str, float] = field(default_factory=dict)
    """Of the augmentation, those that are named."""


@dataclass(frozen=True, slots=True)
class RecipeView:
    """An assembly, whether it is its product's active one, whether its model knows all its steps, and the ids of those it does not know
    as they are now."""

    assembly: Assembly
    is_active: bool
    is_trained: bool
    untrained: frozenset[int]


class RecipesService:
    """Every change is saved over the version that was read; a lost race is a Conflict, not a lost update."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # --- reads --------------------------------------------------------------------------------------------
    async def list(self, organisation: str) -> tuple[Sequence[RecipeView], int]:
        """The newest 1,000, oldest of them first, and how many there are."""
        assemblies = await self._store.assemblies.list(organisation)
        return await self.views(organisation, assemblies), await self._store.assemblies.count(organisation)

    async def get(self, organisation: str, assembly_id: str) -> RecipeView:
        """Raises NotFound."""
        return await self._view(await self.assembly(organisation, assembly_id))

    async def find(self, organisation: str, assembly_id: str) -> RecipeView | None:
        """The same, None where there is none."""
        known = await self._store.assemblies.find(organisation, assembly_id)
        return None if known is None else await self._view(known)

    async def assembly(self, organisation: str, assembly_id: str) -> Assembly:
        """Raises NotFound."""
        return await stored_assembly(self._store, organisation, assembly_id)

    async def views(self, organisation: str, assemblies: Sequence[Assembly]) -> Sequence[RecipeView]:
        """What is said of each."""
        revisions = await self._store.assembly_revisions.find_many(organisation, sorted({a.revision_id for a in assemblies}))
        active = {revision.active_assembly_id for revision in revisions}
        models = await self._store.model_versions.active_of(organisation, assemblies)
        return [
            RecipeView(a, a.id in active, lack_of_training(a, models.get(a.id)) is None, to_be_trained(a, models.get(a.id)))
            for a in assemblies
        ]

    async def _view(self, assembly: Assembly) -> RecipeView:
        return (await self.views(assembly.organisation, [assembly]))[0]

    # --- writes -------------------------------------------------------------------------------------------
    async def add(self, organisation: str, change: RecipeChange, place: RecipePlace) -> RecipeView:
        """A new assembly under an id of its own. Raises Invalid, Conflict (the number is taken)."""
        return await self.put(organisation, str(uuid.uuid4()), change, place)

    async def put(self, organisation: str, assembly_id: str, change: RecipeChange, place: RecipePlace) -> RecipeView:
        """Makes the assembly, and its revision, where absent; else changes it. Raises Invalid, Conflict."""
        check_id(assembly_id, "assembly_id")
        if change.name is not STAYS and not str(change.name).strip():
            raise Invalid("An assembly needs a name.", field="name")
        for _ in range(_ATTEMPTS):
            known = await self._store.assemblies.find(organisation, assembly_id)
            if known is not None:
                return await self._change(known, change, place)
            made = await self._try_add(organisation, assembly_id, change, place)
            if made is not None:
                return await self._view(made)
            await asyncio.sleep(random.uniform(0, _WAIT_MOST_S))
        raise Conflict("The revision is being changed all the time. Try again.")

    async def set_active(self, organisation: str, assembly_id: str, active: bool) -> Assembly:
        """Makes it its product's active assembly. Raises NotFound; Conflict for the active one that shall not be: another must be then."""
        assembly = await self.assembly(organisation, assembly_id)
        revision = await self._store.assembly_revisions.find(organisation, assembly.revision_id)
        if revision is None:
            raise NotFound("There is no such assembly revision.")
        is_active = revision.active_assembly_id == assembly.id
        if is_active and not active:
            message = f"{assembly.name} is the active one of its revision, and one always is: make another one active instead."
            raise Conflict(message, code="only_active")
        if active and not is_active:
            await save_revision(self._store, revision.model_copy(update={"active_assembly_id": assembly.id}))
        return assembly

    async def touch(self, organisation: str, assembly_id: str) -> Assembly:
        """Stamps it as edited now. Raises NotFound, Conflict."""
        return await save_change(self._store, await self.assembly(organisation, assembly_id))

    async def set_augmentation(self, organisation: str, assembly_id: str, strengths: Mapping[str, float]) -> Assembly:
        """Sets the strengths that are named; they hold from the next training on. Raises NotFound, Conflict."""
        assembly = await self.assembly(organisation, assembly_id)
        wanted = assembly.augmentation.model_copy(update=strengths)
        return await save_change(self._store, assembly.model_copy(update={"augmentation": wanted}))

    async def _try_add(self, organisation: str, id_: str, change: RecipeChange, place: RecipePlace) -> Assembly | None:
        """None when somebody else was faster with something that this one builds on."""
        if place.revision is not None and place.revision > LARGEST_NUMBER:
            raise Invalid(f"A new assembly's number is at most {LARGEST_NUMBER}.", field="revision")
        revision_id = await self._revision_of_new(organisation, id_, place)
        known = await self._store.assembly_revisions.find(organisation, revision_id)
        at_ms = now_ms()
        stands = {"organisation": organisation, "id": id_, "revision_id": revision_id, "revision": place.revision or 0, "name": NEW_NAME}
        stands |= {"parent_id": place.parent_id, "created_at_ms": at_ms, "updated_at_ms": at_ms}
        stands |= {"augmentation": Augmentation(**place.strengths), "published_at_ms": at_ms if place.published else None}
        assembly = Assembly.model_validate({**stands, **changed_fields(change)})
        revision = known or AssemblyRevision(organisation=organisation, id=revision_id, name=assembly.name, created_at_ms=at_ms)
        if place.active:
            revision = revision.model_copy(update={"active_assembly_id": id_})
        try:
            return (await self._store.assemblies.add_to(revision, assembly, is_new=known is None))[1]
        except VersionConflict:
            return None
        except AlreadyExists as error:
            if place.revision and await self._store.assemblies.by_number(organisation, revision_id, place.revision):
                raise Conflict(f"Revision {place.revision} exists.", code="revision_taken", field="revision") from error
            return None

    async def _revision_of_new(self, organisation: str, id_: str, place: RecipePlace) -> str:
        revision_id = place.revision_id
        if place.parent_id is not None:
            parent = await self._parent(organisation, id_, place.parent_id)
            if revision_id not in (None, parent.revision_id):
                raise Invalid("The parent belongs to another revision.", field="revision_id")
            revision_id = parent.revision_id
        check_id(revision_id or id_, "revision_id")
        return revision_id or id_

    async def _parent(self, organisation: str, id_: str, parent_id: str) -> Assembly:
        parent = await self._store.assemblies.find(organisation, parent_id)
        if parent is None or parent_id == id_:
            raise Invalid("There is no such parent assembly.", field="parent_id")
        return parent

    async def _change(self, known: Assembly, change: RecipeChange, place: RecipePlace) -> RecipeView:
        fields = changed_fields(change)
        if place.revision_id not in (None, known.revision_id):
            raise Invalid("An assembly stays in its revision: make a new one with parent_id instead.", field="revision_id")
        if place.revision not in (None, 0, known.revision):
            raise Invalid(f"An assembly keeps its number: this one is revision {known.revision}.", field="revision")
        if place.parent_id not in (None, known.parent_id):
            parent = await self._parent(known.organisation, known.id, place.parent_id or "")
            if parent.revision_id != known.revision_id:
                raise Invalid("The parent belongs to another revision.", field="parent_id")
            fields["parent_id"] = parent.id
        if place.published is not None:
            fields["published_at_ms"] = (known.published_at_ms or now_ms()) if place.published else None
        fields["augmentation"] = known.augmentation.model_copy(update=place.strengths)
        changed = known.model_copy(update=fields)
        revision = await self._store.assembly_revisions.find(known.organisation, known.revision_id) if place.active else None
        if revision is None or revision.active_assembly_id == known.id:
            return await self._view(await save_change(self._store, changed))
        revision = revision.model_copy(update={"active_assembly_id": known.id})
        return await self._view(await save_change(self._store, changed, revision))


async def save_revision(store: Store, changed: AssemblyRevision) -> AssemblyRevision:
    """Saves a product over the version that was read. Raises Conflict for a lost race, also with who deletes its active assembly."""
    try:
        return await store.assembly_revisions.save(changed)
    except (VersionConflict, NotStored) as error:
        raise Conflict(LOST_RACE) from error


def check_id(id_: str, field: str) -> None:
    """Raises Invalid for what cannot be an id."""
    if not _ID.fullmatch(id_):
        raise Invalid("An id has letters, digits and dashes, at most 64.", field=field)
