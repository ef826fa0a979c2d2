"""Machines of the floor: machines.create, machines.list, machines.get, machines.change."""

import asyncio
from typing import Any

from storage.entities.event import Event, EventChange, EventType, event_id
from storage.entities.user import Role
from tests.support.downtime import HOUR_MS, make_machine, make_record, now_ms, text
from tests.support.hub import RunningHub

MACHINES = "/api/v1/machines"
PRESS = {"name": "Press 4", "machine_identifier": "PRESS-4", "protocol": "opc_ua", "location": "Hall 2", "line_name": "L21"}


async def listed(hub: RunningHub, **query: Any) -> list[str]:
    """Identifiers, in the order listed."""
    answer = await (await hub.as_role())("GET", MACHINES, query=query)
    assert answer.status == 200, answer.body
    return [machine["machine_identifier"] for machine in answer.json()["items"]]


async def status(hub: RunningHub, machine_id: str) -> str:
    return str((await (await hub.as_role())("GET", f"{MACHINES}/{machine_id}")).json()["status"])


async def put_event(hub: RunningHub, type_: EventType, start_ms: int, end_ms: int | None, machine: str = "PRESS-4") -> None:
    id_ = event_id(hub.organisation, type_, f"{machine}/{start_ms}")
    event = Event(id=id_, organisation=hub.organisation, type=type_, machine=machine, start_ms=start_ms, end_ms=end_ms)
    await hub.store.events.record([EventChange.started(event) if end_ms is None else EventChange.finished(event)])


async def test_a_machine_is_made_read_and_changed(hub: RunningHub) -> None:
    client = await hub.as_role(Role.OPERATOR)
    made = await client("POST", MACHINES, PRESS)
    assert made.status == 201
    machine = made.json()
    assert {**machine, "id": "", "created_at": "", "updated_at": ""} == {
        "id": "",
        **PRESS,
        "status": "offline",
        "is_active": True,
        "created_at": "",
        "updated_at": "",
    }
    assert (await (await hub.as_role())("GET", f"{MACHINES}/{machine['id']}")).json() == machine
    changed = (await client("PATCH", f"{MACHINES}/{machine['id']}", {"name": "Press four", "location": None})).json()
    assert changed == machine | {"name": "Press four", "location": None, "updated_at": changed["updated_at"]}
    assert (await (await hub.as_role())("GET", MACHINES)).json() == {
        "items": [changed],
        "total": 1,
        "page": 1,
        "page_size": 20,
        "total_pages": 1,
    }


