"""Deleting an assembly with all that belongs to it, and nothing else."""

import asyncio
from collections.abc import Sequence

from hub.errors import Conflict, NotFound
from hub.services.assembly_changes import NO_ASSEMBLY, stored_assembly
from hub.services.training import RUNS, START_WITHIN_S
from hub.timestamps import now_ms
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.model_version import TrainingState
from storage.entities.training_context import TrainingContext
from storage.errors import NotStored, VersionConflict

# Each lost comparison means that another writer got through.
ATTEMPTS = 8
# Files that a crash left behind cost room and nothing else.
BURY_EVERY_S = 60.0
# Slashes in the key of a folder that stands in that of its noun, such as organisation/videos/assembly.
_OF_A_NOUN = 2


class AssemblyDeletion:
    """Refuses while the assembly is coached, recorded or trained. Records of finished sessions stay."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def delete(self, organisation: str, assembly_id: str) -> tuple[Assembly, Assembly | None]:
        """Deletes it; it, and the one that became active in its place, if any. Raises NotFound, Conflict."""
        for _ in range(ATTEMPTS):
            context = await self._store.training_contexts.find(organisation)
            assembly = await stored_assembly(self._store, organisation, assembly_id)
            await self._refuse_in_use(assembly, context)
            revision = await self._store.assembly_revisions.find(organisation, assembly.revision_id)
            others = await self._store.assemblies.of_revision(organisation, assembly.revision_id)
            successor = _successor([other for other in others if other.id != assembly.id])
            try:
                await self._store.assembly_removal.remove(assembly, revision, successor.id if successor else None, context)
            except VersionConflict:
                continue
            except NotStored as error:
                raise NotFound(NO_ASSEMBLY) from error
            await self.bury(organisation)
            was_active = revision is not None and revision.active_assembly_id == assembly.id
            return assembly, successor if was_active else None
        raise Conflict("The assembly is being changed all the time. Try again.")

    async def bury(self, organisation: str) -> None:
        """Deletes the files of what is deleted, also those that a crash left."""
        folders = await self._store.assembly_removal.doomed(organisation)
        await asyncio.to_thread(self._delete_folders, folders)
        await self._store.assembly_removal.buried(organisation, folders)

    async def bury_all(self) -> None:
        """The same for all organisations."""
        for organisation in await self._store.organisations.names():
            await self.bury(organisation)

    def _delete_folders(self, folders: Sequence[str]) -> None:
        for folder in folders:
            self._store.files.delete_folder(folder)
        # The folder of a whole noun is everybody's: somebody may be putting something into it.
        for parent in {folder.rpartition("/")[0] for folder in folders if folder.count("/") > _OF_A_NOUN}:
            self._store.files.drop_empty(parent)

    async def _refuse_in_use(self, assembly: Assembly, context: TrainingContext | None) -> None:
        organisation = assembly.organisation
        for session in await self._store.sessions.all_open(organisation):
            if session.assembly_id == assembly.id:
                message = f"{assembly.name} is being built at station {session.station_id}. Complete or cancel that unit first."
                raise Conflict(message, code="being_coached", record_id=session.id)
        if context is not None and context.recording_id is not None and context.assembly_id == assembly.id:
            raise Conflict(f"A label of {assembly.name} is being recorded: end or revert it first.", code="recording_open")
        runs = await self._store.training_runs.of_assembly(organisation, assembly.id, 1)
        is_late = bool(runs) and runs[-1].state is TrainingState.QUEUED and now_ms() - runs[-1].created_at_ms > START_WITHIN_S * 1000
        if runs and runs[-1].state in RUNS and not is_late:
            raise Conflict(f"{assembly.name} is being trained: wait for it or cancel it.", code="training_running")


def _successor(others: Sequence[Assembly]) -> Assembly | None:
    """What is active next: the newest that is published, else the newest."""
    published = [other for other in others if other.published_at_ms is not None]
    return max(published or others, key=lambda other: other.revision, default=None)
