"""Figures of finished units, held against the plainest way to reckon them."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.coaching.commands import Cancel, Complete, FinishStep, NoteWrong, Pause, Resume, SkipStep, StepBack, Tick
from hub.coaching.record_metrics import (
    Figures,
    Sample,
    Unit,
    by_assembly,
    by_operator,
    by_step,
    figures,
    step_runs,
    unit_of,
    working_ms,
)
from hub.coaching.session import decide
from storage.entities.session import CoachingOptions, Session, SessionState, StepResult, StepStatus
from tests.unit.hub.coaching.values import START_MS, a_frame, a_session, an_assembly

ASSEMBLY = an_assembly(3)
S = 1000

samples = st.lists(
    st.builds(
        lambda at, done, first, ms, benchmark: Sample(at, done, done and first, ms, benchmark),
        st.integers(0, 10**6),
        st.booleans(),
        st.booleans(),
        st.integers(0, 10**6),
        st.sampled_from([0.0, 20.0, 60.5]),
    ),
    max_size=30,
    unique_by=lambda sample: sample.ended_at_ms,
)
statuses = st.sampled_from([StepStatus.COMPLETE, StepStatus.PENDING, StepStatus.SKIPPED])
results = st.lists(
    st.builds(
        lambda step, status, start, length, paused, wrong: StepResult(
            step_id=step,
            number=step,
            name=f"Step {step}",
            status=status,
            started_at_ms=start,
            finished_at_ms=start + length,
            paused_ms=min(paused, length),
            wrong_seen=wrong,
            benchmark_s=2.0,
        ),
        st.integers(1, 3),
        statuses,
        st.integers(0, 10**5),
        st.integers(0, 10**4),
        st.integers(0, 10**3),
        st.integers(0, 2),
    ),
    max_size=8,
)


def sample(seconds: float, at_s: int = 0, *, done: bool = True, first: bool = True, benchmark_s: float = 20.0) -> Sample:
    return Sample(at_s * S, done, done and first, round(seconds * S), benchmark_s)


def built(*moves: tuple[object, float], **fields: object) -> Session:
    """A session after commands, each at its second."""
    session = a_session(steps_total=3, assembly_name="Gearbox cover", operator_name="Ada", **fields)
    for command, second in moves:
        session = decide(session, ASSEMBLY, command, START_MS + round(second * S)).session  # type: ignore[arg-type]
    return session


def done(step_id: int) -> FinishStep:
    return FinishStep(a_frame(f"m{step_id}", START_MS, step_id))


NO_DELAY = CoachingOptions(step_progression_delay=0)
SMOOTH = ((done(10), 10), (done(20), 30), (done(30), 60))


def oracle_p90(times: list[int]) -> int:
    """The least of the times within which nine in ten lie."""
    return min(limit for limit in times if sum(time <= limit for time in times) * 10 >= 9 * len(times))


def oracle_median(times: list[int]) -> float:
    ordered = sorted(times)
    n = len(ordered)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


@given(samples)
def test_figures_are_what_counting_one_by_one_gives(given_samples: list[Sample]) -> None:
    found = figures(given_samples)
    times = [s.working_ms for s in sorted(given_samples, key=lambda s: s.ended_at_ms) if s.done]
    assert (found.count, found.completed) == (len(given_samples), len(times))
    assert found.first_pass == sum(1 for s in given_samples if s.first_pass) <= found.completed
    assert found.first_pass_yield == (round(found.first_pass / found.count, 4) if given_samples else None)
    if not times:
        assert (found.mean, found.median, found.p90, found.best, found.trend, found.within_benchmark) == (None,) * 6
        return
    assert found.mean == pytest.approx(sum(times) / len(times) / S, abs=0.001)
    assert found.median == pytest.approx(oracle_median(times) / S, abs=0.001)
    assert found.p90 == round(oracle_p90(times) / S, 3)
    assert found.best == round(min(times) / S, 3)
    newest = [s for s in sorted(given_samples, key=lambda s: s.ended_at_ms) if s.done and s.benchmark_s]
    assert found.benchmark == (newest[-1].benchmark_s if newest else None)
    limits = [s for s in given_samples if s.done and s.benchmark_s]
    kept = [s for s in limits if s.working_ms / S <= s.benchmark_s]
    assert found.within_benchmark == (round(len(kept) / len(limits), 4) if limits else None)
    half = len(times) // 2
    older = oracle_median(times[:half]) if half else 0
    expected = round(oracle_median(times[len(times) - half :]) / older - 1, 4) if half >= 3 and older else None
    assert found.trend == (None if expected is None else pytest.approx(expected, abs=1e-4))


@given(samples, st.randoms(use_true_random=False))
def test_the_order_in_which_records_come_does_not_matter(given_samples: list[Sample], chance: object) -> None:
    mixed = list(given_samples)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert figures(mixed) == figures(given_samples)


@given(samples)
def test_figures_lie_in_their_order(given_samples: list[Sample]) -> None:
    found = figures(given_samples)
    if found.best is not None:
        assert found.median is not None
        assert found.p90 is not None
        assert found.best <= found.median <= max(found.p90, found.median)
        assert found.best <= found.p90


@given(results)
def test_visits_of_a_step_add_up_to_its_run(visits: list[StepResult]) -> None:
    runs = step_runs(visits)
    assert [run.step_id for run in runs] == list(dict.fromkeys(visit.step_id for visit in visits))
    assert Counter({run.step_id: run.visits for run in runs}) == Counter(visit.step_id for visit in visits)
    for run in runs:
        mine = [visit for visit in visits if visit.step_id == run.step_id]
        assert run.sample.working_ms == sum(v.finished_at_ms - v.started_at_ms - v.paused_ms for v in mine)
        assert (run.status, run.retries, run.wrong_seen) == (mine[-1].status, len(mine) - 1, sum(v.wrong_seen for v in mine))
        assert run.sample.first_pass == (len(mine) == 1 and mine[0].status is StepStatus.COMPLETE and mine[0].wrong_seen == 0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), results), max_size=8))
def test_groups_share_the_units_out_without_losing_one(given_units: list[tuple[str, str, list[StepResult]]]) -> None:
    units: list[Unit] = []
    for number, (assembly, operator, visits) in enumerate(given_units):
        session = a_session(id=f"r{number}", assembly_id=assembly, operator_id=operator, results=tuple(visits), finished_at_ms=number)
        units.append(unit_of(session.model_copy(update={"state": SessionState.COMPLETE})))
    for groups, name in ((by_assembly(units), "assembly_id"), (by_operator(units), "operator_id")):
        assert {group.id: group.figures.count for group in groups} == Counter(getattr(unit, name) for unit in units)
        assert [group.figures.count for group in groups] == sorted((group.figures.count for group in groups), reverse=True)
    for group in by_assembly(units):
        mine = [unit for unit in units if unit.assembly_id == group.id]
        assert list(group.steps) == by_step(mine)
        assert {step.step_id: step.figures.count for step in group.steps} == Counter(run.step_id for unit in mine for run in unit.steps)


def test_nothing_has_no_figures() -> None:
    assert figures([]) == Figures(0, 0, 0, None, None, None, None, None, None, None, None)


def test_ten_times_and_their_benchmark() -> None:
    found = figures(sample(seconds, at) for at, seconds in enumerate((19, 18, 17, 16, 20, 15, 14, 13, 12, 40)))
    assert (found.mean, found.median, found.p90, found.best) == (18.4, 16.5, 20, 12)
    assert (found.benchmark, found.within_benchmark) == (20, 0.9)
    assert found.trend == round(14 / 18 - 1, 4)


def test_what_was_not_done_counts_but_has_no_time() -> None:
    found = figures([sample(10), sample(1, 1, done=False), sample(30, 2, first=False, benchmark_s=0)])
    assert (found.count, found.completed, found.first_pass, found.first_pass_yield) == (3, 2, 1, 0.3333)
    assert (found.mean, found.best, found.within_benchmark, found.trend) == (20, 10, 1, None)


def test_a_unit_built_without_a_hitch_is_a_first_pass() -> None:
    session = built(*SMOOTH, options=NO_DELAY)
    unit = unit_of(session)
    assert (unit.sample.first_pass, unit.sample.working_ms, unit.sample.benchmark_s) == (True, 60 * S, 60)
    assert [(run.number, run.name, run.sample.working_ms) for run in unit.steps] == [
        (1, "Fit part 1", 10 * S),
        (2, "Fit part 2", 20 * S),
        (3, "Fit part 3", 30 * S),
    ]
    assert [(r.label, r.label_name, r.benchmark_s) for r in session.results][0] == ("m10", "step-1_good", 20.0)


HITCHES = {
    "wrong": ((NoteWrong(), 5), *SMOOTH),
    "back": ((done(10), 10), (StepBack(), 15), (done(10), 20), (done(20), 30), (done(30), 60)),
    "skipped": ((done(10), 10), (SkipStep(), 15), (done(30), 60)),
    "declared": ((done(10), 10), (Complete(), 15)),
    "cancelled": ((done(10), 10), (Cancel(), 15)),
}


@pytest.mark.parametrize("name", HITCHES)
def test_a_unit_with_a_hitch_is_none(name: str) -> None:
    assert not unit_of(built(*HITCHES[name], options=NO_DELAY)).sample.first_pass


def test_rework_is_no_first_pass() -> None:
    assert not unit_of(built(*SMOOTH, options=replace_options(is_rework=True))).sample.first_pass


def replace_options(**fields: object) -> CoachingOptions:
    return NO_DELAY.model_copy(update=fields)


def test_pauses_are_no_working_time_of_the_step_and_the_unit() -> None:
    session = built((Pause("break"), 2), (Resume(), 7), *SMOOTH[:2], (Pause(error="idle"), 40), (Complete(), 60), options=NO_DELAY)
    unit = unit_of(session)
    assert (unit.sample.working_ms, session.paused_ms) == (35 * S, 25 * S)
    assert [(working_ms(r), r.paused_ms) for r in session.results] == [(5 * S, 5 * S), (20 * S, 0), (10 * S, 20 * S)]
    told = [(i.step_id, i.started_at_ms, i.finished_at_ms, i.reason, i.error) for i in session.interruptions]
    assert told == [(10, START_MS + 2 * S, START_MS + 7 * S, "break", ""), (30, START_MS + 40 * S, START_MS + 60 * S, "", "idle")]


def test_a_pause_between_two_steps_belongs_to_neither() -> None:
    session = built((done(10), 10), (Pause(), 10.2), (Resume(), 20), (Tick(), 21), (done(20), 30))
    assert [result.paused_ms for result in session.results] == [0, 0]
    assert session.paused_ms == 9800


def test_so_many_interruptions_are_kept_and_all_are_counted() -> None:
    moves = [(command, 1 + n) for n in range(120) for command in (Pause(), Resume())]
    session = built(*moves)
    assert (len(session.interruptions), session.pauses) == (100, 120)


def test_a_step_that_was_deleted_meanwhile_still_ends() -> None:
    session = built((done(10), 10), options=NO_DELAY)
    ended = decide(session, ASSEMBLY.model_copy(update={"steps": ()}), Cancel(), START_MS + 20 * S).session
    assert [(r.number, r.name) for r in ended.results] == [(1, "Fit part 1"), (0, "Step (deleted, id 20)")]
    assert replace(unit_of(ended).sample, working_ms=0).done is False
