"""A downtime of a machine as a person or the machine itself reported it."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict


class Category(StrEnum):
    """What kind of downtime it was, in Haltless's words."""

    UNPLANNED = "unplanned"
    PLANNED = "planned"
    CHANGEOVER = "changeover"
    MAINTENANCE = "maintenance"


class DowntimeRecord(BaseModel):
    """A machine stood still in [started, ended), milliseconds UTC; `ended_at_ms` None = it still does."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    organisation: str
    id: str
    machine_id: str
    reason: str
    category: Category
    reason_code_id: str | None = None
    started_at_ms: int
    ended_at_ms: int | None = None
    detected_event_id: str | None = None
    """The downtime seen by a camera that this record confirms."""
    created_at_ms: int
    updated_at_ms: int
    """Later with every version."""

    @property
    def duration_ms(self) -> int | None:
        """None while it is open."""
        return None if self.ended_at_ms is None else self.ended_at_ms - self.started_at_ms

    @classmethod
    def read(cls, organisation: str, shown: bytes) -> Self:
        """From what `record_json` made."""
        said = json.loads(shown)
        times = {f"{name}_ms": _ms(said[name]) for name in ("started_at", "ended_at", "created_at", "updated_at")}
        return cls.model_validate({**said, "organisation": organisation, **times})


def record_json(record: DowntimeRecord) -> bytes:
    """The record as it is answered. `detected_event_id` stands in it only where there is one: the source's clients do not know it."""
    seconds = None if record.duration_ms is None else record.duration_ms / 1000
    shape: dict[str, object] = {
        "id": record.id,
        "machine_id": record.machine_id,
        "reason": record.reason,
        "category": record.category.value,
        "reason_code_id": record.reason_code_id,
        "started_at": _time(record.started_at_ms),
        "ended_at": _time(record.ended_at_ms),
        "duration_seconds": int(seconds) if seconds is not None and seconds.is_integer() else seconds,
        "created_at": _time(record.created_at_ms),
        "updated_at": _time(record.updated_at_ms),
    }
    if record.detected_event_id is not None:
        shape["detected_event_id"] = record.detected_event_id
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()


def _time(ms: int | None) -> str | None:
    if ms is None:
        return None
    text = datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{ms % 1000:03d}Z" if ms % 1000 else f"{text}Z"


def _ms(text: str | None) -> int | None:
    return None if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)
