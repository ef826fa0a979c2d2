"""Devices and how they are now: devices.put, devices.list, devices.status."""

import asyncio
from typing import Any

import pytest

from storage.entities.user import Role
from tests.support.devices import NOW_MS, add_device, make_apps
from tests.support.floor import device
from tests.support.hub import RunningHub


async def test_a_device_is_made_then_replaced_and_told_in_the_envelope_of_the_surface(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    made = await admin("PUT", "/api/v1/devices/101", device())
    assert (made.status, made.json()) == (201, {"status": True, "message": "Success", "data": {"id": 101, **device()}})
    changed = {**device(), "name": "Exit Camera", "network": {"id": 2, "name": "B"}, "heartbeat_seconds": 60}
    assert (await admin("PUT", "/api/v1/devices/101", changed)).status == 200
    listed = await admin("GET", "/api/v1/devices")
    assert (listed.json()["data"], listed.headers["x-total-count"]) == ([{"id": 101, **changed}], "1")


BAD: list[tuple[str, dict[str, Any]]] = [
    ("101", {"heartbeat_seconds": 0}),
    ("101", {"heartbeat_seconds": 3601}),
    ("101", {"heartbeat_seconds": "10"}),
    ("101", {"heartbeat_seconds": 10.5}),
    ("101", {"heartbeat_seconds": True}),
    ("101", {"time_zone": "Moon/Crater"}),
    ("101", {"time_zone": "../../etc/passwd"}),
    ("101", {"time_zone": ""}),
    ("101", {"name": ""}),
    ("101", {"name": "x" * 201}),
    ("101", {"network": 7}),
    ("101", {"network": {"id": 0, "name": "Takt"}}),
    ("101", {"site": {"id": 1}}),
    ("101", {"location": None}),
    ("101", {"colour": "red"}),
    ("0", {}),
    ("-1", {}),
    ("abc", {}),
    ("status", {}),
    ("1e3", {}),
    ("9007199254740992", {}),
]


async def test_what_does_not_fit_is_refused_and_makes_nothing(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    for number, change in BAD:
        answer = await admin("PUT", f"/api/v1/devices/{number}", {**device(), **change})
        assert (answer.status, answer.json()["error_code"]) == (400, "INVALID_PARAM"), (number, change)
    assert (await admin("GET", "/api/v1/devices")).json()["data"] == []


async def test_a_field_that_is_left_out_is_named(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    for name in device():
        answer = await admin("PUT", "/api/v1/devices/101", {key: value for key, value in device().items() if key != name})
        assert (answer.status, name in answer.json()["message"]) == (400, True)


async def test_a_token_sees_the_devices_of_its_networks_alone(hub: RunningHub, other_organisation: str) -> None:
    for number, network in ((101, 1), (102, 2), (103, 3), (104, 1)):
        await add_device(hub.store, hub.organisation, number, network=network)
    await add_device(hub.store, other_organisation, 101, network=1)
    viewer = hub.http.signed(await hub.hub.auth.issue_token(hub.organisation, Role.VIEWER, (1, 3)))
    for path in ("/api/v1/devices", "/api/v1/devices/status"):

        async def seen(query: Any = None, path: str = path) -> list[int]:
            answer = await viewer("GET", path, query=query)
            assert answer.headers["x-total-count"] == str(len(answer.json()["data"]))
            return sorted(found["id"] for found in answer.json()["data"])

        assert await seen() == [101, 103, 104]
        assert await seen({"network_ids": "3"}) == [103]
        assert await seen([("network_ids[]", "1"), ("network_ids[]", "3")]) == [101, 103, 104]
        forbidden = await viewer("GET", path, query={"network_ids": "1,2"})
        assert (forbidden.status, forbidden.json()["error_code"]) == (403, "FORBIDDEN_NETWORKS")
        bad = await viewer("GET", path, query={"network_ids": "one"})
        assert (bad.status, bad.json()["error_code"]) == (400, "INVALID_PARAM")
        unscoped = await (await hub.as_role(Role.SUPERVISOR))("GET", path)
        assert (unscoped.status, unscoped.json()["error_code"]) == (403, "INSUFFICIENT_SCOPE")
        assert len((await (await hub.as_role(Role.ADMIN))("GET", path)).json()["data"]) == 4


async def test_two_who_make_the_same_device_at_once_get_one_device(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    answers = await asyncio.gather(*(admin("PUT", "/api/v1/devices/7", {**device(), "name": f"Name {n}"}) for n in range(6)))
    assert {answer.status for answer in answers} <= {200, 201, 409}
    assert [answer.status for answer in answers].count(201) == 1
    assert all(answer.json()["error_code"] == "CONFLICT" for answer in answers if answer.status == 409)
    assert len((await admin("GET", "/api/v1/devices")).json()["data"]) == 1


async def test_the_status_tells_who_is_still_heard(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    apps = await make_apps(hub.store, hub.organisation)
    await add_device(hub.store, hub.organisation, 102)
    await apps.beat(NOW_MS, code="gone")
    await apps.beat(NOW_MS + 60_000, "stopped", code="here")
    monkeypatch.setattr("hub.api.devices.now_ms", lambda: NOW_MS + 61_000)
    admin = await hub.as_role(Role.ADMIN)
    before = (await admin("GET", "/api/v1/devices/status")).json()["data"]
    with_apps, without = before
    assert (without["id"], without["online"], without["hb_last_seen_at"], without["apps"]) == (102, False, None, [])
    assert (with_apps["online"], with_apps["hb_last_seen_at"]) == (True, "2026-03-30T06:31:00.000Z")
    gone = {"status": "running", "since": "2026-03-30T06:30:00.000Z", "hb_last_seen_at": "2026-03-30T06:30:00.000Z", "source": "heartbeat"}
    assert with_apps["apps"][0] == {"app": {"code": "gone"}, "online": False, "current_status": gone}
    assert (with_apps["apps"][1]["online"], with_apps["apps"][1]["current_status"]["status"]) == (True, "stopped")
    await hub.hub.device_apps.close_silent(hub.organisation, NOW_MS + 61_000)
    assert (await admin("GET", "/api/v1/devices/status")).json()["data"] == before
