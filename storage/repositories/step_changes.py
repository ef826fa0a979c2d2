"""Changes of an assembly's steps: with what goes with them, and only while that stands on which they were decided."""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass

from storage import keys
from storage.commit import Commit, Refused
from storage.database import Database
from storage.entities.assembly import Assembly
from storage.entities.recording import Recording
from storage.entities.session import Session
from storage.entities.training_context import TrainingContext
from storage.errors import AlreadyExists, VersionConflict
from storage.repositories.assemblies import Assemblies
from storage.repositories.ocr_variables import OcrVariables
from storage.repositories.sessions import Sessions
from storage.repositories.training_contexts import TrainingContexts

# Parsing more recipes than this without a pause would hold others up.
_READ_AT_ONCE = 20


class CircumstancesChanged(VersionConflict):
    """A unit went on, was begun or ended, or something else is being taught since: read and decide again."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a change of steps is decided on besides the assembly: the sessions that are open on it, and what is being taught."""

    sessions: tuple[Session, ...]
    context: TrainingContext | None


class StepChanges(Assemblies):
    """Saves assemblies whose steps were changed; whoever coaches or looks at them reads them anew."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._sessions = Sessions(db)
        self._contexts = TrainingContexts(db)
        self._variables = OcrVariables(db)

    # --- reads --------------------------------------------------------------------------------------------
    async def many(self, organisation: str, ids: Sequence[str]) -> builtins.list[Assembly]:
        """Those of the ids that are stored, in their order."""
        found: builtins.list[Assembly] = []
        for at in range(0, len(ids), _READ_AT_ONCE):
            found += await self._many(organisation, ids[at : at + _READ_AT_ONCE])
        return found

    async def circumstances(self, organisation: str, assembly_id: str) -> Circumstances:
        """As they are now."""
        ids = await self._db.redis.smembers(keys.coached_sessions(organisation, assembly_id))
        found = [await self._sessions.find(organisation, id_.decode()) for id_ in sorted(ids)]
        sessions = tuple(session for session in found if session is not None)
        return Circumstances(sessions, await self._contexts.find(organisation))

    # --- writes -------------------------------------------------------------------------------------------
    async def change(self, assembly: Assembly, under: Circumstances | None = None, forgets: Sequence[Recording] = ()) -> Assembly:
        """Saves over the version that was read, and forgets recordings in the same step; their folders are named as doomed.

        Raises CircumstancesChanged, VersionConflict (the assembly was saved since), AlreadyExists (an id of a part), NotStored.
        """
        organisation = assembly.organisation
        commit = Commit(self._db, organisation)
        saved = self._put(commit, assembly, await self._before(assembly))
        if under is not None:
            self._expect(commit, assembly, under)
        for recording in forgets:
            commit.call("DEL", keys.entity(organisation, "recording", recording.id))
            commit.call("ZREM", keys.entities(organisation, "recording"), recording.id)
            commit.call("ZREM", keys.owned(organisation, "recording", assembly.id), recording.id)
            commit.call("SADD", keys.doomed_files(organisation), recording.folder)
        await self._run_change(commit, organisation)
        return saved

    async def rename_variable(
        self, organisation: str, old: str, new: str, changed: Sequence[Assembly], sessions: Sequence[Session]
    ) -> builtins.list[Assembly]:
        """Saves all assemblies that use a variable with its new name, or none; the sessions must not have gone on.

        Raises CircumstancesChanged, VersionConflict (one of them, or who uses it, is another since), AlreadyExists (the new name),
        NotStored.
        """
        commit = Commit(self._db, organisation)
        saved = [self._put(commit, assembly, await self._before(assembly)) for assembly in changed]
        self._expect_sessions(commit, organisation, sessions)
        self._variables.rename(commit, organisation, old, new, len(changed))
        await self._run_change(commit, organisation)
        return saved

    def _expect(self, commit: Commit, assembly: Assembly, under: Circumstances) -> None:
        # The same number, and each as it was read: none was begun since and none has ended.
        commit.expect_count(keys.coached_sessions(assembly.organisation, assembly.id), len(under.sessions), "circumstances")
        self._expect_sessions(commit, assembly.organisation, under.sessions)
        key = keys.training_context(assembly.organisation)
        if under.context is None:
            commit.expect_absent(key, "circumstances")
        else:
            commit.expect_field(key, "version", str(under.context.version), "circumstances")

    def _expect_sessions(self, commit: Commit, organisation: str, sessions: Sequence[Session]) -> None:
        for session in sessions:
            commit.expect_field(keys.entity(organisation, "session", session.id), "version", str(session.version), "circumstances")

    async def _run_change(self, commit: Commit, organisation: str) -> None:
        commit.publish(keys.focus(organisation), b"")
        try:
            await commit.run()
        except Refused as refused:
            if refused.reason == "circumstances":
                raise CircumstancesChanged("a session or what is taught has changed since") from refused
            if refused.reason in ("version", "users"):
                raise VersionConflict(f"an assembly was saved since ({refused.reason} {refused.found})") from refused
            raise AlreadyExists(refused.reason) from refused
