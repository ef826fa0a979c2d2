"""The rules of a session: what each command does in each state, or why it does nothing."""

from dataclasses import dataclass

from hub.coaching import timeline
from hub.coaching.advance import Moves, next_step_id, place, previous_step_id
from hub.coaching.commands import Cancel, Command, Complete, FinishStep, NoteWrong, Pause, Resume, SetStep, SkipStep, StepBack, Tick
from hub.coaching.facts import CoachingPaused, CoachingResumed, CoachingStarted, Fact
from hub.errors import Conflict, Invalid
from storage.entities.assembly import Assembly
from storage.entities.event import EventChange
from storage.entities.session import Session, SessionState, StepStatus

# The clocks of two hubs differ by less; one that is further back was set back.
CLOCKS_DIFFER_MS = 1_000
_ENDED = {SessionState.COMPLETE: "is complete", SessionState.CANCELLED: "was cancelled"}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a session becomes, what is told about it, and what changes on its machine's timeline: saved together or not at all."""

    session: Session
    facts: tuple[Fact, ...] = ()
    changes: tuple[EventChange, ...] = ()


def start(session: Session, assembly: Assembly) -> Decision:
    """A new session at its first step: its cycle and its step are in flight from now on."""
    moves = Moves(session, assembly, session.started_at_ms)
    moves.changes.append(EventChange.started(timeline.cycle(session, assembly)))
    moves.changes.append(EventChange.started(timeline.step_visit(session, assembly, 0)))
    moves.tell(CoachingStarted, StepStatus.ACTIVE)
    return _decision(moves)


def decide(session: Session, assembly: Assembly, command: Command, now_ms: int) -> Decision:
    """What `command` does to the session now. Raises Conflict (wrong state, no such neighbour) or Invalid (names the field)."""
    if session.state in _ENDED:
        raise Conflict(f"Coaching of {session.id} {_ENDED[session.state]}; it cannot be changed any more.")
    moves = Moves(session, assembly, now_ms)
    match command:
        case Cancel():
            moves.give_up(command.reason)
        case Complete():
            _complete(moves, command)
        case Resume():
            _resume(moves)
        case _ if session.state is SessionState.PAUSED:
            raise Conflict(f"Coaching of {session.id} is paused. Resume it first.")
        case _:
            _decide_active(moves, command, now_ms)
    return _decision(moves)


def _decide_active(moves: Moves, command: Command, now_ms: int) -> None:
    match command:
        case Pause():
            _pause(moves, command)
        case StepBack():
            _step_back(moves, command)
        case SkipStep():
            _skip(moves, command)
        case SetStep():
            _set_step(moves, command)
        case FinishStep():
            _finish_step(moves, command)
        case NoteWrong():
            moves.change(wrong_seen=moves.session.wrong_seen + 1, step_wrong_seen=moves.session.step_wrong_seen + 1)
        case Tick():
            if is_advance_due(moves.session, now_ms):
                moves.enter_next()


def advance_due_ms(session: Session) -> int | None:
    """When the next step begins after a done one; None while a step is open."""
    if session.state is not SessionState.ACTIVE or session.step_done_at_ms is None:
        return None
    return session.step_done_at_ms + round(session.options.step_progression_delay * 1000)


def is_advance_due(session: Session, now_ms: int) -> bool:
    """Whether the step after a done one begins now: its time has come, or the clock was set back to before the step was done."""
    due_ms = advance_due_ms(session)
    if due_ms is None or session.step_done_at_ms is None:
        return False
    return now_ms >= due_ms or now_ms < session.step_done_at_ms - CLOCKS_DIFFER_MS


def _pause(moves: Moves, command: Pause) -> None:
    pauses = moves.session.pauses + 1
    moves.change(
        state=SessionState.PAUSED, paused_at_ms=moves.now_ms, pauses=pauses, pause_reason=command.reason, pause_error=command.error
    )
    if command.reason:
        moves.changes.append(EventChange.started(timeline.pause(moves.session)))
    moves.tell(CoachingPaused, _status(moves.session), reason=command.reason, error=command.error)


