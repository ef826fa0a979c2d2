"""What happened to a session, in the past tense: each becomes one durable message."""

from dataclasses import dataclass

from storage.entities.session import StepStatus


@dataclass(frozen=True, slots=True)
class Fact:
    """`step_id` is the step that the fact is about, with its start (ms UTC) and its status then."""

    step_id: int
    step_started_at_ms: int
    step_status: StepStatus
    confidence: float = 0.0
    label: str = ""
    reason: str = ""
    error: str = ""
    frame_no: int | None = None
    captured_at_ns: int | None = None


class CoachingStarted(Fact):
    """A unit was begun."""


class StepCompleted(Fact):
    """A step was done, seen by the camera or said by a person."""


class StepAdvanced(Fact):
    """Another step is being coached now."""


class StepInterrupted(Fact):
    """A step was left undone."""


class StepReversed(StepAdvanced):
    """An earlier step is being coached again."""


class CoachingPaused(Fact):
    """Coaching stopped for a while."""


class CoachingResumed(Fact):
    """Coaching went on."""


class CoachingCancelled(Fact):
    """The unit was given up."""


class CoachingCompleted(Fact):
    """The unit was done."""
