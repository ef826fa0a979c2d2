"""Uptime of apps from their heartbeats: device_apps.uptime, device_apps.beat."""

import time
from urllib.parse import quote

import pytest

from hub.timestamps import parse_iso
from storage.connection import Store
from storage.entities.user import Role
from tests.support.devices import DAY_MS, HOUR_MS, NOW_MS, add_device, make_apps
from tests.support.hub import RunningHub

UPTIME = "/api/v1/device-apps/101/viana-core/uptime"
BEAT = "/api/v1/device-apps/101/viana-core/heartbeat"
# The source's own example.
EXAMPLE = {
    "status": True,
    "message": "Success",
    "data": {
        "app": {"code": "viana-core"},
        "device": {"id": 101, "name": "Store Entrance Camera"},
        "network": {"id": 1, "name": "Retail Network A"},
        "site": {"id": 5, "name": "CBD Store"},
        "location": {"id": 12, "name": "Entrance"},
        "window": {"from": "2026-03-30T00:00:00.000Z", "to": "2026-03-30T06:30:00.000Z", "window_seconds": 23400},
        "summary": {"running_seconds": 21600, "stopped_seconds": 1800, "uptime_pct": 92.31, "interval_count": 3},
        "current_status": {
            "status": "running",
            "since": "2026-03-30T05:00:00.000Z",
            "hb_last_seen_at": "2026-03-30T06:29:50.000Z",
            "source": "heartbeat",
        },
    },
}


async def beat_example(hub: RunningHub) -> None:
    """Beats every four minutes, silent twice for a quarter of an hour; 900 s are more than three periods, 240 s are not."""
    apps = await make_apps(hub.store, hub.organisation, period_s=240)
    for begin, end in (("00:00:00", "02:20:00"), ("02:35:00", "04:45:00"), ("05:00:00", "06:29:50")):
        from_ms, to_ms = (parse_iso(f"2026-03-30T{clock}Z") for clock in (begin, end))
        for at_ms in [*range(from_ms, to_ms, 240_000), to_ms]:
            await apps.beat(at_ms, code="viana-core")


