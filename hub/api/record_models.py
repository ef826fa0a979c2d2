"""What the operations of assembly records answer, for the documents: the source names these types without their fields."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from hub.api.shapes import Timestamp
from storage.entities.session import SessionState, StepStatus

Seconds = Annotated[float, Field(description="without pauses")]
Against = Annotated[float | None, Field(description="seconds / benchmark: 1 = exactly it, less = faster; null without a benchmark")]


class CapturedVariableShown(BaseModel):
    """A text that was read off the unit."""

    name: str
    text: str
    confidence: float
    verified: bool | None


class CapturedOfStep(CapturedVariableShown):
    """The same with its step."""

    step_id: str


class TorqueShown(BaseModel):
    """One tightening."""

    step_id: str
    torque_nm: float
    angle_deg: float | None
    ok: bool
    parameter_set: int | None
    at: Timestamp


class StepVisit(BaseModel):
    """One visit of a step; a step that was begun again has several."""

    step_id: str
    number: int = Field(description="place in the assembly then, from 1; 0 where it was not kept")
    name: str
    status: StepStatus
    started_at: Timestamp
    finished_at: Timestamp
    seconds: Seconds
    paused_seconds: float
    benchmark: float | None
    against_benchmark: Against
    confidence: float
    label: str = Field(description="the label that was seen; empty when a person moved on")
    reason: str
    retries: int = Field(description="how often the step had been begun before")
    wrong_seen: int
    captured_variables: list[CapturedVariableShown]
    torque_results: list[TorqueShown]


class InterruptionShown(BaseModel):
    """A pause, or a step that was left undone."""

    type: Literal["PAUSE", "STEP_BACK", "SKIP_STEP", "CANCEL"]
    step_id: str
    started_at: Timestamp
    finished_at: Timestamp
    reason: str
    error: str


class Timed(BaseModel):
    """What was taken, and whether at the first go with nothing wrong shown."""

    seconds: Seconds
    benchmark: float | None
    against_benchmark: Against
    first_pass: bool


class RecordSummary(Timed):
    """A record without its steps. `assembly_name` is what the assembly was called then."""

    id: str
    assembly_record_id: str
    assembly_id: str
    assembly_name: str
    operator_id: str
    operator_name: str
    station_id: str
    machine_identifier: str
    status: SessionState
    started_at: Timestamp
    finished_at: Timestamp | None
    paused_seconds: float
    steps_total: int
    steps_done: int
    retries: int
    wrong_seen: int
    interrupted: int
    is_rework: bool
    rework_assembly_record_id: str
    experiment_id: str
    filmed: bool = Field(description="whether there is a film of it")


class Record(RecordSummary):
    """A whole record."""

    step_results: list[StepVisit]
    interruptions: list[InterruptionShown]
    captured_variables: list[CapturedOfStep]
    torque_results: list[TorqueShown]


class ReportShown(BaseModel):
    """How far the QA report of a record is; `fraction` 0..1."""

    state: Literal["none", "queued", "making", "ready", "failed"]
    fraction: float
    error: str


class FilmChapter(BaseModel):
    """A visit of a step that the film of its unit shows."""

    step_id: str
    number: int
    name: str
    at_seconds: float = Field(description="where it begins in the film; pauses are not in it")


class FilmShown(BaseModel):
    """The film of a unit: GET /assembly-record/{id}/video."""

    seconds: float
    bytes: int
    width: int
    height: int
    pictures: int
    chapters: list[FilmChapter]


class RecordWithReport(Record):
    """A whole record, its QA report and its film."""

    qa_report: ReportShown
    film: FilmShown | None = Field(description="null = it was not filmed, or is still being built")


class StepRunShown(Timed):
    """What one step took in one unit, all its visits together."""

    step_id: str
    number: int
    name: str
    status: StepStatus
    visits: int
    retries: int
    wrong_seen: int


class RecordMetrics(Timed):
    """The figures of one record."""

    assembly_record_id: str
    assembly_id: str
    assembly_name: str
    operator_id: str
    operator_name: str
    status: SessionState
    retries: int
    wrong_seen: int
    steps: list[StepRunShown]


class Ratios(BaseModel):
    """Times against the newest benchmark."""

    mean: Against
    median: Against
    p90: Against
    best: Against


class FiguresShown(BaseModel):
    """Figures of many units or steps; times in seconds without pauses, of what was done."""

    count: int
    completed: int
    first_pass: int
    first_pass_yield: float | None = Field(description="first_pass / count, 0..1")
    mean: float | None
    median: float | None
    p90: float | None
    best: float | None
    benchmark: float | None
    within_benchmark: float | None = Field(description="share that kept to the benchmark, 0..1")
    trend: float | None = Field(description="median of the newer half over that of the older half, less 1: -0.1 = a tenth faster")
    against_benchmark: Ratios


class Basis(BaseModel):
    """What figures are made of: `records` of `of`, the newest; at most `limit`."""

    records: int
    of: int
    limit: int
    text: str


class TwoBases(BaseModel):
    """The same for both figures."""

    operator: Basis
    everyone: Basis


class Performance(RecordMetrics):
    """A record beside what the operator and everyone take for the assembly."""

    operator: FiguresShown
    everyone: FiguresShown
    basis: TwoBases


class StepPerformance(StepRunShown):
    """A step of a record beside what the operator and everyone take for it."""

    visits_in_order: list[StepVisit]
    operator: FiguresShown
    everyone: FiguresShown
    basis: TwoBases


class StepFiguresShown(FiguresShown):
    """A step over many units."""

    step_id: str
    number: int
    name: str
    retries: int
    wrong_seen: int


class AssemblyFigures(FiguresShown):
    """An assembly over many units."""

    assembly_id: str
    assembly_name: str
    steps: list[StepFiguresShown]


class OperatorFigures(FiguresShown):
    """An operator over many units."""

    operator_id: str
    operator_name: str


class Totals(BaseModel):
    """Exact counts of all records of the kind."""

    count: int
    completed: int
    cancelled: int


class OperatorMetrics(OperatorFigures):
    """An operator, in all and for each assembly."""

    records: Totals
    assemblies: list[AssemblyFigures]
    basis: Basis


class Analytics(FiguresShown):
    """All that was built."""

    records: Totals
    assemblies: list[AssemblyFigures]
    operators: list[OperatorFigures]
    basis: Basis
