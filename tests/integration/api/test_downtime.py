"""Downtime records: downtime.create, downtime.list, downtime.update, downtime.end."""

import asyncio
import json
from datetime import datetime
from typing import Any

import pytest

from storage.entities.detected_downtime import DetectedDowntime, ReasonLabel
from storage.entities.event import EventType, event_id
from storage.entities.roi import Roi
from storage.entities.user import Role
from tests.support.downtime import BEARING, HOUR_MS, make_machine, make_record, now_ms, text
from tests.support.http import Answer
from tests.support.hub import RunningHub

NOBODY = "00000000-0000-4000-8000-000000000000"


def path(machine_id: str, record_id: str | None = None, end: str = "") -> str:
    return f"/api/v1/machines/{machine_id}/downtime" + (f"/{record_id}{end}" if record_id else "")


async def put(hub: RunningHub, record: dict[str, Any], change: Any) -> Answer:
    return await (await hub.as_role(Role.OPERATOR))("PUT", path(record["machine_id"], record["id"]), change)


async def end(hub: RunningHub, record: dict[str, Any]) -> Answer:
    return await (await hub.as_role(Role.OPERATOR))("POST", path(record["machine_id"], record["id"], "/end"))


async def make_code(hub: RunningHub, code: str = "BRG", **fields: Any) -> str:
    answer = await (await hub.as_role(Role.ADMIN))("POST", "/api/v1/reason-codes", {"code": code, "name": "Bearing", **fields})
    return str(answer.json()["id"])


async def told(hub: RunningHub, record: dict[str, Any], machine: str = "PRESS-4") -> dict[str, Any]:
    """What the machine's timeline says of a record."""
    start = datetime.fromisoformat(record["started_at"]).timestamp() * 1000
    window = {"from": text(start), "to": text(start + 1000), "machine_foreign_ids": machine}
    events = (await (await hub.as_role(Role.VIEWER))("GET", "/api/v1/events", query=window)).json()
    wanted = event_id(hub.organisation, EventType.ACTIVITY_REASON, f"downtime/{record['id']}")
    (event,) = [event for event in events if event["id"] == wanted]
    return dict(event)


async def test_the_source_s_own_request_is_answered_with_the_record(hub: RunningHub) -> None:
    machine_id, code_id = await make_machine(hub), await make_code(hub)
    client = await hub.as_role(Role.OPERATOR)
    answer = await client("POST", path(machine_id), {**BEARING, "reason_code_id": code_id})
    assert answer.status == 201
    record = answer.json()
    assert list(record) == [
        *("id", "machine_id", "reason", "category", "reason_code_id"),
        *("started_at", "ended_at", "duration_seconds", "created_at", "updated_at"),
    ]
    assert record | {"id": "", "created_at": "", "updated_at": ""} == {
        "id": "",
        "machine_id": machine_id,
        "reason": "Unplanned bearing failure",
        "category": "unplanned",
        "reason_code_id": code_id,
        "started_at": "2026-04-04T08:15:00Z",
        "ended_at": None,
        "duration_seconds": None,
        "created_at": "",
        "updated_at": "",
    }
    assert record["created_at"] == record["updated_at"]
    assert record["created_at"].endswith("Z")
    listed = await (await hub.as_role(Role.VIEWER))("GET", path(machine_id))
    assert listed.json() == {"items": [record], "total": 1, "page": 1, "page_size": 20, "total_pages": 1}


async def test_fields_that_are_not_known_are_ignored_and_zones_are_understood(hub: RunningHub) -> None:
    machine_id = await make_machine(hub)
    record = await make_record(
        hub, machine_id, started_at="2026-04-04T10:15:00.250+02:00", ended_at="2026-04-04T09:15:00.250Z", shift="early", reason="  Jam  "
    )
    assert (record["started_at"], record["ended_at"]) == ("2026-04-04T08:15:00.250Z", "2026-04-04T09:15:00.250Z")
    assert (record["duration_seconds"], record["reason"]) == (3600, "Jam")


async def test_end_sets_the_end_to_now_and_a_second_end_is_refused(hub: RunningHub) -> None:
    record = await make_record(hub, await make_machine(hub), started_at=text(now_ms() - HOUR_MS))
    before_ms = now_ms()
    ended = await end(hub, record)
    shown = ended.json()
    assert ended.status == 200
    assert before_ms - 1 <= datetime.fromisoformat(shown["ended_at"]).timestamp() * 1000 <= now_ms()
    assert shown["duration_seconds"] == pytest.approx(3600, abs=5)
    again = await end(hub, record)
    assert (again.status, again.json()) == (409, {"detail": "This downtime has ended already."})
    assert (await (await hub.as_role())("GET", path(record["machine_id"]))).json()["items"] == [shown]


