from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.coaching.commands import Cancel, Command, Complete, FinishStep, NoteWrong, Pause, Resume, SetStep, SkipStep, StepBack, Tick
from hub.coaching.facts import (
    CoachingCancelled,
    CoachingCompleted,
    CoachingPaused,
    CoachingResumed,
    CoachingStarted,
    Fact,
    StepAdvanced,
    StepCompleted,
    StepInterrupted,
    StepReversed,
)
from hub.coaching.session import decide, start
from hub.errors import Conflict, Invalid, TaktError
from storage.entities.event import ChangeKind, Event, EventChange, EventType
from storage.entities.session import CoachingOptions, Session, SessionState, StepStatus
from tests.unit.hub.coaching.values import START_MS, a_frame, a_session, an_assembly

ASSEMBLY = an_assembly(3)
ENDINGS = (CoachingCompleted, CoachingCancelled)


def finish(step_id: int) -> FinishStep:
    return FinishStep(a_frame(f"m{step_id}", START_MS, step_id))


def kinds(facts: tuple[Fact, ...]) -> list[type[Fact]]:
    return [type(fact) for fact in facts]


def at(step_id: int, **fields: object) -> Session:
    return a_session(step_id=step_id, **fields)


def test_a_start_opens_the_cycle_and_the_first_step() -> None:
    decision = start(a_session(), ASSEMBLY)
    assert kinds(decision.facts) == [CoachingStarted]
    assert [(c.kind, c.event.type, c.event.label, c.event.machine) for c in decision.changes] == [
        (ChangeKind.STARTED, EventType.CYCLE, "Gearbox cover", "M1"),
        (ChangeKind.STARTED, EventType.STEP, "Fit part 1", "M1"),
    ]


def test_a_done_step_waits_for_the_delay_before_the_next_one() -> None:
    done = decide(a_session(), ASSEMBLY, finish(10), START_MS + 5000)
    assert kinds(done.facts) == [StepCompleted]
    assert decide(done.session, ASSEMBLY, Tick(), START_MS + 5499).facts == ()
    advanced = decide(done.session, ASSEMBLY, Tick(), START_MS + 5500)
    assert kinds(advanced.facts) == [StepAdvanced]
    assert advanced.session.step_id == 20
    assert [(c.kind, c.event.label) for c in advanced.changes] == [(ChangeKind.STARTED, "Fit part 2")]


def test_a_clock_that_is_set_back_while_the_next_step_waits_does_not_hold_it_up() -> None:
    done = decide(a_session(), ASSEMBLY, finish(10), START_MS + 5000)
    # The clocks of two hubs may differ by as much.
    assert decide(done.session, ASSEMBLY, Tick(), START_MS + 4500).facts == ()
    advanced = decide(done.session, ASSEMBLY, Tick(), START_MS - 3_600_000)
    assert kinds(advanced.facts) == [StepAdvanced]
    assert advanced.session.step_started_at_ms >= START_MS + 5000


def test_without_a_delay_both_facts_are_one_decision() -> None:
    session = a_session(options=CoachingOptions(step_progression_delay=0))
    assert kinds(decide(session, ASSEMBLY, finish(10), START_MS + 1).facts) == [StepCompleted, StepAdvanced]


def test_the_last_step_completes_the_unit_and_counts_a_part() -> None:
    decision = decide(at(30), ASSEMBLY, finish(30), START_MS + 900)
    assert kinds(decision.facts) == [StepCompleted, CoachingCompleted]
    assert decision.session.state is SessionState.COMPLETE
    ended = [(c.kind, c.event.type, c.event.start_ms, c.event.end_ms, c.event.label) for c in decision.changes]
    assert ended == [
        (ChangeKind.FINISHED, EventType.STEP, START_MS, START_MS + 900, "Fit part 3"),
        (ChangeKind.FINISHED, EventType.CYCLE, START_MS, START_MS + 900, "Gearbox cover"),
        (ChangeKind.FINISHED, EventType.PART_COUNT, START_MS + 900, START_MS + 900, "Gearbox cover"),
    ]


def test_step_back_leaves_the_step_and_does_the_one_before_again() -> None:
    decision = decide(at(20), ASSEMBLY, StepBack("dropped it"), START_MS + 100)
    assert kinds(decision.facts) == [StepInterrupted, StepReversed]
    assert [(f.step_id, f.step_status) for f in decision.facts] == [(20, StepStatus.PENDING), (10, StepStatus.ACTIVE)]
    reasons = [c.event for c in decision.changes if c.event.type is EventType.ACTIVITY_REASON]
    assert [(r.label, r.start_ms, r.end_ms) for r in reasons] == [("dropped it", START_MS, START_MS + 100)]


