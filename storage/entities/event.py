"""One interval of a machine's timeline, open or finished."""

import hashlib
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

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