async def test_a_record_that_begins_within_the_clocks_skew_ends_when_it_starts_at_the_earliest(hub: RunningHub) -> None:
    record = await make_record(hub, await make_machine(hub), started_at=text(now_ms() + 30_000))
    assert (await end(hub, record)).json()["duration_seconds"] == 0


async def test_a_planned_end_in_the_future_can_be_brought_forward_once(hub: RunningHub) -> None:
    machine_id = await make_machine(hub)
    times = {"started_at": text(now_ms() - HOUR_MS), "ended_at": text(now_ms() + HOUR_MS)}
    record = await make_record(hub, machine_id, category="planned", **times)
    assert (await end(hub, record)).json()["duration_seconds"] == pytest.approx(3600, abs=5)
    assert (await end(hub, record)).status == 409


async def test_an_edit_keeps_what_it_does_not_name_and_the_earlier_versions(hub: RunningHub) -> None:
    machine_id, code_id = await make_machine(hub), await make_code(hub)
    record = await make_record(hub, machine_id, reason_code_id=code_id)
    changed = await put(hub, record, {"category": "planned", "ended_at": "2026-04-04T09:15:00Z"})
    assert changed.status == 200
    assert changed.json() == record | {
        "category": "planned",
        "ended_at": "2026-04-04T09:15:00Z",
        "duration_seconds": 3600,
        "updated_at": changed.json()["updated_at"],
    }
    assert changed.json()["updated_at"] > record["updated_at"]
    opened = (await put(hub, record, {"ended_at": None, "reason_code_id": None, "reason": "Bearing"})).json()
    assert (opened["ended_at"], opened["duration_seconds"], opened["reason_code_id"]) == (None, None, None)
    ended = (await end(hub, record)).json()
    history = [json.loads(fact) for fact in await hub.store.downtime_records.history(hub.organisation, machine_id, record["id"])]
    assert [fact["record"] for fact in history] == [record, changed.json(), opened, ended]
    assert [fact["type"] for fact in history] == ["recorded", "changed", "changed", "changed"]
    assert all(fact["by"].startswith("token:") and fact["at_ms"] <= now_ms() for fact in history)


async def test_an_edit_that_changes_nothing_makes_no_version(hub: RunningHub) -> None:
    record = await make_record(hub, await make_machine(hub))
    for change in ({}, {"reason": BEARING["reason"]}, record):
        answer = await put(hub, record, change)
        assert (answer.status, answer.json()) == (200, record)
    assert len(await hub.store.downtime_records.history(hub.organisation, record["machine_id"], record["id"])) == 1


async def test_a_record_is_an_activity_reason_of_its_machine_from_its_start_to_its_end(hub: RunningHub) -> None:
    record = await make_record(hub, await make_machine(hub))
    event = await told(hub, record)
    assert (event["type"], event["machine_foreign_id"], event["label"]) == ("activity_reason", "PRESS-4", "Unplanned bearing failure")
    assert (event["from"], event["to"]) == ("2026-04-04T08:15:00Z", None)
    start = await hub.store.events.position(hub.organisation, "PRESS-4")
    ended = (await end(hub, record)).json()
    assert (await told(hub, record))["to"] == ended["ended_at"]
    opened = (await put(hub, record, {"ended_at": None, "started_at": "2026-04-04T08:00:00Z", "reason": "Belt"})).json()
    event = await told(hub, opened)
    assert (event["from"], event["to"], event["label"]) == ("2026-04-04T08:00:00Z", None, "Belt")
    facts = (await hub.store.events.facts_since(hub.organisation, "PRESS-4", start.epoch, start.offset)).facts
    assert [json.loads(fact.fact)["type"] for fact in facts] == ["finished", "changed"]


