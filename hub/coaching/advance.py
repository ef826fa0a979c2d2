"""Which step comes next, and the moves from step to step: each keeps the session, its facts and its intervals in agreement."""

from hub.coaching import timeline
from hub.coaching.facts import CoachingCancelled, CoachingCompleted, Fact, StepAdvanced, StepCompleted, StepInterrupted, StepReversed
from hub.coaching.sighting import Sighting
from hub.errors import Conflict
from storage.entities.assembly import Assembly
from storage.entities.event import EventChange
from storage.entities.naming import label_name
from storage.entities.session import INTERRUPTIONS_KEPT, Interruption, Session, SessionState, StepResult, StepStatus


def place(assembly: Assembly, step_id: int) -> int:
    """Number of the step that a session is at, from 1. Raises Conflict when the step was deleted meanwhile."""
    try:
        return assembly.step_number(step_id)
    except KeyError as error:
        raise Conflict(
            "The current step was deleted from the assembly. Cancel this unit and start it again.", code="step_deleted"
        ) from error


def next_step_id(assembly: Assembly, step_id: int) -> int | None:
    """The step after, None after the last one. Raises Conflict."""
    number = place(assembly, step_id)
    return assembly.steps[number].id if number < len(assembly.steps) else None


def previous_step_id(assembly: Assembly, step_id: int) -> int | None:
    """The step before, None before the first one. Raises Conflict."""
    number = place(assembly, step_id)
    return assembly.steps[number - 2].id if number > 1 else None