def test_step_back_between_two_steps_does_the_one_just_done_again() -> None:
    done = decide(a_session(), ASSEMBLY, finish(10), START_MS + 5000).session
    decision = decide(done, ASSEMBLY, StepBack(), START_MS + 5100)
    assert kinds(decision.facts) == [StepAdvanced, StepInterrupted, StepReversed]
    assert decision.session.step_id == 10


def test_a_skipped_last_step_completes_the_unit() -> None:
    decision = decide(at(30), ASSEMBLY, SkipStep("no stock"), START_MS + 100)
    assert kinds(decision.facts) == [StepInterrupted, CoachingCompleted]
    assert decision.session.results[-1].status is StepStatus.SKIPPED
    assert decision.session.results[-1].reason == "no stock"


def test_two_pauses_of_one_millisecond_are_two_intervals() -> None:
    session, ids = a_session(), set()
    for command in (Pause("lunch"), Resume(), Pause("lunch"), Resume()):
        decision = decide(session, ASSEMBLY, command, START_MS + 100)
        session = decision.session
        ids |= {change.event.id for change in decision.changes}
    assert len(ids) == 2


def test_a_pause_with_a_reason_is_an_interval_that_ends_with_it() -> None:
    paused = decide(a_session(), ASSEMBLY, Pause("lunch"), START_MS + 100)
    assert kinds(paused.facts) == [CoachingPaused]
    resumed = decide(paused.session, ASSEMBLY, Resume(), START_MS + 700)
    assert kinds(resumed.facts) == [CoachingResumed]
    (begun,), (ended,) = paused.changes, resumed.changes
    assert (begun.kind, begun.event.label, begun.event.end_ms) == (ChangeKind.STARTED, "lunch", None)
    assert (ended.event.id, ended.kind, ended.event.start_ms, ended.event.end_ms) == (
        begun.event.id,
        ChangeKind.FINISHED,
        START_MS + 100,
        START_MS + 700,
    )


def test_a_cancelled_unit_leaves_nothing_in_flight_and_counts_no_part() -> None:
    paused = decide(a_session(), ASSEMBLY, Pause("lunch"), START_MS + 100)
    decision = decide(paused.session, ASSEMBLY, Cancel(), START_MS + 200)
    assert kinds(decision.facts) == [CoachingCancelled]
    assert {c.event.type for c in decision.changes} == {EventType.STEP, EventType.ACTIVITY_REASON, EventType.CYCLE}
    assert all(c.event.end_ms == START_MS + 200 for c in decision.changes)


def test_setting_the_next_step_says_that_the_one_left_is_done_when_the_caller_says() -> None:
    decision = decide(a_session(), ASSEMBLY, SetStep(20, START_MS + 300, auto_coach_enabled=False), START_MS + 900)
    assert kinds(decision.facts) == [StepCompleted, StepAdvanced]
    assert decision.session.results[-1].finished_at_ms == START_MS + 300
    assert not decision.session.options.auto_coach_enabled


@pytest.mark.parametrize(("target", "left", "fact"), [(30, StepStatus.SKIPPED, StepAdvanced), (10, StepStatus.PENDING, StepReversed)])
def test_setting_another_step_leaves_the_current_one_undone(target: int, left: StepStatus, fact: type[Fact]) -> None:
    session = at(10) if target == 30 else at(20)
    decision = decide(session, ASSEMBLY, SetStep(target, START_MS), START_MS)
    assert kinds(decision.facts) == [StepInterrupted, fact]
    assert decision.session.results[-1].status is left


def test_completion_by_hand_ends_the_unit_from_any_step() -> None:
    decision = decide(at(20), ASSEMBLY, Complete(), START_MS + 100)
    assert kinds(decision.facts) == [StepCompleted, CoachingCompleted]


ACTIVE, GAP = a_session(), decide(at(20), ASSEMBLY, finish(20), START_MS + 1).session
PAUSED = decide(at(20), ASSEMBLY, Pause(), START_MS + 1).session
ENDED = decide(at(20), ASSEMBLY, Cancel(), START_MS + 1).session


@pytest.mark.parametrize(
    ("session", "command", "says"),
    [
        (ACTIVE, Resume(), "not paused"),
        (ACTIVE, StepBack(), "first step"),
        (ACTIVE, SkipStep(step_id=20), "moved on"),
        (ACTIVE, finish(20), "not the step"),
        (GAP, SkipStep(), "already done"),
        (GAP, finish(20), "not the step"),
        (PAUSED, Pause(), "is paused"),
        (PAUSED, StepBack(), "is paused"),
        (PAUSED, SkipStep(), "is paused"),
        (PAUSED, SetStep(30, START_MS), "is paused"),
        (PAUSED, finish(20), "is paused"),
        *((ENDED, command, "was cancelled") for command in (Pause(), Resume(), Cancel(), StepBack(), SkipStep(), Complete())),
    ],
)
def test_a_command_in_the_wrong_state_is_refused_with_a_sentence(session: Session, command: Command, says: str) -> None:
    with pytest.raises(Conflict, match=says):
        decide(session, ASSEMBLY, command, START_MS + 10)