LONG = "x" * 501
BAD: list[tuple[str, dict[str, Any]]] = [
    ("reason", {"reason": ""}),
    ("reason", {"reason": "   "}),
    ("reason", {"reason": LONG}),
    ("reason", {"reason": 7}),
    ("reason", {"reason": None}),
    ("category", {"category": "lunch"}),
    ("category", {"category": None}),
    ("started_at", {"started_at": "yesterday"}),
    ("started_at", {"started_at": 1_775_290_500}),
    ("started_at", {"started_at": "2026-04-04T08:15:00"}),
    ("started_at", {"started_at": "1969-12-31T23:59:59Z"}),
    ("started_at", {"started_at": "0001-01-01T00:00:00+14:00"}),
    ("started_at", {"started_at": "9999-12-31T23:59:59-14:00"}),
    ("started_at", {"started_at": None}),
    ("ended_at", {"ended_at": "2026-04-04T08:14:59Z"}),
    ("ended_at", {"ended_at": []}),
    ("reason_code_id", {"reason_code_id": NOBODY}),
    ("reason_code_id", {"reason_code_id": "*"}),
    ("reason_code_id", {"reason_code_id": "x" * 100_000}),
    ("reason_code_id", {"reason_code_id": 3}),
    ("detected_event_id", {"detected_event_id": NOBODY}),
]


async def test_what_cannot_be_is_refused_by_name_and_nothing_is_written(hub: RunningHub) -> None:
    machine_id = await make_machine(hub)
    record = await make_record(hub, machine_id)
    client = await hub.as_role(Role.OPERATOR)
    for field, wrong in [*BAD, ("started_at", {"started_at": text(now_ms() + 90_000)})]:
        answers = [await client("POST", path(machine_id), {**BEARING, **wrong})]
        if field != "detected_event_id":
            answers.append(await put(hub, record, wrong))
        for answer in answers:
            assert answer.status == 422, (wrong, answer.body)
            assert answer.json()["detail"][0]["loc"] == ["body", field], (wrong, answer.body)
            assert set(answer.json()["detail"][0]) == {"loc", "msg", "type"}
    for field in ("reason", "category", "started_at"):
        answer = await client("POST", path(machine_id), {key: value for key, value in BEARING.items() if key != field})
        assert (answer.status, answer.json()["detail"][0]["loc"]) == (422, ["body", field])
    assert (await client("POST", path(machine_id), raw=b"{")).json() == {"detail": "The body is not readable as JSON."}
    assert (await client("GET", path(machine_id))).json()["items"] == [record]


async def test_a_reason_code_that_is_switched_off_is_refused_but_stays_where_it_is(hub: RunningHub) -> None:
    machine_id, code_id = await make_machine(hub), await make_code(hub)
    record = await make_record(hub, machine_id, reason_code_id=code_id)
    await (await hub.as_role(Role.ADMIN))("PUT", f"/api/v1/reason-codes/{code_id}", {"is_active": False})
    refused = await (await hub.as_role(Role.OPERATOR))("POST", path(machine_id), {**BEARING, "reason_code_id": code_id})
    assert (refused.status, refused.json()["detail"][0]["loc"]) == (422, ["body", "reason_code_id"])
    kept = await put(hub, record, {"reason": "Bearing seized", "reason_code_id": code_id})
    assert (kept.status, kept.json()["reason_code_id"]) == (200, code_id)


async def test_another_organisation_s_machine_record_or_reason_code_is_not_there(hub: RunningHub, other_organisation: str) -> None:
    machine_id, code_id = await make_machine(hub), await make_code(hub)
    record = await make_record(hub, machine_id)
    elsewhere = await hub.as_role(Role.ADMIN, other_organisation)
    for method, address, body in (
        ("POST", path(machine_id), BEARING),
        ("GET", path(machine_id), None),
        ("PUT", path(machine_id, record["id"]), {"reason": "Mine"}),
        ("POST", path(machine_id, record["id"], "/end"), None),
        ("POST", path("no-uuid"), BEARING),
        ("GET", path("x" * 2000), None),
    ):
        answer = await elsewhere(method, address, body)
        assert (answer.status, answer.json()) == (404, {"detail": "Machine not found."}), address
    own = await elsewhere("POST", "/api/v1/machines", {"name": "Own", "machine_identifier": "PRESS-4", "protocol": "json"})
    for method, address in (("PUT", path(own.json()["id"], record["id"])), ("POST", path(own.json()["id"], record["id"], "/end"))):
        answer = await elsewhere(method, address, {})
        assert (answer.status, answer.json()) == (404, {"detail": "Downtime record not found."}), address
    assert (await elsewhere("POST", path(own.json()["id"]), {**BEARING, "reason_code_id": code_id})).status == 422
    assert (await elsewhere("GET", "/api/v1/fleet/downtime")).json()["items"] == []
    assert (await (await hub.as_role())("GET", path(machine_id))).json()["items"] == [record]


