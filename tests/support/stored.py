"""Small things to store in tests."""

from storage.entities.event import Event, EventType, event_id
from storage.entities.session import Session

AT_MS = 1_748_339_400_000
"""2025-05-27T09:50:00Z."""


def session(organisation: str, record_id: str = "record-1", station: str = "station-1", **fields: object) -> Session:
    """A session at its first step."""
    return Session.model_validate(
        {
            "organisation": organisation,
            "id": record_id,
            "station_id": station,
            "machine": "MACHINE_001",
            "assembly_id": "assembly-1",
            "operator_id": "operator-1",
            "step_id": 1,
            "step_started_at_ms": AT_MS,
            "started_at_ms": AT_MS,
            "last_activity_at_ms": AT_MS,
            **fields,
        }
    )


def event(organisation: str, key: str = "cycle-1", start_ms: int = AT_MS, end_ms: int | None = None, **fields: object) -> Event:
    """An event of MACHINE_001; the same key gives the same id."""
    type_ = EventType(str(fields.get("type", EventType.CYCLE)))
    named = {"id": event_id(organisation, type_, key), "organisation": organisation, "type": type_, "machine": "MACHINE_001"}
    return Event.model_validate({**named, "start_ms": start_ms, "end_ms": end_ms, **fields})
