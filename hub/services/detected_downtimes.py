"""Downtime that cameras saw, read back."""

import time
from dataclasses import dataclass
from typing import Any

import orjson

from hub.errors import Invalid
from hub.timestamps import parse_iso
from storage.connection import Store
from storage.entities.detected_downtime import ReasonLabel
from storage.facts import Position

ANSWER_LIMIT = 10_000
"""Downtimes in one answer: about 4 MB."""
DETECTIONS_DAYS = 10
_DAY_MS = 86_400_000

REQUIRED = "since is a required ISO 8601 UTC timestamp"
TOO_MANY = f"there are more than {ANSWER_LIMIT} downtime events: ask from a later since or updated_at"


@dataclass(frozen=True, slots=True)
class Downtimes:
    """A bare array as ready JSON, and of one line the position that its channel continues from."""

    json: bytes
    position: Position | None


class DetectedDowntimesService:
    """Reads the detected downtimes of an organisation."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def since(self, organisation: str, since_ms: int, updated_ms: int | None, line: str | None = None) -> Downtimes:
        """Downtimes detected (and, if asked for, updated) at or after a time, ordered by detected_at. Raises Invalid beyond the limit."""
        # Before the state: what comes in between is then told twice, not never.
        position = None if line is None else await self._store.detected_downtimes.position(organisation, line)
        found = await self._found(organisation, since_ms, updated_ms, line)
        return Downtimes(b"[" + b",".join(found) + b"]", position)

    async def detections(self, organisation: str, since_ms: int | None, updated_ms: int | None) -> list[dict[str, Any]]:
        """The same, one row for every reason; the last ten days unless a time is given. Raises Invalid beyond the limit."""
        from_ms = int(time.time() * 1000) - DETECTIONS_DAYS * _DAY_MS if since_ms is None else since_ms
        rows: list[dict[str, Any]] = []
        for stored in await self._found(organisation, from_ms, updated_ms, None):
            downtime = orjson.loads(stored)
            rows += [_row(downtime, reason) for reason in downtime["downtime_reason"]]
        return rows

    async def _found(self, organisation: str, since_ms: int, updated_ms: int | None, line: str | None) -> list[bytes]:
        found = await self._store.detected_downtimes.since(organisation, since_ms, updated_ms, ANSWER_LIMIT, line)
        if not found.complete:
            raise Invalid(TOO_MANY, field="since")
        return found.json


def parse_since(text: str | None) -> int:
    """Milliseconds UTC of the required parameter. Raises Invalid."""
    try:
        return parse_iso(text or "")
    except Invalid as error:
        raise Invalid(REQUIRED, field="since") from error


def parse_optional(name: str, text: str | None) -> int | None:
    """Milliseconds UTC of an optional one. Raises Invalid naming it."""
    try:
        return None if text is None else parse_iso(text)
    except Invalid as error:
        raise Invalid(f"{name} is an ISO 8601 UTC timestamp", field=name) from error


def _row(downtime: dict[str, Any], reason: dict[str, Any]) -> dict[str, Any]:
    kept = ("event_id", "line_name", "roi_name", "roi_title", "roi_api_name")
    label = reason["label_name"]
    return {
        **{field: downtime[field] for field in kept},
        "label_name": label,
        "label_title": ReasonLabel(label).words,
        "detected_at": downtime["detected_at"],
        "updated_at": downtime["updated_at"],
        "duration_seconds": reason["duration_seconds"],
        "downtime_seconds": downtime["downtime_seconds"],
    }
