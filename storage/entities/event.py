"""One interval of a machine's timeline, open or finished."""

import hashlib
import json
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, model_validator

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class EventType(StrEnum):
    """The six kinds of interval of a timeline."""

    CYCLE = "cycle"
    STEP = "step"
    PART_COUNT = "part_count"
    SHIFT_PERIOD = "shift_period"
    ACTIVITY_REASON = "activity_reason"
    WORK_ORDER_OPERATION = "work_order_operation"


def event_id(organisation: str, event_type: EventType, key: str) -> str:
    """`evt_` + 12 base62 characters, the same for the same organisation, type and key for ever."""
    number = int.from_bytes(hashlib.sha256(f"{organisation}\0{event_type}\0{key}".encode()).digest()[:12])
    digits = []
    for _ in range(12):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return "evt_" + "".join(digits)


class Event(BaseModel):
    """An interval [start, end) in milliseconds UTC; `end_ms` None = in flight. `key` is its natural key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    organisation: str
    type: EventType
    machine: str
    start_ms: int
    end_ms: int | None = None
    label: str = ""

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> "Event":
        if self.end_ms is not None and self.end_ms < self.start_ms:
            raise ValueError("an event cannot end before it starts")
        return self


class ChangeKind(StrEnum):
    """What happened to an event."""

    STARTED = "started"
    CHANGED = "changed"
    FINISHED = "finished"


class EventChange(BaseModel):
    """What happened to an event, and the event as it is now."""

    model_config = ConfigDict(frozen=True)

    kind: ChangeKind
    event: Event

    @classmethod
    def started(cls, event: Event) -> "EventChange":
        """The event is in flight from now on."""
        return cls(kind=ChangeKind.STARTED, event=event)

    @classmethod
    def changed(cls, event: Event) -> "EventChange":
        """Its label or its limits are others now."""
        return cls(kind=ChangeKind.CHANGED, event=event)

    @classmethod
    def finished(cls, event: Event) -> "EventChange":
        """It has an end now; an event may also be finished when it is first heard of."""
        return cls(kind=ChangeKind.FINISHED, event=event)


def _time(ms: int) -> str:
    text = datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{ms % 1000:03d}Z" if ms % 1000 else f"{text}Z"


def event_json(event: Event) -> bytes:
    """The event as GET /api/v1/events answers it: times to the second (to the millisecond only if it has any), seconds of duration."""
    duration_ms = None if event.end_ms is None else event.end_ms - event.start_ms
    seconds = None if duration_ms is None else duration_ms // 1000 if duration_ms % 1000 == 0 else duration_ms / 1000
    shape = {
        "id": event.id,
        "type": event.type.value,
        "machine_foreign_id": event.machine,
        "from": _time(event.start_ms),
        "to": None if event.end_ms is None else _time(event.end_ms),
        "duration_seconds": seconds,
        "label": event.label,
    }
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()


def change_json(change: EventChange) -> bytes:
    """The change as a fact of the timeline channels: {"type", "event"}."""
    return b'{"type":"%s","event":%s}' % (change.kind.value.encode(), event_json(change.event))
