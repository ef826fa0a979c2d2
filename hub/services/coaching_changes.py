"""One change of a session: read, decide, save with its facts and intervals; read and decide again when somebody else was first."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from hub.coaching.commands import Command, FinishStep, NoteWrong, SetStep, SkipStep, StepBack
from hub.coaching.facts import Fact
from hub.coaching.session import decide
from hub.errors import Conflict, NotFound, Unavailable
from hub.services.coaching_messages import fact_json
from hub.timestamps import now_ms
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.session import Session, SessionState
from storage.errors import VersionConflict
from storage.facts import Position, StoredFact
from storage.repositories.sessions import AssemblyChanged

# Somebody else got through each time; so many in a row are a fault.
_ATTEMPTS = 8
_WAIT_MOST_S = 0.02
# What these mean depends on where the session is, so they hold only for the visit of a step that their sender saw.
_OF_A_VISIT = (StepBack, SkipStep, SetStep, FinishStep, NoteWrong)

Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Changed:
    """A session as it is stored now, and the facts of the change with their places."""

    session: Session
    assembly: Assembly
    facts: tuple[StoredFact, ...] = ()


class SessionChanges:
    """Any hub may change any session: the comparison of versions in the store lets exactly one through."""

    def __init__(self, store: Store, clock: Clock = now_ms) -> None:
        self._store = store
        self.clock = clock

    async def apply(self, organisation: str, record_id: str, command: Command) -> Changed:
        """Applies a command to the session as it is stored. Raises NotFound, Conflict (wrong state, or it moved on), Invalid."""
        first: Session | None = None
        for _ in range(_ATTEMPTS):
            session = await self._store.sessions.find(organisation, record_id)
            if session is None:
                raise NotFound(f"There is no assembly record {record_id[:64]}.")
            first = first or session
            if isinstance(command, _OF_A_VISIT) and _visit(session) != _visit(first):
                raise Conflict("Coaching has moved on: somebody else was first.")
            try:
                return await self.apply_to(session, await self.assembly_of(session), command)
            except VersionConflict:
                await asyncio.sleep(random.uniform(0, _WAIT_MOST_S))
        raise Unavailable(f"The session {record_id[:64]} is being changed all the time. Try again.")

    async def apply_to(self, session: Session, assembly: Assembly, command: Command) -> Changed:
        """Applies a command to the session as it was read, by the steps as they are at this moment: decided again when the assembly was
        saved since. Raises VersionConflict when the session was saved since; nothing has changed then."""
        for _ in range(_ATTEMPTS):
            try:
                return await self._try_apply(session, assembly, command)
            except AssemblyChanged:
                await asyncio.sleep(random.uniform(0, _WAIT_MOST_S))
                assembly = await self.assembly_of(session)
        raise VersionConflict(f"assembly {assembly.id} is being saved all the time")

    async def _try_apply(self, session: Session, assembly: Assembly, command: Command) -> Changed:
        """Raises AssemblyChanged, too."""
        at_ms = self.clock()
        decision = decide(session, assembly, command, at_ms)
        if decision.session == session:
            return Changed(session, assembly)
        contents = contents_of(decision.session, assembly, decision.facts, at_ms)
        # Without steps it stands for one that was deleted: nothing to go by, and nothing to compare.
        relied_on = assembly if _goes_by_steps(session, decision.session) and assembly.steps else None
        committed = await self._store.sessions.commit(decision.session, contents, decision.changes, relied_on)
        return Changed(committed.session, assembly, placed_facts(contents, committed.positions))

    async def assembly_of(self, session: Session) -> Assembly:
        """The session's assembly; one without steps in place of an assembly that was deleted, so that the session can still be ended."""
        found = await self._store.assemblies.find(session.organisation, session.assembly_id)
        return found or Assembly(
            organisation=session.organisation,
            id=session.assembly_id,
            revision_id="",
            name="Deleted assembly",
            created_at_ms=session.started_at_ms,
            updated_at_ms=session.started_at_ms,
        )


def contents_of(session: Session, assembly: Assembly, facts: tuple[Fact, ...], at_ms: int) -> list[bytes]:
    """What is stored and announced for each fact."""
    return [fact_json(session, assembly, fact, at_ms) for fact in facts]


def placed_facts(contents: list[bytes], positions: list[Position]) -> tuple[StoredFact, ...]:
    """Facts with the places they got."""
    return tuple(StoredFact(at.epoch, at.offset, content) for content, at in zip(contents, positions, strict=True))


def _goes_by_steps(before: Session, after: Session) -> bool:
    """Whether a change has gone by which step comes next, or that none does."""
    return after.step_id != before.step_id or after.state is SessionState.COMPLETE


def _visit(session: Session) -> tuple[int, int]:
    return session.step_id, session.step_started_at_ms
