"""What a QA report says of a unit: its verdict, and a row a step."""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from hub.coaching.record_metrics import StepRun, unit_of
from storage.entities.session import Session, SessionState, StepResult, StepStatus

# Rows beyond it are counted in a sentence; an assembly has at most 200 steps.
MOST_ROWS = 250
# Of one step; more would not fit on a page.
MOST_LINES = 10
LONGEST_TEXT = 120


class Verdict(StrEnum):
    """How a step, or a unit, was found."""

    PASSED = "Passed"
    REPEATED = "Passed after correction"
    NOT_DONE = "Not done"
    CANCELLED = "Cancelled"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One step. `label` is the id of the label that was seen last; lengths are milliseconds without pauses."""

    step_id: int
    number: int
    name: str
    label: str
    label_name: str
    confidence: float
    finished_at_ms: int
    working_ms: int
    benchmark_s: float
    visits: int
    wrong_seen: int
    captured: tuple[str, ...]
    torque: tuple[str, ...]
    remark: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. `rows_left_out` do not stand in it."""

    verdict: Verdict
    why: str
    rows: tuple[ReportRow, ...]
    rows_left_out: int = 0


def report_of(session: Session) -> Report:
    """The report of a session that has ended."""
    unit = unit_of(session)
    visits: dict[int, list[StepResult]] = defaultdict(list)
    for result in session.results:
        visits[result.step_id].append(result)
    rows = tuple(_row(run, visits[run.step_id]) for run in unit.steps[:MOST_ROWS])
    verdict, why = _verdict(session, list(unit.steps))
    return Report(verdict, why, rows, len(unit.steps) - len(rows))


def _verdict(session: Session, runs: list[StepRun]) -> tuple[Verdict, str]:
    if session.state is SessionState.CANCELLED:
        return Verdict.CANCELLED, "The unit was given up."
    undone = sum(not run.sample.done for run in runs) + max(0, session.steps_total - len(runs))
    if undone:
        return Verdict.NOT_DONE, f"{_steps(undone)} not done."
    if session.wrong_seen or any(not run.sample.first_pass for run in runs):
        again = sum(not run.sample.first_pass for run in runs)
        return Verdict.REPEATED, f"{_steps(again)} corrected before it was done." if again else "Something wrong was shown and corrected."
    return Verdict.PASSED, "Every step was done at the first go."


def _steps(count: int) -> str:
    return "1 step was" if count == 1 else f"{count} steps were"


def _row(run: StepRun, visits: list[StepResult]) -> ReportRow:
    last = visits[-1]
    verdict = Verdict.PASSED if run.sample.first_pass else Verdict.REPEATED if run.sample.done else Verdict.NOT_DONE
    captured = [f"{each.name}: {each.text}{_checked(each.verified)}" for visit in visits for each in visit.captured_variables]
    torque = [f"{each.torque_nm:g} Nm{'' if each.ok else ' (not ok)'}" for visit in visits for each in visit.torque_results]
    return ReportRow(
        step_id=run.step_id,
        number=run.number,
        name=run.name,
        label=last.label,
        label_name=last.label_name,
        confidence=last.confidence,
        finished_at_ms=last.finished_at_ms,
        working_ms=run.sample.working_ms,
        benchmark_s=run.sample.benchmark_s,
        visits=run.visits,
        wrong_seen=run.wrong_seen,
        captured=_lines(captured),
        torque=_lines(torque),
        remark="Skipped." if last.status is StepStatus.SKIPPED else last.reason[:LONGEST_TEXT],
        verdict=verdict,
    )


def _checked(verified: bool | None) -> str:
    return "" if verified is None else " (right)" if verified else " (wrong)"


def _lines(lines: list[str]) -> tuple[str, ...]:
    shown = [line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…" for line in lines[:MOST_LINES]]
    return (*shown, f"… and {len(lines) - MOST_LINES} more") if len(lines) > MOST_LINES else tuple(shown)