async def test_the_source_s_example_is_answered_to_the_letter(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    await beat_example(hub)
    monkeypatch.setattr("hub.api.device_apps.now_ms", lambda: NOW_MS)
    client = await hub.as_role(Role.ADMIN)
    for query in (None, {"from": "2026-03-30T00:00:00Z"}, {"from": "2026-03-30T02:00:00+02:00", "to": "2026-03-30T06:30:00.000Z"}):
        answer = await client("GET", UPTIME, query=query)
        assert (answer.status, answer.json()) == (200, EXAMPLE)
    later = await client("GET", UPTIME, query={"to": "2026-03-30T23:00:00Z"})
    assert later.json() == EXAMPLE


async def test_the_example_is_the_same_when_the_silent_runs_were_swept(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    await beat_example(hub)
    assert await hub.hub.device_apps.close_silent(hub.organisation, NOW_MS) == 0
    monkeypatch.setattr("hub.api.device_apps.now_ms", lambda: NOW_MS + 3_600_000)
    query = {"from": "2026-03-30T00:00:00Z", "to": "2026-03-30T07:30:00Z"}
    client = await hub.as_role(Role.ADMIN)
    before = (await client("GET", UPTIME, query=query)).json()["data"]
    assert before["summary"] == {"running_seconds": 21590, "stopped_seconds": 5410, "uptime_pct": 79.96, "interval_count": 3}
    assert before["current_status"] == EXAMPLE["data"]["current_status"]  # type: ignore[index]
    assert await hub.hub.device_apps.close_silent(hub.organisation, NOW_MS + 3_600_000) == 1
    assert (await client("GET", UPTIME, query=query)).json()["data"] == before


async def test_a_beat_is_answered_with_its_run_and_seen_at_once(hub: RunningHub) -> None:
    await add_device(hub.store, hub.organisation)
    operator = hub.http.signed(await hub.hub.auth.issue_token(hub.organisation, Role.OPERATOR, (1,)))
    told = (await operator("POST", BEAT, {"status": "running"})).json()
    assert (told["status"], told["message"], told["data"]["app"], told["data"]["device"]["id"]) == (
        True,
        "Success",
        {"code": "viana-core"},
        101,
    )
    status = told["data"]["current_status"]
    assert status == {"status": "running", "since": status["since"], "hb_last_seen_at": status["since"], "source": "heartbeat"}
    seen = (await operator("GET", UPTIME)).json()["data"]
    assert (seen["summary"]["interval_count"], seen["current_status"]) == (1, status)
    stopped = (await operator("POST", BEAT, {"status": "stopped"})).json()["data"]["current_status"]
    assert (stopped["status"], stopped["since"] > status["since"]) == ("stopped", True)
    assert (await operator("GET", UPTIME)).json()["data"]["summary"]["interval_count"] == 2


async def test_an_app_that_was_not_heard_in_the_window_has_no_status(hub: RunningHub) -> None:
    apps = await make_apps(hub.store, hub.organisation)
    await apps.beat(NOW_MS, code="viana-core")
    client = await hub.as_role(Role.ADMIN)
    query = {"from": "2026-03-29T00:00:00Z", "to": "2026-03-30T00:00:00Z"}
    for app in ("viana-core", "never-heard"):
        data = (await client("GET", f"/api/v1/device-apps/101/{app}/uptime", query=query)).json()["data"]
        assert data["current_status"] is None
        assert data["summary"] == {"running_seconds": 0, "stopped_seconds": 86400, "uptime_pct": 0.0, "interval_count": 0}


BAD = [
    ("abc", "aam", {}),
    ("1.5", "aam", {}),
    ("٣", "aam", {}),
    (" 1", "aam", {}),
    ("99999999999999999999", "aam", {}),
    ("101", "a" * 65, {}),
    ("101", "sp ace", {}),
    ("101", "aam", {"from": "noon"}),
    ("101", "aam", {"from": "2026-03-30"}),
    ("101", "aam", {"from": "2026-03-30T00:00:00"}),
    ("101", "aam", {"from": ""}),
    ("101", "aam", {"from": "0001-01-01T00:00:00+14:00"}),
    ("101", "aam", {"to": "x" * 10_000}),
    ("101", "aam", {"from": "2026-03-30T06:00:00Z", "to": "2026-03-30T06:00:00Z"}),
    ("101", "aam", {"from": "2026-03-30T07:00:00Z", "to": "2026-03-30T06:00:00Z"}),
    ("101", "aam", {"from": "2999-01-01T00:00:00Z", "to": "2999-01-02T00:00:00Z"}),
]


async def test_what_does_not_fit_is_invalid_param_before_the_scope_is_looked_at(hub: RunningHub) -> None:
    await add_device(hub.store, hub.organisation)
    viewer = await hub.as_role(Role.VIEWER)
    for device, app, query in BAD:
        answer = await viewer("GET", f"/api/v1/device-apps/{quote(device)}/{quote(app)}/uptime", query=query)
        assert (answer.status, answer.json()["error_code"]) == (400, "INVALID_PARAM"), (device, app, query)
        assert set(answer.json()) == {"status", "message", "error_code"}


async def test_each_refusal_has_the_code_of_the_surface(hub: RunningHub, other_organisation: str) -> None:
    await add_device(hub.store, hub.organisation)
    issue = hub.hub.auth.issue_token
    tokens = {
        "none": None,
        "wrong": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
        "no networks": await issue(hub.organisation, Role.SUPERVISOR),
        "another network": await issue(hub.organisation, Role.VIEWER, (2, 3)),
        "another organisation": await issue(other_organisation, Role.ADMIN),
        "its network": await issue(hub.organisation, Role.VIEWER, (3, 1)),
        "an admin": await issue(hub.organisation, Role.ADMIN),
    }
    told = {}
    for who, token in tokens.items():
        answer = await hub.http.signed(token)("GET", UPTIME)
        told[who] = (answer.status, answer.json().get("error_code"))
    assert told == {
        "none": (401, "MISSING_TOKEN"),
        "wrong": (401, "INVALID_TOKEN"),
        "no networks": (403, "INSUFFICIENT_SCOPE"),
        "another network": (404, "NOT_FOUND"),
        "another organisation": (404, "NOT_FOUND"),
        "its network": (200, None),
        "an admin": (200, None),
    }
    absent = await hub.http.signed(tokens["its network"])("GET", UPTIME.replace("101", "102"))
    hidden = await hub.http.signed(tokens["another network"])("GET", UPTIME)
    assert (absent.status, absent.body) == (404, hidden.body)
    assert (await hub.http.signed(tokens["its network"])("POST", BEAT, {"status": "running"})).json()["error_code"] == "INSUFFICIENT_SCOPE"


async def test_networks_that_were_withdrawn_since_the_token_are_forbidden(hub: RunningHub) -> None:
    await add_device(hub.store, hub.organisation)
    admin, email = await hub.as_role(Role.ADMIN), f"v@{hub.organisation}.test"
    account = {"email": email, "full_name": "V", "role": "viewer", "password": "0123456789", "network_ids": [1]}
    user = (await admin("POST", "/api/v1/auth/users", account)).json()
    signed_in = (await hub.http("POST", "/api/v1/auth/login", {"email": email, "password": "0123456789"})).json()
    viewer = hub.http.signed(signed_in["access_token"])
    assert (await viewer("GET", UPTIME)).status == 200
    await admin("PATCH", f"/api/v1/auth/users/{user['id']}", {"network_ids": []})
    answer = await viewer("GET", UPTIME)
    assert (answer.status, answer.json()["error_code"]) == (403, "FORBIDDEN_NETWORKS")


async def test_a_beat_that_does_not_fit_is_refused_and_counts_for_nothing(hub: RunningHub) -> None:
    await add_device(hub.store, hub.organisation)
    admin = await hub.as_role(Role.ADMIN)
    for body in ({}, {"status": "asleep"}, {"status": None}, {"status": ["running"]}, {"status": "running", "at": 1}):
        answer = await admin("POST", BEAT, body)
        assert (answer.status, answer.json()["error_code"]) == (400, "INVALID_PARAM"), body
    assert (await admin("GET", UPTIME)).json()["data"]["summary"]["interval_count"] == 0


async def test_takt_s_own_device_takes_no_beats_from_outside_and_a_device_takes_no_more_apps_than_it_may(hub: RunningHub) -> None:
    apps = await make_apps(hub.store, hub.organisation)
    admin = await hub.as_role(Role.ADMIN)
    assert (await admin("POST", "/api/v1/device-apps/0/webserver/heartbeat", {"status": "running"})).status == 400
    for number in range(64):
        await apps.beat(NOW_MS, code=f"app-{number}")
    over = await admin("POST", BEAT, {"status": "running"})
    assert (over.status, over.json()["error_code"]) == (409, "CONFLICT")
    assert (await admin("POST", BEAT.replace("viana-core", "app-7"), {"status": "running"})).status == 200


async def test_a_long_window_is_answered_exactly_and_soon(store: Store, organisation: str) -> None:
    apps = await make_apps(store, organisation, period_s=3600)
    begin_ms = parse_iso("2025-01-01T00:00:00Z")
    for day in range(366):
        for hours in (23.5, 24.5):
            await apps.beat(begin_ms + day * DAY_MS + round(hours * HOUR_MS))
    began = time.monotonic()
    found = await apps.uptime(0, begin_ms + 366 * DAY_MS)
    assert time.monotonic() - began < 2
    # An hour each night, the last of which reaches over the edge of what was asked.
    assert (found.figures.interval_count, found.figures.running_ms) == (366, 366 * HOUR_MS - HOUR_MS // 2)
