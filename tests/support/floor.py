"""A floor with one of everything that the timeline services know, made through their own doors."""

import time
from dataclasses import dataclass, field
from typing import Any

from storage.entities.user import Role
from tests.support.hub import RunningHub

HOUR_S = 3600
PASSWORD = "a long enough password 1"


def iso(at_s: float) -> str:
    """The time as the services take it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s))


@dataclass
class Floor:
    """Ids of what was made, by the name of the place in an address; `now_s` is when."""

    now_s: float
    ids: dict[str, str] = field(default_factory=dict)
    email: str = ""

    def ago(self, hours: float) -> str:
        """A time so many hours before the floor was made."""
        return iso(self.now_s - hours * HOUR_S)


async def make_floor(hub: RunningHub) -> Floor:
    """Makes it in the hub's own organisation."""
    floor = Floor(time.time())
    ask = await hub.as_role(Role.ADMIN)

    async def made(method: str, path: str, body: dict[str, Any]) -> Any:
        answer = await ask(method, path, body)
        assert answer.status in (200, 201), (method, path, answer.status, answer.body)
        return answer.json()

    await made("PUT", "/api/v1/stations/bench-1", {"name": "Bench 1", "camera": "push", "line_name": "L21"})
    machine = await made(
        "POST", "/api/v1/machines", {"name": "Press 4", "machine_identifier": "PRESS-4", "protocol": "opc_ua", "line_name": "L21"}
    )
    code = await made("POST", "/api/v1/reason-codes", {"code": "BRG", "name": "Bearing"})
    stop = {"reason": "Bearing", "category": "unplanned", "started_at": floor.ago(2), "ended_at": floor.ago(1)}
    ended = await made("POST", f"/api/v1/machines/{machine['id']}/downtime", stop)
    stop = {"reason": "Tool change", "category": "changeover", "started_at": floor.ago(0.5)}
    record = await made("POST", f"/api/v1/machines/{machine['id']}/downtime", stop)
    await made("PUT", "/api/v1/rois/L21_3", region())
    await made("PUT", "/api/v1/devices/101", device())
    await made("POST", "/api/v1/device-apps/101/aam/heartbeat", {"status": "running"})
    posted = {"type": "step", "machine_foreign_id": "PRESS-4", "from": floor.ago(3), "label": "PART123"}
    event = await made("POST", "/api/v1/events", posted)
    await made("PUT", "/api/v1/shift-patterns/early", shifts())
    key = await made("POST", "/api/v1/api-keys", {"name": "gauge", "role": "read-write"})
    floor.email = f"worker-{hub.organisation}@example.test"
    account = {"email": floor.email, "full_name": "A Worker", "role": "viewer", "password": PASSWORD}
    user = await made("POST", "/api/v1/auth/users", account)
    floor.ids = {
        "machine_id": machine["id"],
        "code_id": code["id"],
        "ended_id": ended["id"],
        "record_id": record["id"],
        "roi_name": "L21_3",
        "deviceId": "101",
        "appCode": "aam",
        "event_id": event["id"],
        "name": "early",
        "key_id": key["id"],
        "key": key["key"],
        "user_id": user["id"],
        "chart_type": "machine_hours",
    }
    return floor


def region() -> dict[str, Any]:
    """A region of interest in the picture of bench-1."""
    return {
        "line_name": "L21",
        "roi_title": "Stanice 3",
        "roi_api_name": "L21_3",
        "station_id": "bench-1",
        "machine_foreign_id": "PRESS-4",
        "polygon": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]],
        "idle_after_seconds": 5,
        "resume_after_seconds": 1,
    }


def device() -> dict[str, Any]:
    """The device of the source's example."""
    return {
        "name": "Store Entrance Camera",
        "network": {"id": 1, "name": "Retail Network A"},
        "site": {"id": 5, "name": "CBD Store"},
        "location": {"id": 12, "name": "Entrance"},
        "time_zone": "Europe/Prague",
        "heartbeat_seconds": 10,
    }


def shifts() -> dict[str, Any]:
    """The early shift of every day."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    weekly = [{"day": day, "start": "06:00", "end": "14:00"} for day in days]
    return {"time_zone": "Europe/Prague", "machine_foreign_ids": ["PRESS-4"], "weekly": weekly}
