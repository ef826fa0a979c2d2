"""What has been coached, assembly by assembly."""

from typing import Any

from hub.protocol.coaching_message import timestamp
from storage.entities.session import Session, SessionState

RECORDS_SHOWN = 10


def history_of(sessions: list[Session], names: dict[str, str]) -> dict[str, Any]:
    """All coached assemblies with how often and how well, and their newest records. `sessions` come newest first."""
    by_assembly: dict[str, list[Session]] = {}
    for session in sessions:
        by_assembly.setdefault(session.assembly_id, []).append(session)
    return {"assemblies": [_assembly(id_, names.get(id_, ""), records) for id_, records in by_assembly.items()]}


def _assembly(assembly_id: str, name: str, records: list[Session]) -> dict[str, Any]:
    states = [session.state for session in records]
    return {
        "assembly_id": assembly_id,
        "name": name or records[0].assembly_name,
        "coached": len(records),
        "completed": states.count(SessionState.COMPLETE),
        "cancelled": states.count(SessionState.CANCELLED),
        "running": states.count(SessionState.ACTIVE) + states.count(SessionState.PAUSED),
        "last_coached_at": timestamp(records[0].started_at_ms),
        "records": [_record(session) for session in records[:RECORDS_SHOWN]],
    }


def _record(session: Session) -> dict[str, Any]:
    return {
        "assembly_record_id": session.id,
        "station_id": session.station_id,
        "operator_id": session.operator_id,
        "status": session.state.value,
        "started_at": timestamp(session.started_at_ms),
        "finished_at": None if session.finished_at_ms is None else timestamp(session.finished_at_ms),
        "steps_done": sum(result.status.value == "COMPLETE" for result in session.results),
        "wrong_seen": session.wrong_seen,
    }