class Moves:
    """A session while one command is applied to it: what it has become, and what is to be told. Used once."""

    def __init__(self, session: Session, assembly: Assembly, now_ms: int) -> None:
        self.session = session
        self.assembly = assembly
        # A clock that was set back must not make an interval end before it starts.
        self.now_ms = max(now_ms, session.step_started_at_ms, session.paused_at_ms or 0, session.step_done_at_ms or 0)
        self.facts: list[Fact] = []
        self.changes: list[EventChange] = []

    def change(self, **fields: object) -> None:
        """Changes fields of the session."""
        self.session = self.session.model_copy(update=fields)

    def tell(self, kind: type[Fact], status: StepStatus, *, reason: str = "", error: str = "", sighting: Sighting | None = None) -> None:
        """A fact about the session's current step."""
        seen = (sighting.confidence, sighting.label) if sighting else (0.0, "")
        frame = (sighting.frame_no, sighting.captured_at_ns) if sighting else (None, None)
        now = self.session
        self.facts.append(kind(now.step_id, now.step_started_at_ms, status, *seen, reason, error, *frame))

    def complete_step(self, sighting: Sighting | None = None, end_ms: int | None = None) -> None:
        """The open step is done; the next one is not yet begun."""
        self._close(StepStatus.COMPLETE, "", sighting, end_ms)
        self.tell(StepCompleted, StepStatus.COMPLETE, sighting=sighting)
        self.change(step_done_at_ms=self.now_ms)

    def interrupt_step(self, status: StepStatus, reason: str = "", end_ms: int | None = None) -> None:
        """The open step is left undone, to be skipped (SKIPPED) or done later (PENDING)."""
        visit = len(self.session.results)
        ended_ms = self._close(status, reason, None, end_ms)
        if reason:
            self.changes.append(EventChange.finished(timeline.left_undone(self.session, visit, reason, ended_ms)))
        self.tell(StepInterrupted, status, reason=reason)

    def enter(self, step_id: int, *, back: bool = False) -> None:
        """Another step begins. The one before must be closed."""
        # Two visits never share a start, by which a visit is known.
        start_ms = max(self.now_ms, self.session.step_started_at_ms + 1)
        self.change(step_id=step_id, step_started_at_ms=start_ms, step_done_at_ms=None, last_activity_at_ms=self.now_ms)
        self.change(step_wrong_seen=0, step_paused_ms=0)
        self.changes.append(EventChange.started(timeline.step_visit(self.session, self.assembly, len(self.session.results))))
        self.tell(StepReversed if back else StepAdvanced, StepStatus.ACTIVE)

    def enter_next(self) -> None:
        """The step after the current one begins, or the unit is done."""
        following = next_step_id(self.assembly, self.session.step_id)
        if following is None:
            self.finish()
        else:
            self.enter(following)

    def finish(self) -> None:
        """The unit is done: one more part."""
        self._end(SessionState.COMPLETE)
        self.changes.append(EventChange.finished(timeline.part_count(self.session, self.assembly, self.now_ms)))
        self.tell(CoachingCompleted, StepStatus.COMPLETE)

    def give_up(self, reason: str) -> None:
        """The unit is cancelled; what is open ends with it."""
        status = StepStatus.COMPLETE
        if self.session.step_done_at_ms is None:
            status = StepStatus.PENDING
            visit = len(self.session.results)
            ended_ms = self._close(status, reason, None, None)
            if reason:
                self.changes.append(EventChange.finished(timeline.left_undone(self.session, visit, reason, ended_ms)))
        self._end(SessionState.CANCELLED)
        self.tell(CoachingCancelled, status, reason=reason)

    def end_pause(self) -> None:
        """A pause ends; its reason's interval too."""
        session = self.session
        if session.state is SessionState.PAUSED:
            if session.pause_reason:
                self.changes.append(EventChange.finished(timeline.pause(session, self.now_ms)))
            lasted_ms = _paused_now_ms(session, self.now_ms)
            kept = session.interruptions
            if len(kept) < INTERRUPTIONS_KEPT:
                kept = (*kept, _interruption(session, self.now_ms))
            self.change(paused_ms=session.paused_ms + lasted_ms, step_paused_ms=session.step_paused_ms + lasted_ms, interruptions=kept)
        self.change(paused_at_ms=None, pause_reason="", pause_error="", last_activity_at_ms=self.now_ms)

    def _close(self, status: StepStatus, reason: str, sighting: Sighting | None, end_ms: int | None) -> int:
        session = self.session
        ended_ms = max(session.step_started_at_ms, self.now_ms if end_ms is None else end_ms)
        self.changes.append(EventChange.finished(timeline.step_visit(session, self.assembly, len(session.results), ended_ms)))
        number = next((number for number, step in enumerate(self.assembly.steps, start=1) if step.id == session.step_id), 0)
        label = sighting.label if sighting else ""
        result = StepResult(
            step_id=session.step_id,
            number=number,
            name=timeline.step_label(self.assembly, session.step_id),
            benchmark_s=self.assembly.steps[number - 1].benchmark_s if number else 0.0,
            status=status,
            started_at_ms=session.step_started_at_ms,
            finished_at_ms=ended_ms,
            confidence=sighting.confidence if sighting else 0.0,
            label=label,
            label_name=label_name(self.assembly, session.step_id, label).full if label and number else "",
            reason=reason,
            wrong_seen=session.step_wrong_seen,
            paused_ms=min(session.step_paused_ms + _paused_now_ms(session, self.now_ms), ended_ms - session.step_started_at_ms),
        )
        self.change(results=(*session.results, result), last_activity_at_ms=self.now_ms)
        return ended_ms

    def _end(self, state: SessionState) -> None:
        self.end_pause()
        self.change(state=state, finished_at_ms=self.now_ms)
        self.changes.append(EventChange.finished(timeline.cycle(self.session, self.assembly, self.now_ms)))


def _paused_now_ms(session: Session, now_ms: int) -> int:
    """How long the pause that lasts has lasted."""
    return 0 if session.paused_at_ms is None else max(0, now_ms - session.paused_at_ms)


def _interruption(session: Session, now_ms: int) -> Interruption:
    started_at_ms = now_ms if session.paused_at_ms is None else session.paused_at_ms
    said = {"reason": session.pause_reason, "error": session.pause_error}
    return Interruption(step_id=session.step_id, started_at_ms=started_at_ms, finished_at_ms=now_ms, **said)
