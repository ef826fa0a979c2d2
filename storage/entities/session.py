"""The unit that is being built at a station now, and what it leaves behind."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from storage.entities.base import Entity


class SessionState(StrEnum):
    """How far a unit is."""

    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


class StepStatus(StrEnum):
    """The contract's words for where a step stands."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    COMPLETE = "COMPLETE"
    INCORRECT = "INCORRECT"
    OCCLUDED = "OCCLUDED"
    SKIPPED = "SKIPPED"


class CoachingOptions(BaseModel):
    """How a session is coached (the source's names and defaults)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    auto_coach_enabled: bool = True
    prediction_smoothing_enabled: bool = True
    prediction_smoothing_default: float = 0.75
    """Decay of evidence per 100 ms of captured_at."""
    step_progression_delay: float = 0.5
    """Seconds from STEP_COMPLETE to STEP_ADVANCE."""
    auto_advance_emulated_camera: bool = False
    experiment_id: str = ""
    is_rework: bool = False
    rework_assembly_record_id: str = ""


class StepResult(BaseModel):
    """How one visit of a step ended."""

    model_config = ConfigDict(frozen=True)

    step_id: int
    status: StepStatus
    started_at_ms: int
    finished_at_ms: int
    confidence: float = 0.0
    label: str = ""
    reason: str = ""
    wrong_seen: int = 0
    """How many times something wrong was shown before the step was done."""


class Session(Entity):
    """One unit at one station; `id` is the assembly_record_id. Saved with every fact, so any hub can go on with it."""

    id: str
    station_id: str
    machine: str
    """Foreign id of the machine whose timeline gets the cycle and the steps."""
    assembly_id: str
    operator_id: str
    """Of one of the organisation's operators, or else whatever the client calls the person."""
    operator_name: str = ""
    """What that operator was called at the start; empty when operator_id is not one's."""
    state: SessionState = SessionState.ACTIVE
    step_id: int
    step_started_at_ms: int
    step_done_at_ms: int | None = None
    """Set between STEP_COMPLETE and STEP_ADVANCE."""
    started_at_ms: int
    paused_at_ms: int | None = None
    pauses: int = 0
    """How often it was paused; two may begin in the same millisecond."""
    finished_at_ms: int | None = None
    last_activity_at_ms: int
    options: CoachingOptions = CoachingOptions()
    results: tuple[StepResult, ...] = ()
    wrong_seen: int = 0
    """How many times something wrong was shown, all steps together."""
    step_wrong_seen: int = 0
    """The same since the step began."""
    pause_reason: str = ""
    """What the interruption was for, as the operator gave it; empty = none was given."""
    pause_error: str = ""
    """Why coaching paused by itself ("idle"); empty when a person paused it."""
