"""A downtime that a camera saw, open or finished."""

import json
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import model_validator

from storage.entities.base import Entity
from storage.entities.event import ChangeKind, Event, EventChange, EventType, event_id
from storage.entities.roi import Roi

# Made once for this product; a name below it is "organisation, region, start".
_NAMESPACE = uuid.UUID("6d0c8a2e-5b43-5f0e-9a51-4c5f1f0f7a10")


class ReasonLabel(StrEnum):
    """What the camera saw while nothing was made."""

    NO_OPERATOR = "no_operator"
    OPERATOR_RESOLVING_ANOMALY = "operator_resolving_anomaly"
    WAITING = "waiting"

    @property
    def words(self) -> str:
        """As a person reads it: "No operator"."""
        return self.value.replace("_", " ").capitalize()


class DowntimeFact(StrEnum):
    """What is told of a downtime."""

    STARTED = "started"
    REASON_CHANGED = "reason_changed"
    ENDED = "ended"


_AS_EVENT = {
    DowntimeFact.STARTED: ChangeKind.STARTED,
    DowntimeFact.REASON_CHANGED: ChangeKind.CHANGED,
    DowntimeFact.ENDED: ChangeKind.FINISHED,
}


def detected_id(organisation: str, roi_name: str, detected_at_ms: int) -> str:
    """The same for the same region and start for ever, so that what is told twice is one downtime."""
    return str(uuid.uuid5(_NAMESPACE, f"{organisation}\0{roi_name}\0{detected_at_ms}"))


class DetectedDowntime(Entity):
    """[detected_at_ms, ended_at_ms) UTC, `ended_at_ms` None = it lasts. `reason_ms` says how much of it each reason had, in ms; together
    they are the downtime."""

    event_id: str
    line_name: str
    roi_name: str
    roi_title: str
    roi_api_name: str = ""
    machine_identifier: str | None = None
    detected_at_ms: int
    updated_at_ms: int
    ended_at_ms: int | None = None
    reason_ms: dict[ReasonLabel, int]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        latest_ms = self.detected_at_ms if self.ended_at_ms is None else self.ended_at_ms
        if not self.detected_at_ms <= latest_ms <= self.updated_at_ms:
            raise ValueError("a downtime is detected, then ends, then was updated last")
        if any(ms < 0 for ms in self.reason_ms.values()):
            raise ValueError("no reason lasts less than nothing")
        return self

    @classmethod
    def at(
        cls, roi: Roi, detected_at_ms: int, updated_at_ms: int, reason_ms: dict[ReasonLabel, int], ended_at_ms: int | None = None
    ) -> Self:
        """A downtime of a region, as far as it is known."""
        return cls(
            organisation=roi.organisation,
            event_id=detected_id(roi.organisation, roi.name, detected_at_ms),
            line_name=roi.line_name,
            roi_name=roi.name,
            roi_title=roi.title,
            roi_api_name=roi.api_name,
            machine_identifier=roi.machine_identifier,
            detected_at_ms=detected_at_ms,
            updated_at_ms=updated_at_ms,
            ended_at_ms=ended_at_ms,
            reason_ms=reason_ms,
        )

    @property
    def reasons(self) -> list[tuple[ReasonLabel, int]]:
        """Reasons with their ms, the longest first; of equal ones the one that is first in ReasonLabel."""
        order = list(ReasonLabel)
        return sorted(((label, ms) for label, ms in self.reason_ms.items() if ms), key=lambda held: (-held[1], order.index(held[0])))

    @property
    def main_reason(self) -> ReasonLabel:
        """What most of it was; waiting, before anything is known."""
        return self.reasons[0][0] if self.reasons else ReasonLabel.WAITING

    def ended(self, at_ms: int, now_ms: int) -> Self:
        """The same, over at a time (never before it was detected). What no reason has yet is its main reason's; what they have too much,
        because the clock was set back, is taken from the longest first."""
        end_ms = max(at_ms, self.detected_at_ms)
        reason_ms = dict(self.reason_ms)
        too_much_ms = sum(reason_ms.values()) - (end_ms - self.detected_at_ms)
        if too_much_ms < 0:
            reason_ms[self.main_reason] = reason_ms.get(self.main_reason, 0) - too_much_ms
        for label, ms in self.reasons:
            cut_ms = min(ms, max(0, too_much_ms))
            reason_ms[label] = reason_ms[label] - cut_ms
            too_much_ms -= cut_ms
        return self.model_copy(update={"ended_at_ms": end_ms, "updated_at_ms": max(now_ms, end_ms), "reason_ms": reason_ms})

    def event_change(self, kind: DowntimeFact, machine: str) -> EventChange:
        """The same on the timeline of its machine: an activity reason."""
        id_ = event_id(self.organisation, EventType.ACTIVITY_REASON, f"detected/{self.event_id}")
        event = Event(
            id=id_,
            organisation=self.organisation,
            type=EventType.ACTIVITY_REASON,
            machine=machine,
            start_ms=self.detected_at_ms,
            end_ms=self.ended_at_ms,
            label=self.main_reason.words,
        )
        return EventChange(kind=_AS_EVENT[kind], event=event)


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).isoformat()


def _shape(downtime: DetectedDowntime) -> dict[str, Any]:
    return {
        "event_id": downtime.event_id,
        "line_name": downtime.line_name,
        "roi_name": downtime.roi_name,
        "roi_title": downtime.roi_title,
        "roi_api_name": downtime.roi_api_name,
        "detected_at": _time(downtime.detected_at_ms),
        "updated_at": _time(downtime.updated_at_ms),
        "downtime_seconds": sum(ms for _, ms in downtime.reasons) / 1000,
        "downtime_reason": [{"label_name": label.value, "duration_seconds": ms / 1000} for label, ms in downtime.reasons],
    }


def downtime_json(downtime: DetectedDowntime) -> bytes:
    """The downtime as GET /api/v1/downtime answers it: times to the second with +00:00."""
    return json.dumps(_shape(downtime), ensure_ascii=False, separators=(",", ":")).encode()


def read_downtime_json(organisation: str, stored: bytes, detected_at_ms: int, ended_at_ms: int | None) -> DetectedDowntime:
    """The downtime of such JSON, whose times have no milliseconds, and of the exact ones. The machine is not in it."""
    said = json.loads(stored)
    updated_ms = round(datetime.fromisoformat(said["updated_at"]).timestamp() * 1000)
    return DetectedDowntime(
        organisation=organisation,
        event_id=said["event_id"],
        line_name=said["line_name"],
        roi_name=said["roi_name"],
        roi_title=said["roi_title"],
        roi_api_name=said["roi_api_name"],
        detected_at_ms=detected_at_ms,
        updated_at_ms=max(updated_ms, detected_at_ms, ended_at_ms or 0),
        ended_at_ms=ended_at_ms,
        reason_ms={ReasonLabel(part["label_name"]): round(1000 * part["duration_seconds"]) for part in said["downtime_reason"]},
    )


def downtime_fact(kind: DowntimeFact, downtime: DetectedDowntime) -> bytes:
    """A fact of the channel of its line: {"type", "downtime"}; the downtime as the read has it, and `ended_at`."""
    ended = None if downtime.ended_at_ms is None else _time(downtime.ended_at_ms)
    said = {"type": kind.value, "downtime": {**_shape(downtime), "ended_at": ended}}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
