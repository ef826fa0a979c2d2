"""What finished units say of people, steps and assemblies: figures from their stored results, never from counters."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from storage.entities.session import Session, SessionState, StepResult, StepStatus

# With fewer times in each half, one slow unit makes a trend.
LEAST_IN_A_HALF = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """One unit, or one step of a unit, as figures see it. `working_ms` is its time without pauses; `benchmark_s` 0 = it has none."""

    ended_at_ms: int
    done: bool
    first_pass: bool
    working_ms: int
    benchmark_s: float


@dataclass(frozen=True, slots=True)
class StepRun:
    """What one step took in one unit, all its visits together."""

    step_id: int
    number: int
    name: str
    status: StepStatus
    """Of the last visit."""
    visits: int
    wrong_seen: int
    sample: Sample

    @property
    def retries(self) -> int:
        """How often it was begun again."""
        return self.visits - 1


@dataclass(frozen=True, slots=True)
class Unit:
    """One record, reduced to what figures need."""

    record_id: str
    assembly_id: str
    assembly_name: str
    operator_id: str
    operator_name: str
    wrong_seen: int
    steps: tuple[StepRun, ...]
    sample: Sample


@dataclass(frozen=True, slots=True)
class Figures:
    """Times are seconds without pauses, of what was done; None where there is nothing to measure."""

    count: int
    """All that ended, cancelled ones included."""
    completed: int
    first_pass: int
    """Done at the first go, with nothing wrong shown."""
    first_pass_yield: float | None
    """first_pass / count, 0..1: good without rework out of all that were begun and have ended (ISO 22400-2, first pass yield)."""
    mean: float | None
    median: float | None
    """The middle one, or the mean of the middle two."""
    p90: float | None
    """The least time within which nine in ten were done (nearest rank)."""
    best: float | None
    benchmark: float | None
    """The newest one of what was done: half a unit has not the benchmark of a whole one."""
    within_benchmark: float | None
    """Share of those with a benchmark that kept to their own, 0..1."""
    trend: float | None
    """Median of the newer half over that of the older half, less 1: -0.1 = a tenth faster. The one in the middle counts for neither."""


@dataclass(frozen=True, slots=True)
class StepFigures:
    """A step over many units. Name and number are the newest ones."""

    step_id: int
    number: int
    name: str
    retries: int
    wrong_seen: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Group:
    """The units of one assembly or operator. The name is the newest one."""

    id: str
    name: str
    figures: Figures
    steps: tuple[StepFigures, ...] = ()


def unit_of(session: Session) -> Unit:
    """The record of a session; of one that is open, how far it has come."""
    runs = step_runs(session.results)
    ended_at_ms = session.last_activity_at_ms if session.finished_at_ms is None else session.finished_at_ms
    sample = Sample(
        ended_at_ms=ended_at_ms,
        done=session.state is SessionState.COMPLETE,
        first_pass=_is_first_pass(session, runs),
        working_ms=max(0, ended_at_ms - session.started_at_ms - session.paused_ms),
        benchmark_s=round(sum(run.sample.benchmark_s for run in runs), 3),
    )
    who = (session.operator_id, session.operator_name)
    return Unit(session.id, session.assembly_id, session.assembly_name, *who, session.wrong_seen, tuple(runs), sample)


def step_runs(results: Sequence[StepResult]) -> list[StepRun]:
    """The visits of a unit, together by step, in the order in which the steps were first begun."""
    visits: dict[int, list[StepResult]] = defaultdict(list)
    for result in results:
        visits[result.step_id].append(result)
    return [_run(of_step) for of_step in visits.values()]


def working_ms(result: StepResult) -> int:
    """The time of a visit without pauses."""
    return max(0, result.finished_at_ms - result.started_at_ms - result.paused_ms)


def figures(samples: Iterable[Sample]) -> Figures:
    """The figures of samples in any order. O(n log n)."""
    known = sorted(samples, key=lambda sample: sample.ended_at_ms)
    done = [sample for sample in known if sample.done]
    times = [sample.working_ms for sample in done]
    ordered = sorted(times)
    first = sum(sample.first_pass for sample in known)
    against = [sample.working_ms <= sample.benchmark_s * 1000 for sample in done if sample.benchmark_s > 0]
    return Figures(
        count=len(known),
        completed=len(done),
        first_pass=first,
        first_pass_yield=_share(first, len(known)),
        mean=_seconds(fmean(times)) if times else None,
        median=_seconds(median(times)) if times else None,
        p90=_seconds(ordered[-(-9 * len(ordered) // 10) - 1]) if times else None,
        best=_seconds(ordered[0]) if times else None,
        benchmark=next((sample.benchmark_s for sample in reversed(done) if sample.benchmark_s > 0), None),
        within_benchmark=_share(sum(against), len(against)),
        trend=_trend(times),
    )


def by_step(units: Iterable[Unit]) -> list[StepFigures]:
    """The steps of the units of one assembly, by number."""
    runs: dict[int, list[StepRun]] = defaultdict(list)
    for unit in units:
        for run in unit.steps:
            runs[run.step_id].append(run)
    found = [_step_figures(step_id, of_step) for step_id, of_step in runs.items()]
    return sorted(found, key=lambda step: (step.number or len(found) + 1, step.step_id))


def by_assembly(units: Iterable[Unit]) -> list[Group]:
    """Each assembly with its steps, the one that was built most first."""
    groups: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        groups[unit.assembly_id].append(unit)
    return _ranked(Group(id_, _newest(of).assembly_name, figures(u.sample for u in of), tuple(by_step(of))) for id_, of in groups.items())


def by_operator(units: Iterable[Unit]) -> list[Group]:
    """Each operator, who built most first."""
    groups: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        groups[unit.operator_id].append(unit)
    return _ranked(Group(id_, _newest(of).operator_name, figures(unit.sample for unit in of)) for id_, of in groups.items())


def _run(visits: Sequence[StepResult]) -> StepRun:
    last = visits[-1]
    done = last.status is StepStatus.COMPLETE
    wrong = sum(visit.wrong_seen for visit in visits)
    sample = Sample(
        ended_at_ms=last.finished_at_ms,
        done=done,
        first_pass=done and len(visits) == 1 and wrong == 0,
        working_ms=sum(working_ms(visit) for visit in visits),
        benchmark_s=last.benchmark_s,
    )
    return StepRun(last.step_id, last.number, last.name, last.status, len(visits), wrong, sample)


def _is_first_pass(session: Session, runs: Sequence[StepRun]) -> bool:
    """Complete, each of its steps done once and at the first go, nothing wrong shown, and no rework of another unit."""
    complete = session.state is SessionState.COMPLETE and len(runs) >= session.steps_total
    return complete and session.wrong_seen == 0 and not session.options.is_rework and all(run.sample.first_pass for run in runs)


def _step_figures(step_id: int, runs: Sequence[StepRun]) -> StepFigures:
    newest = max(runs, key=lambda run: run.sample.ended_at_ms)
    retries, wrong = sum(run.retries for run in runs), sum(run.wrong_seen for run in runs)
    return StepFigures(step_id, newest.number, newest.name, retries, wrong, figures(run.sample for run in runs))


def _newest(units: Sequence[Unit]) -> Unit:
    return max(units, key=lambda unit: unit.sample.ended_at_ms)


def _ranked(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (-group.figures.count, group.id))


def _trend(times: Sequence[int]) -> float | None:
    half = len(times) // 2
    if half < LEAST_IN_A_HALF:
        return None
    older = median(times[:half])
    return round(median(times[-half:]) / older - 1, 4) if older > 0 else None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _seconds(ms: float) -> float:
    return round(ms / 1000, 3)