@pytest.mark.parametrize(("command", "field"), [(SetStep(99, START_MS), "step"), (SetStep(20, START_MS + 90_000), "end_time")])
def test_a_step_or_an_end_that_cannot_be_is_named(command: Command, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        decide(a_session(), ASSEMBLY, command, START_MS + 10)
    assert caught.value.field == field


def test_a_session_at_a_deleted_step_can_only_be_paused_or_given_up() -> None:
    session = at(77)
    for command in (SkipStep(), StepBack(), SetStep(10, START_MS)):
        with pytest.raises(Conflict, match="deleted"):
            decide(session, ASSEMBLY, command, START_MS)
    assert kinds(decide(session, ASSEMBLY, Pause(error="step_deleted"), START_MS).facts) == [CoachingPaused]
    assert kinds(decide(session, ASSEMBLY, Cancel(), START_MS).facts) == [CoachingCancelled]


COMMANDS = st.one_of(
    st.builds(Pause, st.sampled_from(["", "lunch"])),
    st.just(Resume()),
    st.builds(StepBack, st.sampled_from(["", "again"])),
    st.builds(SkipStep, st.sampled_from(["", "no stock"])),
    st.builds(SetStep, st.sampled_from([10, 20, 30]), st.just(START_MS)),
    st.builds(finish, st.sampled_from([10, 20, 30])),
    st.just(NoteWrong()),
    st.just(Tick()),
    st.just(Cancel()),
    st.just(Complete()),
)
SEQUENCES = st.lists(st.tuples(COMMANDS, st.integers(-2000, 3000)), max_size=30)


class Timeline:
    """The intervals as storage would hold them; fails on a change that does not fit."""

    def __init__(self) -> None:
        self.events: dict[str, Event] = {}

    def apply(self, changes: tuple[EventChange, ...]) -> None:
        for change in changes:
            known = self.events.get(change.event.id)
            if change.kind is ChangeKind.STARTED:
                assert known is None
            elif known is not None:
                assert known.end_ms is None
                assert replace_end(known, change.event.end_ms) == change.event
            self.events[change.event.id] = change.event

    def open(self, kind: EventType) -> list[Event]:
        return [event for event in self.events.values() if event.type is kind and event.end_ms is None]


def replace_end(event: Event, end_ms: int | None) -> Event:
    return event.model_copy(update={"end_ms": end_ms})


@given(sequence=SEQUENCES, delay=st.sampled_from([0.0, 0.5]))
def test_any_sequence_of_commands_keeps_facts_results_and_intervals_in_agreement(sequence: list[tuple[Command, int]], delay: float) -> None:
    opened = start(a_session(options=CoachingOptions(step_progression_delay=delay)), ASSEMBLY)
    session, timeline, told, now_ms = opened.session, Timeline(), list(opened.facts), START_MS
    timeline.apply(opened.changes)
    for command, passed_ms in sequence:
        now_ms += passed_ms
        timed = replace(command, end_ms=max(now_ms, session.step_started_at_ms)) if isinstance(command, SetStep) else command
        try:
            decision = decide(session, ASSEMBLY, timed, now_ms)
        except TaktError:
            continue
        timeline.apply(decision.changes)
        told += decision.facts
        session = decision.session
        is_open = session.state in (SessionState.ACTIVE, SessionState.PAUSED)
        assert len(timeline.open(EventType.CYCLE)) == is_open
        assert len(timeline.open(EventType.STEP)) == (is_open and session.step_done_at_ms is None)
        assert len(timeline.open(EventType.ACTIVITY_REASON)) == (session.state is SessionState.PAUSED and bool(session.pause_reason))
    ends = [fact for fact in told if isinstance(fact, ENDINGS)]
    assert len(ends) == (session.state in (SessionState.COMPLETE, SessionState.CANCELLED))
    assert not ends or told[-1] is ends[0]
    starts = [result.started_at_ms for result in session.results]
    assert starts == sorted(set(starts))
    assert len(timeline.open(EventType.PART_COUNT)) == 0
    closed = [fact for fact in told if isinstance(fact, StepCompleted | StepInterrupted)]
    given_up = isinstance(told[-1], CoachingCancelled) and told[-1].step_status is StepStatus.PENDING
    assert [fact.step_id for fact in closed] == [r.step_id for r in session.results][: len(session.results) - given_up]
