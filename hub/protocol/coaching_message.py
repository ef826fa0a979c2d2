"""The one message that /coach sends, field by field."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from hub.errors import TaktError


class CoachingStatus(StrEnum):
    """What a message says."""

    COACHING_STARTED = "COACHING_STARTED"
    PREDICTION = "PREDICTION"
    STEP_ADVANCE = "STEP_ADVANCE"
    STEP_COMPLETE = "STEP_COMPLETE"
    STEP_INTERRUPT = "STEP_INTERRUPT"
    COACHING_PAUSED = "COACHING_PAUSED"
    COACHING_RESUMED = "COACHING_RESUMED"
    COACHING_CANCELLED = "COACHING_CANCELLED"
    COACHING_COMPLETE = "COACHING_COMPLETE"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class CoachedStep:
    """The step that a message is about; `benchmark_s` and its time of start in ms UTC."""

    id: str
    previous_step_id: str
    next_step_id: str
    started_at_ms: int
    status: str
    confidence: float
    benchmark_s: float

    def as_map(self) -> dict[str, Any]:
        """The source's shape."""
        return {
            "id": self.id,
            "previous_step_id": self.previous_step_id,
            "next_step_id": self.next_step_id,
            "started_at": timestamp(self.started_at_ms),
            "status": self.status,
            "confidence": self.confidence,
            "benchmark": self.benchmark_s,
        }


@dataclass(frozen=True, slots=True)
class PredictionLabel:
    """A label's name as it is said outside: ("step-3", "good", "step-3_good")."""

    name: str
    value: str
    full: str


@dataclass(frozen=True, slots=True)
class OcrEntry:
    """One text that was read, and how it is shown."""

    text: str
    status: str
    user_friendly_label_prefix: str = ""
    user_friendly_label: str = ""
    italicize_user_friendly_label: bool = False


@dataclass(frozen=True, slots=True)
class CoachingMessage:
    """One `msg`. `epoch` and `offset` are the place of a fact in its stream; a PREDICTION has none."""

    status: CoachingStatus
    assembly_record_id: str = ""
    assembly_id: str = ""
    station_id: str = ""
    created_at_ms: int = 0
    benchmark_s: float = 0.0
    step: CoachedStep | None = None
    prediction_label: PredictionLabel | None = None
    message: str = ""
    figure: str = ""
    error: str = ""
    ocr_entries: tuple[OcrEntry, ...] = ()
    frame_no: int | None = None
    captured_at_ns: int | None = None
    epoch: str = ""
    offset: str = ""

    def at(self, epoch: str, offset: str) -> "CoachingMessage":
        """The same message with its place in the stream."""
        return replace(self, epoch=epoch, offset=offset)

    def as_map(self) -> dict[str, Any]:
        """The source's shape: what a message has nothing to say about is left out, texts stay empty."""
        msg: dict[str, Any] = {
            "status": self.status.value,
            "assembly_record_id": self.assembly_record_id,
            "assembly_id": self.assembly_id,
            "station_id": self.station_id,
            "created_at": timestamp(self.created_at_ms),
            "benchmark": self.benchmark_s,
            "step": self.step and self.step.as_map(),
            "prediction_label": self.prediction_label and _fields(self.prediction_label),
            "message": self.message,
            "figure": self.figure,
            "error": self.error,
            "ocr_entries": [_fields(entry) for entry in self.ocr_entries],
            "frame_no": self.frame_no,
            "captured_at_ns": self.captured_at_ns,
            "epoch": self.epoch or None,
            "offset": self.offset or None,
        }
        return {key: value for key, value in msg.items() if value is not None}


def envelope(msg: dict[str, Any], request_id: int | str | None = None, *, ok: bool = True) -> dict[str, Any]:
    """What travels: `status` and the message; a reply carries its request's id."""
    body = {"status": "ok" if ok else "error", "msg": msg}
    return body if request_id is None else {"id": request_id, **body}


def encode(message: CoachingMessage, request_id: int | str | None = None) -> dict[str, Any]:
    """A message in its envelope; an ERROR's status is "error"."""
    return envelope(message.as_map(), request_id, ok=message.status is not CoachingStatus.ERROR)


def error(
    problem: TaktError, request_id: int | str | None = None, *, created_at_ms: int = 0, assembly_record_id: str = ""
) -> dict[str, Any]:
    """The answer to a request that failed; nothing has changed."""
    message = CoachingMessage(
        CoachingStatus.ERROR, assembly_record_id, created_at_ms=created_at_ms, message=problem.message, error=problem.code
    )
    return encode(message, request_id)


def resumed(request_id: int | str | None, *, recovered: bool, snapshot: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer to `resume`; the snapshot is the last state as one msg."""
    msg: dict[str, Any] = {"recovered": recovered}
    if snapshot is not None:
        msg["snapshot"] = snapshot
    return envelope(msg, request_id)


def timestamp(ms: int) -> dict[str, Any]:
    """The source's Timestamp: seconds as text, nanoseconds as a number."""
    return {"seconds": str(ms // 1000), "nanos": ms % 1000 * 1_000_000}


def _fields(value: PredictionLabel | OcrEntry) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}
