"""From facts and views to the coaching message: every field that /coach promises, none that is made up."""

from typing import Any

import orjson

from hub.coaching import evidence, facts, sentences
from hub.coaching.evidence import Rule
from hub.coaching.sighting import Kind, Sighting
from hub.coaching.watch import Watch
from hub.protocol.coaching_message import CoachedStep, CoachingMessage, CoachingStatus, PredictionLabel
from storage.entities.assembly import Assembly
from storage.entities.naming import label_name
from storage.entities.session import Session, SessionState, StepStatus
from storage.entities.step import LabelType

_STATUSES: dict[type[facts.Fact], CoachingStatus] = {
    facts.CoachingStarted: CoachingStatus.COACHING_STARTED,
    facts.StepCompleted: CoachingStatus.STEP_COMPLETE,
    facts.StepAdvanced: CoachingStatus.STEP_ADVANCE,
    facts.StepReversed: CoachingStatus.STEP_ADVANCE,
    facts.StepInterrupted: CoachingStatus.STEP_INTERRUPT,
    facts.CoachingPaused: CoachingStatus.COACHING_PAUSED,
    facts.CoachingResumed: CoachingStatus.COACHING_RESUMED,
    facts.CoachingCancelled: CoachingStatus.COACHING_CANCELLED,
    facts.CoachingCompleted: CoachingStatus.COACHING_COMPLETE,
}
_SEEN_AS = {Kind.WRONG: StepStatus.INCORRECT, Kind.HANDS: StepStatus.OCCLUDED}


def fact_json(session: Session, assembly: Assembly, fact: facts.Fact, now_ms: int) -> bytes:
    """The content of a fact: the `msg` object without epoch and offset, which it gets with its place in the stream."""
    step = _step(assembly, fact.step_id, fact.step_started_at_ms, fact.step_status, fact.confidence)
    content = _message(_STATUSES[type(fact)], session, assembly, fact.step_id, fact.label, now_ms)
    return orjson.dumps(
        _with(
            content,
            step=step,
            message=sentences.of_fact(assembly, fact),
            error=fact.error,
            frame_no=fact.frame_no,
            captured_at_ns=fact.captured_at_ns,
        )
    )


def prediction_json(session: Session, assembly: Assembly, watch: Watch, sighting: Sighting, now_ms: int) -> bytes:
    """The content of a PREDICTION. `step.evidence` (0..1) and `step.view` (waiting, seen, wrong, not_sure, hands) are ours."""
    done = session.step_done_at_ms is not None
    full = done or evidence.full_after_ns(watch.evidence, Rule.of(session.options)) == 0
    kind = Kind.SEEN if done else watch.view.kind
    status = StepStatus.COMPLETE if full and kind is Kind.SEEN else _SEEN_AS.get(kind, StepStatus.ACTIVE)
    step = _step(assembly, session.step_id, session.step_started_at_ms, status, round(sighting.confidence, 4))
    level = 1.0 if done else watch.evidence.level
    taught = _is_taught_wrong(assembly, sighting.label)
    waits = full and not session.options.auto_coach_enabled
    text = sentences.of_view(assembly, session.step_id, kind, taught_wrong=taught, waits_for_person=waits)
    content = _message(CoachingStatus.PREDICTION, session, assembly, session.step_id, sighting.label, now_ms)
    return orjson.dumps(
        _with(
            content,
            step={**step, "evidence": round(level, 4), "view": kind.value},
            message=text,
            frame_no=sighting.frame_no,
            captured_at_ns=sighting.captured_at_ns,
        )
    )


def snapshot_fact(session: Session) -> facts.Fact:
    """The state of a session as the fact that says it best: where a client that has missed too much begins again."""
    kind: type[facts.Fact] = facts.StepAdvanced
    status = StepStatus.ACTIVE
    if session.step_done_at_ms is not None:
        kind, status = facts.StepCompleted, StepStatus.COMPLETE
    if session.state is SessionState.ACTIVE and status is StepStatus.ACTIVE and not session.results:
        kind = facts.CoachingStarted
    if session.state is SessionState.PAUSED:
        kind = facts.CoachingPaused
    if session.state is SessionState.CANCELLED:
        kind = facts.CoachingCancelled
    if session.state is SessionState.COMPLETE:
        kind, status = facts.CoachingCompleted, StepStatus.COMPLETE
    return kind(session.step_id, session.step_started_at_ms, status, reason=session.pause_reason, error=session.pause_error)


def placed(fact: bytes, epoch: str, offset: str) -> bytes:
    """A fact's content with its place in the stream, without decoding it."""
    return b'%s,"epoch":"%s","offset":"%s"}' % (fact[:-1], epoch.encode(), offset.encode())


def figure(assembly: Assembly, step_id: int) -> str:
    """Link of the picture that shows the step done, by the name of its label."""
    number = _number(assembly, step_id)
    return f"/model/sample/image/{assembly.id}/step-{number}_good" if number else ""


def _message(status: CoachingStatus, session: Session, assembly: Assembly, step_id: int, label_id: str, now_ms: int) -> dict[str, Any]:
    return CoachingMessage(
        status,
        session.id,
        session.assembly_id,
        session.station_id,
        now_ms,
        round(sum(step.benchmark_s for step in assembly.steps), 3),
        prediction_label=_label(assembly, step_id, label_id),
        figure=figure(assembly, step_id),
    ).as_map()


def _with(content: dict[str, Any], /, **fields: object) -> dict[str, Any]:
    return content | {name: value for name, value in fields.items() if value is not None}


def _step(assembly: Assembly, step_id: int, started_at_ms: int, status: StepStatus, confidence: float) -> dict[str, Any]:
    number = _number(assembly, step_id)
    steps = assembly.steps
    before = str(steps[number - 2].id) if number and number > 1 else ""
    after = str(steps[number].id) if number and number < len(steps) else ""
    benchmark_s = steps[number - 1].benchmark_s if number else 0.0
    return CoachedStep(str(step_id), before, after, started_at_ms, status.value, confidence, benchmark_s).as_map()


def _number(assembly: Assembly, step_id: int) -> int | None:
    return next((number for number, step in enumerate(assembly.steps, start=1) if step.id == step_id), None)


def _label(assembly: Assembly, step_id: int, label_id: str) -> PredictionLabel | None:
    """The label's name; the step's own MASTER for a fact that no frame caused."""
    number = _number(assembly, step_id)
    if number is None:
        return None
    if not label_id:
        return PredictionLabel(f"step-{number}", "good", f"step-{number}_good")
    return PredictionLabel(*label_name(assembly, step_id, label_id))


def _is_taught_wrong(assembly: Assembly, label_id: str) -> bool:
    return any(label.id == label_id and label.type is LabelType.INCORRECT for step in assembly.steps for label in step.labels)
