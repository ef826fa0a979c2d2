"""What the owner of a station keeps in mind between two frames; never stored, so a restart begins with none of it."""

from dataclasses import dataclass, field, replace

from hub.coaching import evidence as belief
from hub.coaching.evidence import Evidence, Rule
from hub.coaching.sighting import Kind, Sighting, is_watched, kind_of
from hub.coaching.view import View, settle
from storage.entities.assembly import Assembly
from storage.entities.session import Session, SessionState


@dataclass(frozen=True, slots=True)
class Watch:
    """Evidence and view of one visit of a step. `last_activity_ms` is when the view last changed."""

    step_id: int
    step_started_at_ms: int
    last_activity_ms: int
    evidence: Evidence = field(default_factory=Evidence)
    view: View = field(default_factory=View)
    newest: Sighting | None = None


def begin(session: Session, now_ms: int) -> Watch:
    """A watch that has seen nothing yet."""
    return Watch(session.step_id, session.step_started_at_ms, max(now_ms, session.last_activity_at_ms))


def follow(watch: Watch, session: Session, now_ms: int) -> Watch:
    """The watch for a session that may have moved on: a new visit, and what comes after a pause, begin with no evidence."""
    same_visit = (watch.step_id, watch.step_started_at_ms) == (session.step_id, session.step_started_at_ms)
    if same_visit and session.state is SessionState.ACTIVE:
        return watch
    return begin(session, now_ms)


def is_due(watch: Watch, session: Session, assembly: Assembly, sighting: Sighting) -> bool:
    """Whether a frame is about the step that is being coached, by the camera, right now."""
    if session.state is not SessionState.ACTIVE or session.step_done_at_ms is not None or sighting.step_id != session.step_id:
        return False
    return any(step.id == session.step_id and is_watched(step) for step in assembly.steps)


def look(watch: Watch, session: Session, assembly: Assembly, sighting: Sighting, now_ms: int) -> Watch:
    """The watch after one more frame; unchanged by a frame that is not about the step."""
    if not is_due(watch, session, assembly, sighting):
        return watch
    step = assembly.steps[assembly.step_number(session.step_id) - 1]
    kind = kind_of(assembly, step, sighting)
    grown = belief.add(watch.evidence, Rule.of(session.options), kind, sighting.confidence, sighting.captured_at_ns)
    if grown is watch.evidence:
        return watch
    view = settle(watch.view, kind, sighting.captured_at_ns)
    active_ms = now_ms if view.kind is not watch.view.kind else watch.last_activity_ms
    return replace(watch, evidence=grown, view=view, newest=sighting, last_activity_ms=active_ms)


def turned_wrong(before: Watch, after: Watch) -> bool:
    """Whether the screen began to say "wrong" between the two."""
    return after.view.kind is Kind.WRONG and before.view.kind is not Kind.WRONG


def done_after_ns(watch: Watch, session: Session) -> int | None:
    """How long after the newest frame's capture the step is done: 0 = it is; None = not before another frame, or not by itself."""
    if session.state is not SessionState.ACTIVE or session.step_done_at_ms is not None or not session.options.auto_coach_enabled:
        return None
    return belief.full_after_ns(watch.evidence, Rule.of(session.options))
