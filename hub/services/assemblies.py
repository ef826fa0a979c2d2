"""Recipes and the models trained for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.changes import STAYS
from hub.errors import NotFound
from hub.services.assembly_changes import stored_assembly
from hub.services.recipes import RecipeChange, RecipePlace, RecipesService
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.model_version import ModelVersion, TrainingRun
from storage.entities.recording import Recording, RecordingState
from storage.errors import NotStored


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
        self._recipes = RecipesService(store)

    async def get(self, organisation: str, assembly_id: str) -> Assembly:
        """Raises NotFound."""
        return await stored_assembly(self._store, organisation, assembly_id)

    async def ensure(self, organisation: str, assembly_id: str, wish: AssemblyWish) -> Assembly:
        """The assembly, made with its revision where there is none; name and description as wished. Raises Invalid, Conflict."""
        change = RecipeChange(
            name=STAYS if wish.name is None else wish.name, description=STAYS if wish.description is None else wish.description
        )
        place = RecipePlace(revision_id=wish.revision_id, parent_id=wish.parent_id)
        return (await self._recipes.put(organisation, assembly_id, change, place)).assembly

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
