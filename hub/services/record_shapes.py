"""Assembly records and their figures as they are answered: times are the source's Timestamps, lengths seconds without pauses."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from hub.coaching.record_metrics import Figures, Group, Sample, StepFigures, StepRun, Unit, unit_of, working_ms
from hub.protocol.coaching_message import timestamp
from storage.entities.session import Session, SessionState, StepResult, StepStatus

_TIMES = ("mean", "median", "p90", "best")


def summary_shown(session: Session, unit: Unit | None = None, *, filmed: bool = False) -> dict[str, Any]:
    """A record without its steps; `filmed`: whether there is a film of it."""
    unit = unit or unit_of(session)
    return {
        "id": session.id,
        "assembly_record_id": session.id,
        "assembly_id": session.assembly_id,
        "assembly_name": session.assembly_name,
        "operator_id": session.operator_id,
        "operator_name": session.operator_name,
        "station_id": session.station_id,
        "machine_identifier": session.machine,
        "status": session.state.value,
        "started_at": timestamp(session.started_at_ms),
        "finished_at": None if session.finished_at_ms is None else timestamp(session.finished_at_ms),
        **_timed(unit.sample),
        "paused_seconds": session.paused_ms / 1000,
        "steps_total": session.steps_total,
        "steps_done": sum(run.sample.done for run in unit.steps),
        "retries": sum(run.retries for run in unit.steps),
        "wrong_seen": session.wrong_seen,
        "interrupted": session.pauses,
        "is_rework": session.options.is_rework,
        "rework_assembly_record_id": session.options.rework_assembly_record_id,
        "experiment_id": session.options.experiment_id,
        "filmed": filmed,
    }


def record_shown(session: Session, *, filmed: bool = False) -> dict[str, Any]:
    """A whole record: the summary, every visit of a step in order, interruptions, captured variables and torque results."""
    visits = session.results
    return {
        **summary_shown(session, filmed=filmed),
        "step_results": visits_shown(visits),
        "interruptions": _interruptions(session),
        "captured_variables": [
            {"step_id": str(visit.step_id), **captured.model_dump()} for visit in visits for captured in visit.captured_variables
        ],
        "torque_results": [_torque(visit, torque.model_dump()) for visit in visits for torque in visit.torque_results],
    }


def visits_shown(visits: tuple[StepResult, ...], step_id: int | None = None) -> list[dict[str, Any]]:
    """Visits of steps in order, or of one step; `retries` says how often the step had been begun before."""
    begun: Counter[int] = Counter()
    shown = []
    for visit in visits:
        if step_id in (None, visit.step_id):
            shown.append(_visit(visit, begun[visit.step_id]))
        begun[visit.step_id] += 1
    return shown


def metrics_shown(unit: Unit, status: SessionState) -> dict[str, Any]:
    """The figures of one record."""
    return {
        "assembly_record_id": unit.record_id,
        "assembly_id": unit.assembly_id,
        "assembly_name": unit.assembly_name,
        "operator_id": unit.operator_id,
        "operator_name": unit.operator_name,
        "status": status.value,
        **_timed(unit.sample),
        "retries": sum(run.retries for run in unit.steps),
        "wrong_seen": unit.wrong_seen,
        "steps": [run_shown(run) for run in unit.steps],
    }


def run_shown(run: StepRun) -> dict[str, Any]:
    """What one step took in one unit."""
    return {
        "step_id": str(run.step_id),
        "number": run.number,
        "name": step_name(run.name, run.number),
        "status": run.status.value,
        **_timed(run.sample),
        "visits": run.visits,
        "retries": run.retries,
        "wrong_seen": run.wrong_seen,
    }


def figures_shown(figures: Figures) -> dict[str, Any]:
    """Figures, and each time against the newest benchmark: 1 = exactly it, less = faster."""
    shown = asdict(figures)
    ratios = {name: _against(shown[name], figures.benchmark) for name in _TIMES}
    return {**shown, "against_benchmark": ratios}


def step_figures_shown(step: StepFigures) -> dict[str, Any]:
    """A step over many units."""
    return {
        "step_id": str(step.step_id),
        "number": step.number,
        "name": step_name(step.name, step.number),
        "retries": step.retries,
        "wrong_seen": step.wrong_seen,
        **figures_shown(step.figures),
    }


def assembly_shown(group: Group) -> dict[str, Any]:
    """An assembly's figures with those of its steps."""
    steps = [step_figures_shown(step) for step in group.steps]
    return {"assembly_id": group.id, "assembly_name": group.name, **figures_shown(group.figures), "steps": steps}


def operator_shown(group: Group) -> dict[str, Any]:
    """An operator's figures."""
    return {"operator_id": group.id, "operator_name": group.name, **figures_shown(group.figures)}


def step_name(name: str, number: int) -> str:
    """What a step is called; records of an older Takt kept no names."""
    return name or (f"Step {number}" if number else "Step")


def _visit(visit: StepResult, retries: int) -> dict[str, Any]:
    seconds, benchmark = working_ms(visit) / 1000, visit.benchmark_s or None
    return {
        "step_id": str(visit.step_id),
        "number": visit.number,
        "name": step_name(visit.name, visit.number),
        "status": visit.status.value,
        "started_at": timestamp(visit.started_at_ms),
        "finished_at": timestamp(visit.finished_at_ms),
        "seconds": seconds,
        "paused_seconds": visit.paused_ms / 1000,
        "benchmark": benchmark,
        "against_benchmark": _against(seconds, benchmark),
        "confidence": visit.confidence,
        "label": visit.label_name or visit.label,
        "reason": visit.reason,
        "retries": retries,
        "wrong_seen": visit.wrong_seen,
        "captured_variables": [captured.model_dump() for captured in visit.captured_variables],
        "torque_results": [_torque(visit, torque.model_dump()) for torque in visit.torque_results],
    }


def _interruptions(session: Session) -> list[dict[str, Any]]:
    """Pauses, and the steps that were left undone, in order of time."""
    found = [("PAUSE", i.step_id, i.started_at_ms, i.finished_at_ms, i.reason, i.error) for i in session.interruptions]
    last = len(session.results) - 1
    for place, visit in enumerate(session.results):
        if visit.status is StepStatus.COMPLETE:
            continue
        kind = "SKIP_STEP" if visit.status is StepStatus.SKIPPED else "STEP_BACK"
        if place == last and session.state is SessionState.CANCELLED:
            kind = "CANCEL"
        found.append((kind, visit.step_id, visit.started_at_ms, visit.finished_at_ms, visit.reason, ""))
    return [
        {
            "type": kind,
            "step_id": str(step_id),
            "started_at": timestamp(start_ms),
            "finished_at": timestamp(end_ms),
            "reason": reason,
            "error": error,
        }
        for kind, step_id, start_ms, end_ms, reason, error in sorted(found, key=lambda item: item[3])
    ]


def _torque(visit: StepResult, torque: dict[str, Any]) -> dict[str, Any]:
    at_ms = torque.pop("at_ms")
    return {"step_id": str(visit.step_id), **torque, "at": timestamp(at_ms)}


def _timed(sample: Sample) -> dict[str, Any]:
    seconds, benchmark = sample.working_ms / 1000, sample.benchmark_s or None
    against = _against(seconds, benchmark)
    return {"seconds": seconds, "benchmark": benchmark, "against_benchmark": against, "first_pass": sample.first_pass}


def _against(seconds: float | None, benchmark: float | None) -> float | None:
    return None if seconds is None or not benchmark else round(seconds / benchmark, 4)
