"""The intervals that a session leaves on its machine's timeline: a cycle a unit, a step a visit, a part count, a reason."""

import re

from storage.entities.assembly import Assembly
from storage.entities.event import Event, EventType, event_id
from storage.entities.session import Session

# Longer names break the rows of a timeline.
LONGEST_NAME = 60


def cycle(session: Session, assembly: Assembly, end_ms: int | None = None) -> Event:
    """The whole unit, pauses included: what is paused is still being built."""
    return _event(session, EventType.CYCLE, session.id, session.started_at_ms, end_ms, assembly.name)


def step_visit(session: Session, assembly: Assembly, visit: int, end_ms: int | None = None) -> Event:
    """The visit of the session's current step, counted from 0 in the session: a step done again has an interval each time."""
    return _event(
        session, EventType.STEP, f"{session.id}/{visit}", session.step_started_at_ms, end_ms, step_label(assembly, session.step_id)
    )


def part_count(session: Session, assembly: Assembly, at_ms: int) -> Event:
    """One part, at the moment it was done: an interval of no length."""
    return _event(session, EventType.PART_COUNT, session.id, at_ms, at_ms, assembly.name)


def pause(session: Session, end_ms: int | None = None) -> Event:
    """Why coaching paused, for as long as it did. The session must be paused with a reason."""
    start_ms = session.paused_at_ms if session.paused_at_ms is not None else session.step_started_at_ms
    return _event(session, EventType.ACTIVITY_REASON, f"{session.id}/pause/{session.pauses}", start_ms, end_ms, session.pause_reason)


def left_undone(session: Session, visit: int, reason: str, end_ms: int) -> Event:
    """Why a step was left undone, over the time that went into it."""
    return _event(session, EventType.ACTIVITY_REASON, f"{session.id}/left/{visit}", session.step_started_at_ms, end_ms, reason)


def step_label(assembly: Assembly, step_id: int) -> str:
    """What a step is called; one that was deleted meanwhile keeps its number."""
    for number, step in enumerate(assembly.steps, start=1):
        if step.id == step_id:
            return step.name or _first_clause(step.description) or f"Step {number}"
    return f"Step (deleted, id {step_id})"


def _first_clause(description: str) -> str:
    """A name for a step that was only described: up to its first comma or full stop."""
    clause = re.split(r"[,.;:\n]", description, maxsplit=1)[0].strip()
    return clause if len(clause) <= LONGEST_NAME else clause[: LONGEST_NAME - 1].rstrip() + "…"


def _event(session: Session, kind: EventType, key: str, start_ms: int, end_ms: int | None, label: str) -> Event:
    return Event(
        id=event_id(session.organisation, kind, key),
        organisation=session.organisation,
        type=kind,
        machine=session.machine,
        start_ms=start_ms,
        end_ms=end_ms,
        label=label,
    )