async def test_an_identifier_is_there_once_also_when_it_is_taken_twice_at_once(hub: RunningHub, other_organisation: str) -> None:
    client = await hub.as_role(Role.OPERATOR)
    answers = await asyncio.gather(*(client("POST", MACHINES, PRESS) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert {answer.body for answer in answers if answer.status == 409} == {b'{"detail":"Another machine has this machine_identifier."}'}
    assert (await (await hub.as_role(Role.OPERATOR, other_organisation))("POST", MACHINES, PRESS)).status == 201


async def test_an_archived_machine_is_left_out_of_events_unless_it_is_named(hub: RunningHub) -> None:
    machine_id = await make_machine(hub)
    start_ms = now_ms() - HOUR_MS
    await put_event(hub, EventType.CYCLE, start_ms, start_ms + 1000)
    client = await hub.as_role(Role.OPERATOR)
    archived = await client("PATCH", f"{MACHINES}/{machine_id}", {"is_active": False})
    assert archived.json()["is_active"] is False
    window = {"from": text(start_ms), "to": text(start_ms + 1000)}
    assert (await client("GET", "/api/v1/events", query=window)).json() == []
    assert len((await client("GET", "/api/v1/events", query={**window, "machine_foreign_ids": "PRESS-4"})).json()) == 1
    assert await listed(hub) == ["PRESS-4"]
    await client("PATCH", f"{MACHINES}/{machine_id}", {"is_active": True})
    assert len((await client("GET", "/api/v1/events", query=window)).json()) == 1


async def test_a_machine_is_as_its_timeline_says(hub: RunningHub) -> None:
    machine_id = await make_machine(hub)
    at_ms = now_ms()
    await put_event(hub, EventType.CYCLE, at_ms - HOUR_MS, at_ms - HOUR_MS // 2)
    await put_event(hub, EventType.SHIFT_PERIOD, at_ms - HOUR_MS, at_ms + HOUR_MS)
    assert await status(hub, machine_id) == "offline"
    await put_event(hub, EventType.STEP, at_ms - HOUR_MS, at_ms - 60_000)
    assert await status(hub, machine_id) == "healthy"
    planned = await make_record(hub, machine_id, category="planned", started_at=text(at_ms - HOUR_MS))
    assert await status(hub, machine_id) == "warning"
    unplanned = await make_record(hub, machine_id)
    assert await status(hub, machine_id) == "critical"
    client = await hub.as_role(Role.OPERATOR)
    for record, after in ((unplanned, "warning"), (planned, "healthy")):
        await client("POST", f"{MACHINES}/{machine_id}/downtime/{record['id']}/end")
        assert await status(hub, machine_id) == after
    await put_event(hub, EventType.ACTIVITY_REASON, at_ms - 1000, None)
    assert await status(hub, machine_id) == "warning"


async def test_machines_are_searched_sorted_filtered_and_paged(hub: RunningHub) -> None:
    for identifier, name, line in (("M-1", "lathe", "L2"), ("M-2", "Press", "L1"), ("M-3", "Äxte", None), ("M-4", "Press", "L2")):
        await make_machine(hub, identifier, name=name, line_name=line)
    broken = (await (await hub.as_role())("GET", MACHINES, query={"search": "M-4"})).json()["items"][0]
    await make_record(hub, broken["id"])
    assert sorted(await listed(hub, sort_by="name")) == ["M-1", "M-2", "M-3", "M-4"]
    assert (await listed(hub))[0] == "M-1"
    assert (await listed(hub, sort_dir="desc"))[-1] == "M-1"
    assert await listed(hub, sort_by="machine_identifier", sort_dir="desc") == ["M-4", "M-3", "M-2", "M-1"]
    assert await listed(hub, sort_by="line_name") == ["M-3", "M-2", "M-1", "M-4"]
    assert await listed(hub, sort_by="created_at") == ["M-1", "M-2", "M-3", "M-4"]
    assert (await listed(hub, sort_by="status"))[0] == "M-4"
    assert (await listed(hub, sort_by="status", sort_dir="desc"))[-1] == "M-4"
    assert await listed(hub, search="äXT") == ["M-3"]
    assert sorted(await listed(hub, search="l2")) == ["M-1", "M-4"]
    assert await listed(hub, search="nowhere") == []
    assert await listed(hub, status="critical") == ["M-4"]
    assert len(await listed(hub, status="offline")) == 3
    assert await listed(hub, page_size=3, page=2, sort_by="machine_identifier") == ["M-4"]
    shown = (await (await hub.as_role())("GET", MACHINES, query={"status": "offline", "page_size": 2, "page": 2})).json()
    assert (len(shown["items"]), shown["total"], shown["total_pages"]) == (1, 3, 2)


async def test_what_does_not_fit_is_named(hub: RunningHub) -> None:
    machine_id, client = await make_machine(hub), await hub.as_role(Role.OPERATOR)
    for field, value in (
        ("name", ""),
        ("name", "x" * 201),
        ("name", None),
        ("protocol", "telepathy"),
        ("protocol", None),
        ("machine_identifier", ""),
        ("machine_identifier", "has space"),
        ("machine_identifier", "a,b"),
        ("machine_identifier", "line-end\n"),
        ("machine_identifier", "a:b"),
        ("machine_identifier", "a{b}"),
        ("machine_identifier", "x" * 101),
        ("machine_identifier", 7),
        ("location", ""),
        ("colour", "red"),
    ):
        answers = [await client("POST", MACHINES, {**PRESS, "machine_identifier": "P5", field: value})]
        answers.append(await client("PATCH", f"{MACHINES}/{machine_id}", {field: value}))
        for answer in answers:
            assert (answer.status, answer.json()["detail"][0]["loc"]) == (422, ["body", field]), (field, value, answer.body)
    for field, value in (("status", "tired"), ("search", "x" * 201), ("sort_by", "colour"), ("sort_dir", "up"), ("page", 0), ("size", 3)):
        answer = await client("GET", MACHINES, query={field: value})
        assert (answer.status, answer.json()["detail"][0]["loc"]) == (422, ["query", field]), field
    assert await listed(hub) == ["PRESS-4"]


async def test_another_organisation_s_machine_is_not_there(hub: RunningHub, other_organisation: str) -> None:
    machine_id = await make_machine(hub)
    elsewhere = await hub.as_role(Role.ADMIN, other_organisation)
    for unknown in (machine_id, machine_id.upper(), "x", "%2e%2e", "takt:{x}"):
        for method, body in (("GET", None), ("PATCH", {"is_active": False})):
            answer = await elsewhere(method, f"{MACHINES}/{unknown}", body)
            assert (answer.status, answer.json()) == (404, {"detail": "Machine not found."}), unknown
    assert (await elsewhere("GET", MACHINES)).json()["items"] == []
    viewer = await hub.as_role(Role.VIEWER)
    assert (await viewer("POST", MACHINES, PRESS)).status == 403
    assert (await viewer("PATCH", f"{MACHINES}/{machine_id}", {"name": "x"})).status == 403


async def test_of_changes_at_once_none_is_lost_without_being_told(hub: RunningHub) -> None:
    machine_id, client = await make_machine(hub), await hub.as_role(Role.OPERATOR)
    answers = await asyncio.gather(*(client("PATCH", f"{MACHINES}/{machine_id}", {"name": f"Name {n}"}) for n in range(6)))
    assert {answer.status for answer in answers} <= {200, 409}
    stored = await hub.store.machines.get(hub.organisation, machine_id)
    assert stored.version == sum(answer.status == 200 for answer in answers)
