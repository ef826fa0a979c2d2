"""Jobs clocked on and off: step_events.clock and step_events.list, with the figures of their cycles and parts."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from hub.jobs.reported import forget_reported
from hub.services import timeline_reader
from hub.services.step_events import StepEventsService
from hub.timestamps import iso, parse_iso
from storage.entities.user import Role
from tests.support.http import Answer, HttpClient
from tests.support.hub import RunningHub

T0_MS = 1_750_237_200_000
"""2025-06-18T09:00:00Z"""
WEEK = {"from": "2025-06-16", "to": "2025-06-23"}
JOB = {
    "machine_display_name": "Machine1",
    "start": "2025-06-18T09:00:00Z",
    "user_email": "user@example.com",
    "part_unique_identifier": "1677723",
    "recipe_version": "1",
    "step_number": "10",
    "step_expected_cycle_time": 120,
    "step_expected_setup_time": 30,
    "qty_expected": 15,
    "wo_number": "WO-123",
}
KEYS = (
    "id tzrange started_at ended_at eventable_type eventable_id machine_id cycle_count minimum_cycle_time median_cycle_time "
    "maximum_cycle_time total_in_cycle_time part_count time_to_first_part_count minimum_time_between_part_counts "
    "maximum_time_between_part_counts median_time_between_part_counts load_time total_part_count_time total_dead_time metadata "
    "machine_name display_name range"
)


def minute(minutes: float) -> str:
    return iso(T0_MS + round(minutes * 60_000))


async def clock(hub: RunningHub, **changes: Any) -> Answer:
    fields = {name: value for name, value in {**JOB, **changes}.items() if value != "left out"}
    return await (await hub.as_role(Role.OPERATOR))("POST", "/api/v1/step_events", {"step_event": fields})


async def listed(hub: RunningHub, **query: Any) -> list[dict[str, Any]]:
    answer = await (await hub.as_role())("GET", "/api/v1/step_events", query={**WEEK, **query})
    assert answer.status == 200, answer.body
    return list(answer.json())


async def timeline(hub: RunningHub) -> list[tuple[str, str, str | None, str]]:
    query = {"from": minute(-600), "to": minute(600), "types": "work_order_operation"}
    found = (await (await hub.as_role())("GET", "/api/v1/events", query=query)).json()
    return [(each["machine_foreign_id"], each["from"][11:16], each["to"] and each["to"][11:16], each["label"]) for each in found]


async def report(hub: RunningHub, rows: Sequence[tuple[str, float, float | None]], machine: str = "Machine1") -> None:
    events = [
        {"type": t, "machine_foreign_id": machine, "from": minute(a), "to": None if b is None else minute(b), "label": "x"}
        for t, a, b in rows
    ]
    assert (await (await hub.as_role(Role.OPERATOR))("POST", "/api/v1/events", events)).status == 201


async def test_a_job_is_clocked_on_and_off_in_the_source_s_own_shape(hub: RunningHub) -> None:
    answer = await clock(hub)
    assert answer.status == 200
    row = answer.json()
    assert list(row) == KEYS.split()
    machine = await hub.store.machines.by_identifier(hub.organisation, "Machine1")
    assert machine is not None
    said = {
        "tzrange": "2025-06-18 09:00:00 UTC...Infinity",
        "started_at": "2025-06-18T09:00:00.000Z",
        "ended_at": None,
        "eventable_type": "Step",
        "machine_id": machine.id,
        "metadata": {"work_order_id": "WO-123", "quantity_expected": "15"},
        "machine_name": "Machine1",
        "display_name": "1677723 Op10",
        "range": "2025-06-18 09:00:00 UTC...Infinity",
    }
    assert {name: row[name] for name in said} == said
    assert await timeline(hub) == [("Machine1", "09:00", None, "WO-123")]
    off = (await clock(hub, finish="2025-06-18T11:30:00Z")).json()
    assert (off["id"], off["ended_at"], off["range"]) == (
        row["id"],
        "2025-06-18T11:30:00.000Z",
        "2025-06-18 09:00:00 UTC...2025-06-18 11:30:00 UTC",
    )
    assert await timeline(hub) == [("Machine1", "09:00", "11:30", "WO-123")]
    assert await listed(hub) == [off]


async def test_the_figures_are_those_of_the_machine_s_cycles_and_parts(hub: RunningHub) -> None:
    await clock(hub, finish=minute(60))
    await report(hub, [("cycle", -5, -1), ("cycle", 5, 10), ("cycle", 12, 20), ("cycle", 25, 32), ("part_count", 10, 10)])
    await report(hub, [("part_count", 20, 20), ("part_count", 33, 33), ("part_count", -1, -1), ("part_count", 61, 61)])
    await report(hub, [("cycle", 0, 60)], machine="Machine2")
    [row] = await listed(hub)
    assert {name: row[name] for name in KEYS.split()[7:20]} == {
        "cycle_count": 3,
        "minimum_cycle_time": 300,
        "median_cycle_time": 420,
        "maximum_cycle_time": 480,
        "total_in_cycle_time": 1200,
        "part_count": 3,
        "time_to_first_part_count": 600,
        "minimum_time_between_part_counts": 600,
        "maximum_time_between_part_counts": 780,
        "median_time_between_part_counts": 690,
        "load_time": 420,
        "total_part_count_time": 1980,
        "total_dead_time": 1980,
    }


async def test_the_same_job_again_changes_nothing(hub: RunningHub) -> None:
    first = (await clock(hub)).json()
    answers = await asyncio.gather(*(clock(hub) for _ in range(4)))
    assert {answer.json()["id"] for answer in answers} == {first["id"]}
    off = (await clock(hub, finish=minute(30))).json()
    assert (await clock(hub)).json() == off
    assert len(await timeline(hub)) == 1


async def test_the_job_in_flight_ends_where_the_next_one_starts(hub: RunningHub) -> None:
    await clock(hub)
    await clock(hub, start=minute(60), wo_number="WO-124")
    await clock(hub, start=minute(30), wo_number="WO-9", machine_display_name="Machine2")
    now = [("Machine1", "09:00", "10:00", "WO-123"), ("Machine2", "09:30", None, "WO-9"), ("Machine1", "10:00", None, "WO-124")]
    assert await timeline(hub) == now
    # One that is told late ends where the next one started, and ends nothing.
    await clock(hub, start=minute(-60), wo_number="WO-122")
    assert await timeline(hub) == [("Machine1", "08:00", "09:00", "WO-122"), *now]
    # A whole job of the past ends nothing either.
    await clock(hub, start=minute(-90), finish=minute(-80), wo_number="WO-121")
    assert await timeline(hub) == [("Machine1", "07:30", "07:40", "WO-121"), ("Machine1", "08:00", "09:00", "WO-122"), *now]


async def test_many_jobs_at_once_leave_one_in_flight(hub: RunningHub) -> None:
    answers = await asyncio.gather(*(clock(hub, start=minute(n), wo_number=f"WO-{n}") for n in range(6)))
    assert [answer.status for answer in answers] == [200] * 6
    assert [end for _, _, end, _ in await timeline(hub)] == ["09:01", "09:02", "09:03", "09:04", "09:05", None]


async def test_a_machine_is_found_by_its_name_or_identifier_or_made(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    machine = {"name": "Press 4", "machine_identifier": "P-4", "protocol": "json"}
    known = (await admin("POST", "/api/v1/machines", machine)).json()
    for name in ("Press 4", "P-4"):
        assert (await clock(hub, machine_display_name=name)).json()["machine_id"] == known["id"]
    made = [(await clock(hub, machine_display_name="Press [5]")).json() for _ in range(2)]
    assert (made[0]["machine_name"], made[0]["machine_id"]) == ("Press [5]", made[1]["machine_id"])
    new = await hub.store.machines.by_identifier(hub.organisation, "Press-5-")
    assert new is not None
    await admin("POST", "/api/v1/machines", {**machine, "machine_identifier": "P-4b"})
    several = await clock(hub, machine_display_name="Press 4")
    assert (several.status, "several" in several.json()["error"]) == (422, True)
    await admin("PATCH", f"/api/v1/machines/{new.id}", {"is_active": False})
    archived = await clock(hub, machine_display_name="Press-5-")
    assert (archived.status, "archived" in archived.json()["error"]) == (422, True)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"machine_display_name": ""}, "machine_display_name"),
    ({"machine_display_name": "x" * 101}, "machine_display_name"),
    ({"machine_display_name": "left out"}, "machine_display_name"),
    ({"start": "left out"}, "start"),
    ({"start": "noon"}, "start"),
    ({"finish": "2025-06-18T08:59:59Z"}, "to must be after from"),
    ({"finish": 7}, "finish"),
    ({"qty_expected": -1}, "qty_expected"),
    ({"qty_expected": "many"}, "qty_expected"),
    ({"step_expected_cycle_time": 1e12}, "step_expected_cycle_time"),
    ({"wo_number": "x" * 101}, "wo_number"),
    ({"user_email": ["a"]}, "user_email"),
    ({"colour": "red"}, "colour"),
]


async def test_a_job_that_does_not_fit_is_refused(hub: RunningHub) -> None:
    for changes, named in BAD:
        answer = await clock(hub, **changes)
        assert (answer.status, named in answer.json()["error"]) == (422, True), (changes, answer.body)
    client = await hub.as_role(Role.OPERATOR)
    bodies: list[dict[str, Any]] = [{}, {"step_event": None}, {"step_event": []}, {**JOB}]
    for body in bodies:
        assert (await client("POST", "/api/v1/step_events", body)).status == 422, body
    assert await hub.store.machines.count(hub.organisation) == 0


async def test_what_a_client_has_nothing_to_say_about_may_be_blank(hub: RunningHub) -> None:
    blank = {name: "" for name in JOB if name not in ("machine_display_name", "start")}
    row = (await clock(hub, **blank, finish=None)).json()
    assert (row["metadata"], row["display_name"]) == ({"work_order_id": "", "quantity_expected": ""}, "Job")
    numbers = (await clock(hub, start=minute(5), step_number=20, wo_number=7, part_unique_identifier=None, qty_expected="2.5")).json()
    assert (numbers["metadata"], numbers["display_name"]) == ({"work_order_id": "7", "quantity_expected": "2.5"}, "7 Op20")


async def test_machines_and_windows_choose_what_is_listed(hub: RunningHub) -> None:
    one, two = (await clock(hub)).json(), (await clock(hub, machine_display_name="Machine2", finish=minute(5))).json()
    assert [row["machine_name"] for row in await listed(hub, machine_ids=f"{two['machine_id']},NO-SUCH")] == ["Machine2"]
    assert [row["machine_name"] for row in await listed(hub, machine_ids="Machine1")] == ["Machine1"]
    assert [row["id"] for row in await listed(hub, **{"from": minute(5), "to": minute(6)})] == [one["id"]]
    assert await listed(hub, machine_ids="NO-SUCH") == []
    # Steps that nobody clocked on are listed too.
    await report(hub, [("step", 1, 2)], machine="Machine3")
    [step] = await listed(hub, machine_ids="Machine3")
    assert (step["display_name"], step["metadata"]) == ("x", {"work_order_id": "", "quantity_expected": ""})


async def test_the_window_is_this_week_unless_it_is_said(hub: RunningHub) -> None:
    at_ms = parse_iso("2025-06-18T09:00:00Z")
    weeks = {
        zone: StepEventsService(hub.store, zone, lambda: at_ms).this_week_ms() for zone in ("UTC", "Europe/Prague", "Pacific/Auckland")
    }
    assert {zone: iso(begins) for zone, begins in weeks.items()} == {
        "UTC": "2025-06-16T00:00:00Z",
        "Europe/Prague": "2025-06-15T22:00:00Z",
        "Pacific/Auckland": "2025-06-15T12:00:00Z",
    }
    answer = await (await hub.as_role())("GET", "/api/v1/step_events")
    assert (answer.status, answer.json()) == (200, [])


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"from": "x"}, "from and to are required ISO8601 timestamps"),
        ({"to": "2025-02-30"}, "from and to are required ISO8601 timestamps"),
        ({"to": "2025-06-16"}, "to must be after from"),
        ({"to": "2025-07-18"}, "the window between from and to must not be longer than 31 days"),
    ],
)
async def test_a_window_that_is_none_is_refused(hub: RunningHub, query: dict[str, str], told: str) -> None:
    answer = await (await hub.as_role())("GET", "/api/v1/step_events", query={**WEEK, **query})
    assert (answer.status, answer.json()) == (422, {"error": told})


async def test_more_events_than_memory_is_for_are_refused(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    await clock(hub, finish=minute(60))
    await report(hub, [("cycle", n, n + 1) for n in range(5)])
    monkeypatch.setattr(timeline_reader, "INTERVALS_LIMIT", 4)
    assert (await (await hub.as_role())("GET", "/api/v1/step_events", query=WEEK)).status == 422


async def test_only_the_newest_jobs_of_a_window_are_listed_over_many_portions(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.services.step_events.ROWS_LIMIT", 4)
    for machine in ("A", "B"):
        await report(hub, [("work_order_operation", n * 1440, n * 1440 + 10) for n in range(-2, 4)], machine=machine)
    await report(hub, [("work_order_operation", -14_400, 14_400)], machine="C")
    rows = await listed(hub)
    assert [(row["machine_name"], row["started_at"][:10]) for row in rows] == [
        (machine, day) for day in ("2025-06-20", "2025-06-21") for machine in sorted(("A", "B"), key=lambda m: _id(rows, m, day))
    ]
    assert len(await listed(hub, machine_ids="C")) == 1


def _id(rows: list[dict[str, Any]], machine: str, day: str) -> str:
    return next(str(row["id"]) for row in rows if row["machine_name"] == machine and row["started_at"].startswith(day))


async def test_another_organisation_neither_sees_nor_ends_a_job(hub: RunningHub, other_organisation: str) -> None:
    await clock(hub)
    stranger = await hub.as_role(Role.ADMIN, other_organisation)
    body = {"step_event": {**JOB, "start": minute(10)}}
    assert (await stranger("POST", "/api/v1/step_events", body)).status == 200
    assert [end for _, _, end, _ in await timeline(hub)] == [None]
    assert len(await listed(hub)) == 1


async def test_a_key_that_only_reads_clocks_nothing(hub: RunningHub) -> None:
    made = await (await hub.as_role(Role.ADMIN))("POST", "/api/v1/api-keys", {"name": "board", "role": "read-only"})
    answer = await HttpClient(hub.url, made.json()["key"])("POST", "/api/v1/step_events", {"step_event": JOB})
    assert (answer.status, answer.json()) == (403, {"error": "This API key does not have write permissions"})


async def test_what_retention_took_is_forgotten_whole(hub: RunningHub) -> None:
    await clock(hub, finish=minute(5))
    await clock(hub, start=minute(10))
    before_ms = T0_MS + 3_600_000
    assert await hub.store.events.trim(hub.organisation, "Machine1", before_ms) == 1
    assert await forget_reported(hub.store, 1) >= 2
    assert [row["display_name"] for row in await listed(hub)] == ["1677723 Op10"]
    assert await hub.store.step_events.count(hub.organisation) == 1
