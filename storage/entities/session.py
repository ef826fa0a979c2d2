"""The unit that is being built at a station now, and what it leaves behind."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from storage.entities.base import Entity

# A unit is interrupted a handful of times; `pauses` and `paused_ms` count on beyond it.
INTERRUPTIONS_KEPT = 100


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


class CapturedVariable(BaseModel):
    """A text that was read off the unit in a step, and whether it was what it had to be."""

    model_config = ConfigDict(frozen=True)

    name: str
    text: str
    confidence: float = 0.0
    verified: bool | None = None
    """None = nothing to compare it with."""


class TorqueResult(BaseModel):
    """One tightening of a step."""

    model_config = ConfigDict(frozen=True)

    torque_nm: float
    angle_deg: float | None = None
    ok: bool
    parameter_set: int | None = None
    at_ms: int


class StepResult(BaseModel):
    """How one visit of a step ended. What the step was called then stays, whatever becomes of the assembly."""

    model_config = ConfigDict(frozen=True)

    step_id: int
    number: int = 0
    """Its place in the assembly, from 1; 0 where it was not kept, or the step was deleted meanwhile."""
    name: str = ""
    benchmark_s: float = 0.0
    """0 = it has none."""
    status: StepStatus
    started_at_ms: int
    finished_at_ms: int
    confidence: float = 0.0
    label: str = ""
    """Id of the label that was seen."""
    label_name: str = ""
    """What that was called: `step-3_good`."""
    reason: str = ""
    wrong_seen: int = 0
    """How many times something wrong was shown before the step was done."""
    paused_ms: int = 0
    """How much of its time coaching was paused."""
    captured_variables: tuple[CapturedVariable, ...] = ()
    torque_results: tuple[TorqueResult, ...] = ()


class Interruption(BaseModel):
    """A pause of the session."""

    model_config = ConfigDict(frozen=True)

    step_id: int
    started_at_ms: int
    finished_at_ms: int
    reason: str = ""
    """As the operator gave it; empty = none was given."""
    error: str = ""
    """Why coaching paused by itself ("idle"); empty when a person paused it."""


class Session(Entity):
    """One unit at one station; `id` is the assembly_record_id. Saved with every fact, so any hub can go on with it."""

    id: str
    station_id: str
    machine: str
    """Foreign id of the machine whose timeline gets the cycle and the steps."""
    assembly_id: str
    assembly_name: str = ""
    """What it was called at the start."""
    steps_total: int = 0
    """How many steps the assembly had at the start; 0 where it was not kept."""
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
    paused_ms: int = 0
    """How long it was paused, all pauses that ended together."""
    step_paused_ms: int = 0
    """The same since the step began."""
    interruptions: tuple[Interruption, ...] = ()
    """The first INTERRUPTIONS_KEPT pauses."""
    finished_at_ms: int | None = None
    last_activity_at_ms: int
    options: CoachingOptions = CoachingOptions()
    filmed: bool = False
    """Whether its assembly had `record_videos` on at the start; vision films it for as long as that stays on."""
    results: tuple[StepResult, ...] = ()
    wrong_seen: int = 0
    """How many times something wrong was shown, all steps together."""
    step_wrong_seen: int = 0
    """The same since the step began."""
    pause_reason: str = ""
    """What the interruption was for, as the operator gave it; empty = none was given."""
    pause_error: str = ""
    """Why coaching paused by itself ("idle"); empty when a person paused it."""

    @property
    def has_ended(self) -> bool:
        """Whether it is a record that changes no more."""
        return self.state in (SessionState.COMPLETE, SessionState.CANCELLED)
