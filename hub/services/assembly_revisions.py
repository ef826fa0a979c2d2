"""Products: what their versions are, which one is active, and which may be built."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from hub.changes import STAYS, Stays, changed_fields
from hub.errors import Conflict, Invalid, NotFound
from hub.services.assembly_changes import save_change
from hub.services.readiness import lack_of_release
from hub.services.recipes import NEW_NAME, RecipesService, RecipeView, check_id, save_revision
from hub.timestamps import now_ms
from storage.connection import Store
from storage.entities.assembly_revision import AssemblyRevision
from storage.errors import AlreadyExists


@dataclass(frozen=True, slots=True)
class RevisionChange:
    """What is said of a product; what is not said stays."""

    name: str | Stays = STAYS
    description: str | Stays = STAYS
    image_link: str | Stays = STAYS


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A product with its active assembly, if it has any."""

    revision: AssemblyRevision
    active: RecipeView | None


class AssemblyRevisionsService:
    """Raises NotFound for what the organisation does not have, Conflict for a lost race."""

    def __init__(self, store: Store, recipes: RecipesService) -> None:
        self._store = store
        self._recipes = recipes

    # --- reads --------------------------------------------------------------------------------------------
    async def list(self, organisation: str) -> tuple[Sequence[RevisionView], int]:
        """The newest 1,000, oldest of them first, and how many there are."""
        revisions = await self._store.assembly_revisions.list(organisation)
        return await self._views(organisation, revisions), await self._store.assembly_revisions.count(organisation)

    async def get(self, organisation: str, revision_id: str) -> RevisionView:
        """One product."""
        return (await self._views(organisation, [await self._revision(organisation, revision_id)]))[0]

    async def assemblies(self, organisation: str, revision_id: str) -> tuple[Sequence[RecipeView], int]:
        """The newest 1,000 of a product, by number, and how many there are."""
        await self._revision(organisation, revision_id)
        found = await self._store.assemblies.of_revision(organisation, revision_id)
        return await self._recipes.views(organisation, found), await self._store.assemblies.count_of_revision(organisation, revision_id)

    async def by_number(self, organisation: str, revision_id: str, number: str) -> RecipeView:
        """The assembly that is revision `number` of a product."""
        await self._revision(organisation, revision_id)
        plain = number.isascii() and number.isdecimal() and len(number) <= 10
        found = await self._store.assemblies.by_number(organisation, revision_id, int(number)) if plain else None
        if found is None:
            raise NotFound(f"This assembly revision has no revision {number[:20]}.")
        return (await self._recipes.views(organisation, [found]))[0]

    async def coachable(self, organisation: str) -> Sequence[RecipeView]:
        """What may be built of each product: the active assembly or, where that may not be, the one published last that may."""
        controlled = await self._store.site_settings.has_release_control(organisation)

        def may_be_built(view: RecipeView) -> bool:
            return view.is_trained and not (controlled and lack_of_release(view.assembly))

        found = []
        for product in await self._views(organisation, await self._store.assembly_revisions.list(organisation)):
            if product.active is not None and may_be_built(product.active):
                found.append(product.active)
                continue
            others = await self._store.assemblies.of_revision(organisation, product.revision.id) if product.active else []
            released = [view for view in await self._recipes.views(organisation, others) if view.assembly.published_at_ms is not None]
            candidates = [view for view in released if may_be_built(view)]
            found += sorted(candidates, key=lambda view: view.assembly.published_at_ms or 0)[-1:]
        return found

    async def _views(self, organisation: str, revisions: Sequence[AssemblyRevision]) -> Sequence[RevisionView]:
        ids = [revision.active_assembly_id for revision in revisions if revision.active_assembly_id is not None]
        views = await self._recipes.views(organisation, await self._store.assemblies.find_many(organisation, ids))
        active = {view.assembly.id: view for view in views}
        return [RevisionView(revision, active.get(revision.active_assembly_id or "")) for revision in revisions]

    async def _revision(self, organisation: str, revision_id: str) -> AssemblyRevision:
        revision = await self._store.assembly_revisions.find(organisation, revision_id)
        if revision is None:
            raise NotFound("There is no such assembly revision.")
        return revision

    # --- writes -------------------------------------------------------------------------------------------
    async def add(self, organisation: str, name: str | None) -> RevisionView:
        """A new product, without an assembly yet."""
        return await self.put(organisation, str(uuid.uuid4()), RevisionChange(STAYS if name is None else name))

    async def put(
        self, organisation: str, revision_id: str, change: RevisionChange, active: str | None = None, published: bool | None = None
    ) -> RevisionView:
        """Makes the product where absent, else changes it; `active` makes an assembly of it the active one, `published` is said of that
        one, all in one step. Raises Invalid."""
        check_id(revision_id, "revision_id")
        if change.name is not STAYS and not str(change.name).strip():
            raise Invalid("An assembly revision needs a name.", field="name")
        known = await self._store.assembly_revisions.find(organisation, revision_id)
        if known is None and (active or published):
            raise Invalid("This assembly revision has no assembly yet.", field="active_revision" if active else "published")
        if known is None:
            return await self._add(organisation, revision_id, change)
        changed = known.model_copy(update=changed_fields(change))
        if active:
            await self._refuse_stranger(organisation, revision_id, active, "active_revision")
            changed = changed.model_copy(update={"active_assembly_id": active})
        await self._save(changed, published)
        return await self.get(organisation, revision_id)

    async def set_active(self, organisation: str, revision_id: str, assembly_id: str) -> str:
        """Makes an assembly of the product the active one; its name. Raises Invalid."""
        revision = await self._revision(organisation, revision_id)
        name = await self._refuse_stranger(organisation, revision_id, assembly_id, "assembly_id")
        if revision.active_assembly_id != assembly_id:
            await save_revision(self._store, revision.model_copy(update={"active_assembly_id": assembly_id}))
        return name

    async def _add(self, organisation: str, revision_id: str, change: RevisionChange) -> RevisionView:
        stands = {"organisation": organisation, "id": revision_id, "name": NEW_NAME, "created_at_ms": now_ms()}
        made = AssemblyRevision.model_validate({**stands, **changed_fields(change)})
        try:
            return RevisionView(await self._store.assembly_revisions.add(made), None)
        except AlreadyExists as error:
            raise Conflict("Somebody else made this assembly revision just now. Read it again.") from error

    async def _refuse_stranger(self, organisation: str, revision_id: str, assembly_id: str, field: str) -> str:
        assembly = await self._store.assemblies.find(organisation, assembly_id)
        if assembly is None or assembly.revision_id != revision_id:
            raise Invalid("This assembly revision has no such assembly.", field=field)
        return assembly.name

    async def _save(self, revision: AssemblyRevision, published: bool | None) -> None:
        id_ = revision.active_assembly_id
        active = await self._store.assemblies.find(revision.organisation, id_) if id_ is not None and published is not None else None
        if active is None and published:
            raise Conflict("This assembly revision has no assembly to publish.", code="no_assembly")
        if active is None or published is (active.published_at_ms is not None):
            await save_revision(self._store, revision)
            return
        at_ms = now_ms() if published else None
        await save_change(self._store, active.model_copy(update={"published_at_ms": at_ms}), revision)
