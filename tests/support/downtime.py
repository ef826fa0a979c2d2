"""Machines and downtime records for tests."""

import time
import uuid
from datetime import UTC, datetime
from typing import Any

from storage.connection import Store
from storage.entities.downtime_record import Category, DowntimeRecord
from storage.entities.machine import Machine
from storage.entities.user import Role
from tests.support.hub import RunningHub

HOUR_MS = 3_600_000
BEARING = {"reason": "Unplanned bearing failure", "category": "unplanned", "started_at": "2026-04-04T08:15:00Z"}
"""The source's own example, without its reason code."""


def now_ms() -> int:
    """Milliseconds UTC."""
    return time.time_ns() // 1_000_000


def text(at_ms: float) -> str:
    """A moment as a request says it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


async def make_machine(hub: RunningHub, identifier: str = "PRESS-4", **fields: Any) -> str:
    """The id of a new machine."""
    body = {"name": identifier.title(), "machine_identifier": identifier, "protocol": "opc_ua", **fields}
    answer = await (await hub.as_role(Role.OPERATOR))("POST", "/api/v1/machines", body)
    assert answer.status == 201, answer.body
    return str(answer.json()["id"])


async def make_record(hub: RunningHub, machine_id: str, **fields: Any) -> dict[str, Any]:
    """A record as it is answered: the source's example with other fields."""
    client = await hub.as_role(Role.OPERATOR)
    answer = await client("POST", f"/api/v1/machines/{machine_id}/downtime", {**BEARING, **fields})
    assert answer.status == 201, answer.body
    shown: dict[str, Any] = answer.json()
    return shown


async def store_record(
    store: Store, machine: Machine, start_ms: int, end_ms: int | None, category: Category = Category.UNPLANNED, **fields: Any
) -> DowntimeRecord:
    """A record past the doors."""
    record = DowntimeRecord(
        organisation=machine.organisation,
        id=str(uuid.uuid4()),
        machine_id=machine.id,
        reason="Jam",
        category=category,
        started_at_ms=start_ms,
        ended_at_ms=end_ms,
        created_at_ms=now_ms(),
        updated_at_ms=now_ms(),
    ).model_copy(update=fields)
    await store.downtime_records.add(machine, record, "token:test")
    return record
