"""The end of an assembly: everything that belongs to it goes in one step, and its files right after."""

import builtins

from storage import keys
from storage.commit import Commit, Refused
from storage.database import Database
from storage.entities.assembly import Assembly
from storage.entities.assembly_revision import AssemblyRevision
from storage.entities.training_context import TrainingContext
from storage.errors import VersionConflict
from storage.repositories.assembly_revisions import AssemblyRevisions
from storage.repositories.parts import index_parts

# Nouns that are stored for one assembly, with the folder that each has in the file store, if it has one.
_OWNED = {"recording": "recordings", "model-version": "models", "training-run": "models", "work-instruction": "videos"}
# The store's scripts take some 8,000 arguments in one call; with more they end in the middle of their writes.
_NAMED_AT_ONCE = 1_000


class AssemblyRemoval:
    """Deletes assemblies. Their files are named in the same write, so that a crash leaves none behind."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._revisions = AssemblyRevisions(db)

    async def remove(
        self, assembly: Assembly, revision: AssemblyRevision | None, successor: str | None, context: TrainingContext | None
    ) -> builtins.list[str]:
        """Deletes an assembly with its steps, labels, recordings, models and training runs; answers the folders that may go now.

        `successor` becomes the active one of the revision if this one was. Raises VersionConflict when the assembly, its revision or
        the training context was saved since it was read, or a session began; NotStored when somebody else deleted it.
        """
        organisation = assembly.organisation
        commit = Commit(self._db, organisation)
        key = keys.entity(organisation, "assembly", assembly.id)
        commit.expect_version(key, assembly.version)
        commit.expect_empty(keys.coached_sessions(organisation, assembly.id), "coached")
        self._expect_context(commit, organisation, context)
        commit.call("DEL", key)
        commit.call("ZREM", keys.entities(organisation, "assembly"), assembly.id)
        commit.call("ZREM", keys.owned(organisation, "assembly", assembly.revision_id), assembly.id)
        if assembly.revision:
            commit.call("HDEL", keys.revision_numbers(organisation, assembly.revision_id), assembly.revision)
        index_parts(commit, None, assembly)
        if revision is not None:
            active = successor if revision.active_assembly_id == assembly.id else revision.active_assembly_id
            self._revisions.put(commit, revision.model_copy(update={"active_assembly_id": active}))
        folders = [assembly.video_file.rpartition("/")[0]]
        for noun, folder in _OWNED.items():
            ids = await self._forget(commit, assembly, noun)
            folders += [f"{organisation}/{folder}/{assembly.id}/{id_}" for id_ in ids]
        commit.call("DEL", keys.model_numbers(organisation, assembly.id))
        commit.call("HDEL", keys.training_callbacks(organisation), assembly.id)
        for at in range(0, len(folders), _NAMED_AT_ONCE):
            commit.call("SADD", keys.doomed_files(organisation), *folders[at : at + _NAMED_AT_ONCE])
        try:
            await commit.run()
        except Refused as refused:
            raise VersionConflict(f"assembly {assembly.id} was used since ({refused.reason})") from refused
        return folders

    async def doomed(self, organisation: str) -> builtins.list[str]:
        """Folders whose owners are gone."""
        return sorted(key.decode() for key in await self._db.redis.smembers(keys.doomed_files(organisation)))

    async def buried(self, organisation: str, folders: builtins.list[str]) -> None:
        """These are gone from the disk."""
        if folders:
            await self._db.redis.srem(keys.doomed_files(organisation), *folders)

    def _expect_context(self, commit: Commit, organisation: str, context: TrainingContext | None) -> None:
        key = keys.training_context(organisation)
        if context is None:
            commit.expect_absent(key, "version")
        else:
            commit.expect_version(key, context.version)

    async def _forget(self, commit: Commit, assembly: Assembly, noun: str) -> builtins.list[str]:
        """Adds the writes that forget all of a noun that the assembly has; their ids."""
        listed = keys.owned(assembly.organisation, noun, assembly.id)
        ids = [id_.decode() for id_ in await self._db.redis.zrange(listed, 0, -1)]
        for id_ in ids:
            commit.call("DEL", keys.entity(assembly.organisation, noun, id_))
            commit.call("ZREM", keys.entities(assembly.organisation, noun), id_)
        commit.call("DEL", listed)
        return ids