def _resume(moves: Moves) -> None:
    if moves.session.state is not SessionState.PAUSED:
        raise Conflict(f"Coaching of {moves.session.id} is not paused.")
    moves.end_pause()
    moves.change(state=SessionState.ACTIVE)
    moves.tell(CoachingResumed, _status(moves.session))


def _step_back(moves: Moves, command: StepBack) -> None:
    _must_be_at(moves, command.step_id)
    if moves.session.step_done_at_ms is not None:
        # The step that was just done is done again; the one after it has begun and is left.
        following = next_step_id(moves.assembly, moves.session.step_id)
        if following is not None:
            moves.enter(following)
    before = previous_step_id(moves.assembly, moves.session.step_id)
    if before is None:
        raise Conflict("This is the first step; there is none to go back to.")
    moves.interrupt_step(StepStatus.PENDING, command.reason)
    moves.enter(before, back=True)


def _skip(moves: Moves, command: SkipStep) -> None:
    _must_be_at(moves, command.step_id)
    if moves.session.step_done_at_ms is not None:
        raise Conflict(f"{_name(moves)} is already done; the next one begins by itself.")
    moves.interrupt_step(StepStatus.SKIPPED, command.reason)
    moves.enter_next()


def _set_step(moves: Moves, command: SetStep) -> None:
    session, assembly = moves.session, moves.assembly
    target = _number(moves, command.step_id)
    if not session.step_started_at_ms - 1000 <= command.end_ms <= moves.now_ms + 1000:
        raise Invalid("end_time must lie between the start of the current step and now.", field="end_time")
    _set_auto(moves, command.auto_coach_enabled)
    here = place(assembly, session.step_id)
    if session.step_done_at_ms is None:
        end_ms = min(command.end_ms, moves.now_ms)
        if target == here + 1:
            moves.complete_step(end_ms=end_ms)
        else:
            moves.interrupt_step(StepStatus.SKIPPED if target > here else StepStatus.PENDING, end_ms=end_ms)
    moves.enter(command.step_id, back=target <= here)


def _complete(moves: Moves, command: Complete) -> None:
    _set_auto(moves, command.auto_coach_enabled)
    if moves.session.step_done_at_ms is None:
        moves.complete_step()
    moves.finish()


def _finish_step(moves: Moves, command: FinishStep) -> None:
    session = moves.session
    if session.step_done_at_ms is not None or command.sighting.step_id != session.step_id:
        raise Conflict(f"{_name(moves)} is not the step that was seen to be done.")
    moves.complete_step(command.sighting)
    if session.options.step_progression_delay <= 0 or next_step_id(moves.assembly, session.step_id) is None:
        moves.enter_next()


def _set_auto(moves: Moves, enabled: bool | None) -> None:
    if enabled is not None:
        moves.change(options=moves.session.options.model_copy(update={"auto_coach_enabled": enabled}))


def _must_be_at(moves: Moves, step_id: int | None) -> None:
    if step_id is not None and step_id != moves.session.step_id:
        raise Conflict(f"Coaching has moved on: {_name(moves)} is the step now.")


def _number(moves: Moves, step_id: int) -> int:
    try:
        return moves.assembly.step_number(step_id)
    except KeyError as error:
        raise Invalid(f"{moves.assembly.name} has no step {step_id}.", field="step") from error


def _name(moves: Moves) -> str:
    return f"“{timeline.step_label(moves.assembly, moves.session.step_id)}”"


def _status(session: Session) -> StepStatus:
    return StepStatus.ACTIVE if session.step_done_at_ms is None else StepStatus.COMPLETE


def _decision(moves: Moves) -> Decision:
    return Decision(moves.session, tuple(moves.facts), tuple(moves.changes))
