"""What the hub tells a station, typed."""

from dataclasses import dataclass
from typing import Any

from hub.protocol.coaching_message import CoachingStatus


@dataclass(frozen=True, slots=True)
class Place:
    """A fact's place in its stream; places of one epoch are ordered."""

    epoch: str
    offset: str

    def key(self) -> tuple[int, int]:
        """For comparing offsets of the same epoch."""
        milliseconds, _, sequence = self.offset.partition("-")
        return int(milliseconds), int(sequence or 0)

    def is_after(self, other: "Place | None") -> bool:
        """Whether this is news to somebody who knows everything up to `other`."""
        return other is None or self.epoch != other.epoch or self.key() > other.key()


@dataclass(frozen=True, slots=True)
class StepSeen:
    """The step that an event is about. `status` may be INCORRECT (something wrong is shown) or OCCLUDED (hands are in the way)."""

    id: str
    status: str
    confidence: float
    evidence: float
    benchmark_s: float


@dataclass(frozen=True, slots=True)
class CoachEvent:
    """One message of /coach. Facts have a place; a PREDICTION has none. `raw` is the message as it came."""

    status: CoachingStatus
    assembly_record_id: str
    station_id: str
    message: str
    error: str
    label: str
    step: StepSeen | None
    frame_no: int | None
    captured_at_ns: int | None
    place: Place | None
    raw: dict[str, Any]
    recovered: bool = True
    """False on the snapshot that stands for facts which could not be replayed: begin from this state."""

    @property
    def is_fact(self) -> bool:
        """Whether it is told once, in order, and never skipped."""
        return self.place is not None

    @property
    def is_end(self) -> bool:
        """Whether the unit ends with it."""
        return self.status in (CoachingStatus.COACHING_COMPLETE, CoachingStatus.COACHING_CANCELLED)


def read_event(msg: dict[str, Any], *, recovered: bool = True) -> CoachEvent:
    """An event from one `msg`. Raises ValueError for a status that this client does not know."""
    step, label = msg.get("step"), msg.get("prediction_label") or {}
    epoch, offset = msg.get("epoch"), msg.get("offset")
    return CoachEvent(
        status=CoachingStatus(msg["status"]),
        assembly_record_id=str(msg.get("assembly_record_id", "")),
        station_id=str(msg.get("station_id", "")),
        message=str(msg.get("message", "")),
        error=str(msg.get("error", "")),
        label=str(label.get("full", "")),
        step=_step(step) if isinstance(step, dict) else None,
        frame_no=msg.get("frame_no"),
        captured_at_ns=msg.get("captured_at_ns"),
        place=Place(str(epoch), str(offset)) if epoch and offset else None,
        raw=msg,
        recovered=recovered,
    )


def _step(step: dict[str, Any]) -> StepSeen:
    return StepSeen(
        id=str(step.get("id", "")),
        status=str(step.get("status", "")),
        confidence=float(step.get("confidence") or 0.0),
        evidence=float(step.get("evidence") or 0.0),
        benchmark_s=float(step.get("benchmark") or 0.0),
    )