async def test_a_record_is_found_only_under_its_own_machine(hub: RunningHub) -> None:
    record = await make_record(hub, await make_machine(hub))
    other = await make_machine(hub, "PRESS-5")
    assert (await put(hub, {**record, "machine_id": other}, {"reason": "x"})).status == 404
    assert (await end(hub, {**record, "machine_id": other})).status == 404


async def test_viewers_read_and_change_nothing(hub: RunningHub) -> None:
    record = await make_record(hub, await make_machine(hub))
    viewer = await hub.as_role(Role.VIEWER)
    own = path(record["machine_id"], record["id"])
    for method, address in (("POST", path(record["machine_id"])), ("PUT", own), ("POST", f"{own}/end")):
        answer = await viewer(method, address, BEARING)
        assert (answer.status, answer.json()) == (403, {"detail": "This needs the role operator; you have viewer."})
        assert (await hub.http(method, address, BEARING)).status == 401


async def test_of_several_ends_at_once_one_counts(hub: RunningHub) -> None:
    machine_id = await make_machine(hub)
    for _ in range(5):
        record = await make_record(hub, machine_id)
        answers = await asyncio.gather(*(end(hub, record) for _ in range(4)))
        assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
        history = await hub.store.downtime_records.history(hub.organisation, machine_id, record["id"])
        assert len(history) == 2


async def test_of_edits_at_once_none_is_lost_without_being_told(hub: RunningHub) -> None:
    record = await make_record(hub, await make_machine(hub))
    answers = await asyncio.gather(*(put(hub, record, {"reason": f"Reason {n}"}) for n in range(8)))
    done = [answer.json() for answer in answers if answer.status == 200]
    assert done
    assert {answer.status for answer in answers} <= {200, 409}
    history = await hub.store.downtime_records.history(hub.organisation, record["machine_id"], record["id"])
    versions = [json.loads(fact)["record"] for fact in history]
    assert sorted(versions[1:], key=str) == sorted(done, key=str)
    assert (await (await hub.as_role())("GET", path(record["machine_id"]))).json()["items"] == [versions[-1]]
    assert (await told(hub, record))["label"] == versions[-1]["reason"]


async def seen_by_a_camera(hub: RunningHub, machine: str, end_ms: int) -> DetectedDowntime:
    """A downtime of an hour that a camera saw and that is over."""
    start_ms = end_ms - HOUR_MS
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    roi = Roi(
        organisation=hub.organisation,
        name="L21_3",
        line_name="L21",
        title="Stanice 3",
        station_id="bench-1",
        machine_identifier=machine,
        polygon=corners,
        idle_after_s=5,
        resume_after_s=1,
        created_at_ms=start_ms,
        updated_at_ms=start_ms,
    )
    await hub.store.rois.add(roi)
    downtime = DetectedDowntime.at(roi, start_ms, end_ms, {ReasonLabel.WAITING: HOUR_MS}, end_ms)
    return await hub.store.detected_downtimes.record(downtime, roi.version)


async def test_a_record_confirms_a_downtime_that_a_camera_saw_once(hub: RunningHub) -> None:
    machine_id, other = await make_machine(hub), await make_machine(hub, "PRESS-5")
    seen = await seen_by_a_camera(hub, "PRESS-4", now_ms() - HOUR_MS)
    reliability = f"/api/v1/machines/{machine_id}/mttr-mtbf"
    assert (await (await hub.as_role())("GET", reliability)).json()["total_failures"] == 0
    times = {"started_at": text(seen.detected_at_ms), "ended_at": text(seen.updated_at_ms)}
    client = await hub.as_role(Role.OPERATOR)
    body = {**BEARING, **times, "detected_event_id": seen.event_id}
    of_another = await client("POST", path(other), body)
    assert (of_another.status, of_another.json()["detail"][0]["loc"]) == (422, ["body", "detected_event_id"])
    answers = await asyncio.gather(*(client("POST", path(machine_id), body) for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    (record,) = [answer.json() for answer in answers if answer.status == 201]
    assert record["detected_event_id"] == seen.event_id
    assert await hub.store.detected_downtimes.confirmed_by(hub.organisation, seen.event_id) == record["id"]
    assert (await (await hub.as_role())("GET", reliability)).json() | {"uptime_hours": 0, "method": ""} == {
        "mttr_hours": 1.0,
        "mtbf_hours": 90 * 24 - 1,
        "total_failures": 1,
        "total_repairs": 1,
        "uptime_hours": 0,
        "method": "",
    }
    changed = await put(hub, record, {"reason": "Belt"})
    assert changed.json()["detected_event_id"] == seen.event_id
