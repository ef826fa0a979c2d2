"""Recipes and the models trained for them."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.errors import Invalid, NotFound
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.assembly_revision import AssemblyRevision
from storage.entities.model_version import ModelVersion, TrainingRun
from storage.entities.recording import Recording, RecordingState
from storage.errors import AlreadyExists, NotStored

# The id stands in keys, folders and addresses.
_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9-]{0,63}$")


@dataclass(frozen=True, slots=True)
class AssemblyWish:
    """What /model/new says of an assembly; None = stays, or is made up."""

    name: str | None = None
    description: str | None = None
    parent_id: str | None = None
    revision_id: str | None = None


@dataclass(frozen=True, slots=True)
class AssemblyView:
    """An assembly with its finished recordings by id, its newest training run, and the recording that is open."""

    assembly: Assembly
    recordings: Mapping[str, Recording] = field(default_factory=dict)
    training: TrainingRun | None = None
    open_recording: Recording | None = None


class AssembliesService:
    """Makes and shows assemblies; activates their models."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, organisation: str, assembly_id: str) -> Assembly:
        """Raises NotFound."""
        try:
            return await self._store.assemblies.get(organisation, assembly_id)
        except NotStored as error:
            raise NotFound("There is no such assembly.") from error

    async def ensure(self, organisation: str, assembly_id: str, wish: AssemblyWish) -> Assembly:
        """The assembly, made with its revision where there is none; name and description as wished. Raises Invalid."""
        if not _ID.match(assembly_id):
            raise Invalid("An assembly's id has letters, digits and dashes, at most 64.", field="assembly_id")
        known = await self._store.assemblies.find(organisation, assembly_id)
        revision_id = await self._revision(organisation, assembly_id, wish, known)
        said = {"name": wish.name, "description": wish.description, "revision_id": revision_id, "updated_at_ms": _now_ms()}
        fields = {name: value for name, value in said.items() if value is not None}
        if known is not None:
            return await self._store.assemblies.save(known.model_copy(update=fields))
        made = Assembly.model_validate(
            {"organisation": organisation, "id": assembly_id, "name": "New assembly", "created_at_ms": _now_ms(), **fields}
        )
        return await self._store.assemblies.add(made)

    async def list(self, organisation: str) -> Sequence[AssemblyView]:
        """The newest 1,000, oldest of them first; `count` tells how many there are."""
        assemblies = await self._store.assemblies.list(organisation)
        return [await self._view(assembly) for assembly in assemblies]

    async def count(self, organisation: str) -> int:
        """How many there are in all."""
        return await self._store.assemblies.count(organisation)

    async def view(self, organisation: str, assembly_id: str) -> AssemblyView:
        """One assembly. Raises NotFound."""
        return await self._view(await self.get(organisation, assembly_id))

    async def model_versions(self, organisation: str, assembly_id: str) -> tuple[Assembly, Sequence[ModelVersion]]:
        """The assembly and its models, newest first. Raises NotFound."""
        assembly = await self.get(organisation, assembly_id)
        return assembly, (await self._store.model_versions.list(organisation, assembly_id))[::-1]

    async def activate(self, organisation: str, assembly_id: str, number: int) -> None:
        """Makes a version the running one, in one step, without stopping a session. Raises NotFound."""
        await self.get(organisation, assembly_id)
        try:
            await self._store.assemblies.activate(organisation, assembly_id, number)
        except NotStored as error:
            raise NotFound(f"There is no version {number} of this assembly.") from error

    async def _view(self, assembly: Assembly) -> AssemblyView:
        organisation = assembly.organisation
        recordings = await self._store.recordings.of_assembly(organisation, assembly.id)
        runs = await self._store.training_runs.of_assembly(organisation, assembly.id, 1)
        context = await self._store.training_contexts.find(organisation)
        open_recording = None
        if context is not None and context.recording_id is not None:
            open_recording = await self._store.recordings.find(organisation, context.recording_id)
        finished = {r.id: r for r in recordings if r.state is RecordingState.FINISHED}
        return AssemblyView(assembly, finished, runs[-1] if runs else None, open_recording)

    async def _revision(self, organisation: str, assembly_id: str, wish: AssemblyWish, known: Assembly | None) -> str:
        revision_id = wish.revision_id
        if wish.parent_id is not None:
            parent = await self._store.assemblies.find(organisation, wish.parent_id)
            if parent is None:
                raise Invalid("There is no such parent assembly.", field="parent_id")
            if revision_id not in (None, parent.revision_id):
                raise Invalid("The parent belongs to another revision.", field="revision_id")
            revision_id = parent.revision_id
        if revision_id is None:
            revision_id = known.revision_id if known else assembly_id
        if not _ID.match(revision_id):
            raise Invalid("A revision's id has letters, digits and dashes, at most 64.", field="revision_id")
        if await self._store.assembly_revisions.find(organisation, revision_id) is None:
            await self._make_revision(organisation, revision_id, assembly_id, wish)
        return revision_id

    async def _make_revision(self, organisation: str, revision_id: str, assembly_id: str, wish: AssemblyWish) -> None:
        revision = AssemblyRevision(
            organisation=organisation,
            id=revision_id,
            name=wish.name or "New assembly",
            active_assembly_id=assembly_id,
            created_at_ms=_now_ms(),
        )
        try:
            await self._store.assembly_revisions.add(revision)
        except AlreadyExists:
            return  # another request made it in between, which is as good


def _now_ms() -> int:
    return int(time.time() * 1000)
