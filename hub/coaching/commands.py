"""Requests to change a session, in the imperative. Times are milliseconds UTC."""

from dataclasses import dataclass

from hub.coaching.sighting import Sighting


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop coaching for a while; `error` says why when nobody asked for it."""

    reason: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after a pause."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Give the unit up."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class StepBack:
    """Leave the step undone and do the one before again. `step_id` = the step the sender means, if it said so."""

    reason: str = ""
    step_id: int | None = None


@dataclass(frozen=True, slots=True)
class SkipStep:
    """Leave the step undone and go on. `step_id` = the step the sender means, if it said so."""

    reason: str = ""
    step_id: int | None = None


@dataclass(frozen=True, slots=True)
class SetStep:
    """Go to a step; the one left ended at `end_ms`. To the next one = it is done."""

    step_id: int
    end_ms: int
    auto_coach_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Complete:
    """The unit is done, whatever the camera says."""

    auto_coach_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class FinishStep:
    """Evidence is full; `sighting` is the frame that filled it."""

    sighting: Sighting


@dataclass(frozen=True, slots=True)
class NoteWrong:
    """The screen began to say "wrong"."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: advance when the delay after a done step is over."""


Command = Pause | Resume | Cancel | StepBack | SkipStep | SetStep | Complete | FinishStep | NoteWrong | Tick
