"""The words of /coach: start, interrupt and resume in; the coaching message out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool, StrictStr

from hub.protocol.live import OFFSET_PATTERN
from hub.protocol.parsing import SourceModel, as_map, fit, one_of, request_id

Name = Annotated[StrictStr, Field(min_length=1, max_length=200)]


class SystemOptions(SourceModel):
    """Options of the source that concern the whole system."""

    use_alignment_ai: StrictBool | None = None
    alignment_mode: Literal["continuous", "manual"] | None = None
    alignment_ai_threshold: float | None = None
    use_multistep_model: StrictBool | None = None
    auto_advance_video_only: StrictBool | None = None


class StartRequest(SourceModel):
    """Starts coaching of an assembly. Only what was sent is set; `step_progression_delay` is in seconds."""

    assembly_id: Name
    operator_id: Name
    station_id: Name | None = None
    step_id: Name | None = None
    auto_coach_enabled: StrictBool | None = None
    prediction_smoothing_enabled: StrictBool | None = None
    prediction_smoothing_default: Annotated[float, Field(ge=0, lt=1)] | None = None
    step_progression_delay: Annotated[float, Field(ge=0, le=3600)] | None = None
    auto_advance_emulated_camera: StrictBool | None = None
    experiment_id: Annotated[StrictStr, Field(max_length=200)] | None = None
    is_rework: StrictBool | None = None
    rework_assembly_record_id: Annotated[StrictStr, Field(max_length=200)] | None = None
    system_options: SystemOptions | None = None


class InterruptType(StrEnum):
    """How the course of a session changes."""

    PAUSE = "PAUSE"
    RESUME = "RESUME"
    CANCEL = "CANCEL"
    STEP_BACK = "STEP_BACK"
    SKIP_STEP = "SKIP_STEP"


class TimestampField(SourceModel):
    """The source's Timestamp."""

    seconds: StrictStr | None = None
    nanos: int | None = None


class StepField(SourceModel):
    """The step that a client saw when it interrupted."""

    id: StrictStr | None = None
    previous_step_id: StrictStr | None = None
    next_step_id: StrictStr | None = None
    started_at: TimestampField | None = None
    status: StrictStr | None = None
    confidence: float | None = None
    benchmark: float | None = None


class InterruptRequest(SourceModel):
    """Changes the course of a running session; PAUSE when no type is named."""

    assembly_record_id: Name
    interrupt_type: InterruptType = InterruptType.PAUSE
    reason: Annotated[StrictStr, Field(max_length=2000)] = ""
    reason_code_id: UUID | None = None
    step: StepField | None = None


class ResumeRequest(SourceModel):
    """Asks for the facts after the last one that a reconnecting client has."""

    assembly_record_id: Name
    epoch: Annotated[StrictStr, Field(max_length=64)]
    offset: Annotated[StrictStr, Field(pattern=OFFSET_PATTERN)]


@dataclass(frozen=True, slots=True)
class CoachRequest:
    """One request with the id that its reply carries; exactly one of the three is set."""

    id: int | str | None
    start: StartRequest | None = None
    interrupt: InterruptRequest | None = None
    resume: ResumeRequest | None = None


def parse(message: object) -> CoachRequest:
    """A request of /coach. Raises BadMessage (both, neither) or Invalid (names the field)."""
    held = as_map(message)
    id_ = request_id(held)
    name = one_of(held, "start", "interrupt", "resume")
    if name == "start":
        return CoachRequest(id_, start=fit(StartRequest, held["start"], "start"))
    if name == "interrupt":
        return CoachRequest(id_, interrupt=fit(InterruptRequest, held["interrupt"], "interrupt"))
    return CoachRequest(id_, resume=fit(ResumeRequest, held["resume"], "resume"))
