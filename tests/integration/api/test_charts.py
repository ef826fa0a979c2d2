"""Charts and states of machines over REST: charts.show and machine_activities.list, from the intervals that everybody writes."""

import time
from typing import Any

import pytest

from hub.services import machine_bars, timeline_reader
from hub.timestamps import iso
from storage.entities.event import EventType
from storage.entities.user import Role
from tests.support.http import Answer
from tests.support.hub import RunningHub

T0 = "2025-05-27T10:00:00Z"
WINDOW = {"from": T0, "to": "2025-05-27T12:00:00Z"}
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
REQUIRED = {"error": "from and to are required ISO8601 timestamps"}
# type, machine, minutes from T0, minutes to (None = in flight), label
FLOOR: list[tuple[str, str, int, int | None, str]] = [
    ("cycle", "A", -30, 30, "PART1"),
    ("step", "A", 20, 40, "Screw"),
    ("activity_reason", "A", 10, 20, "Tool change"),
    ("cycle", "A", 60, 90, "PART1"),
    ("cycle", "B", 0, 120, "PART2"),
    ("step", "B", 30, 45, "Screw"),
    ("activity_reason", "B", 90, 150, "No material"),
    ("shift_period", "B", 0, 60, "early"),
]


def minute(minutes: int) -> str:
    return iso(1_748_340_000_000 + minutes * 60_000)


async def make_floor(hub: RunningHub) -> None:
    client = await hub.as_role(Role.OPERATOR)
    events = [
        {"type": t, "machine_foreign_id": m, "from": minute(a), "to": None if b is None else minute(b), "label": label}
        for t, m, a, b, label in FLOOR
    ]
    assert (await client("POST", "/api/v1/events", events)).status == 201


async def chart(hub: RunningHub, chart_type: str, **query: Any) -> Answer:
    return await (await hub.as_role())("GET", f"/api/v1/charts/{chart_type}", query={**WINDOW, **query})


async def activities(hub: RunningHub, **query: Any) -> Answer:
    return await (await hub.as_role())("GET", "/api/v1/machine_activities", query={**WINDOW, **query})


async def test_activities_are_contiguous_and_cover_the_window(hub: RunningHub) -> None:
    await make_floor(hub)
    rows = (await activities(hub)).json()
    spans = [(r["machine_foreign_id"], r["from"][11:16], r["to"][11:16], r["status"], r["duration_seconds"]) for r in rows]
    assert spans == [
        ("A", "10:00", "10:10", "active", 600),
        ("A", "10:10", "10:20", "idle", 600),
        ("A", "10:20", "10:40", "active", 1200),
        ("A", "10:40", "11:00", "idle", 1200),
        ("A", "11:00", "11:30", "active", 1800),
        ("A", "11:30", "12:00", "idle", 1800),
        ("B", "10:00", "11:30", "active", 5400),
        ("B", "11:30", "12:00", "off", 1800),
    ]
    only = (await activities(hub, **{"machine_foreign_ids[]": ["B", "NO-SUCH"]})).json()
    assert only == rows[6:]


async def test_a_machine_with_a_pattern_is_off_on_a_day_without_a_shift(hub: RunningHub) -> None:
    await hub.store.machines.ensure(hub.organisation, "A")
    pattern = {"time_zone": "UTC", "machine_foreign_ids": ["A"], "weekly": [{"day": "mon", "start": "06:00", "end": "14:00"}]}
    assert (await (await hub.as_role(Role.ADMIN))("PUT", "/api/v1/shift-patterns/mondays", pattern)).status == 201
    [row] = (await activities(hub)).json()
    assert (row["status"], row["from"], row["to"]) == ("off", T0, "2025-05-27T12:00:00Z")


async def test_activities_end_now_and_what_is_in_flight_lasts_until_then(hub: RunningHub) -> None:
    now_ms = time.time_ns() // 1_000_000
    event = {"type": "cycle", "machine_foreign_id": "A", "from": iso(now_ms - HOUR_MS), "label": "PART1"}
    assert (await (await hub.as_role(Role.OPERATOR))("POST", "/api/v1/events", event)).status == 201
    window = {"from": iso(now_ms - 2 * HOUR_MS), "to": iso(now_ms + HOUR_MS)}
    rows = (await activities(hub, **window)).json()
    assert [row["status"] for row in rows] == ["idle", "active"]
    assert abs(rows[-1]["duration_seconds"] - 3600) < 20
    assert (await activities(hub, **{"from": iso(now_ms + HOUR_MS), "to": iso(now_ms + 2 * HOUR_MS)})).json() == []


CHARTS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "machine_hours": (
        "hours",
        [
            {"name": "active", "points": [["A", 1.0], ["B", 1.5]]},
            {"name": "idle", "points": [["A", 1.0], ["B", 0.0]]},
            {"name": "off", "points": [["A", 0.0], ["B", 0.5]]},
        ],
    ),
    "downtime_reason": ("hours", [{"name": "downtime", "points": [["No material", 0.5], ["Tool change", 0.1667]]}]),
    "shift_breakdown": (
        "hours",
        [
            {"name": "active", "points": [["early", 1.0]]},
            {"name": "stopped", "points": [["early", 0.0]]},
            {"name": "idle", "points": [["early", 0.0]]},
        ],
    ),
    "cycle": ("seconds", [{"name": "A", "points": [[minute(60), 1800.0]]}, {"name": "B", "points": [[T0, 7200.0]]}]),
    "step_cycle": ("seconds", [{"name": "Screw", "points": [[minute(20), 1200.0], [minute(30), 900.0]]}]),
}


async def test_charts_say_what_the_intervals_say(hub: RunningHub) -> None:
    await make_floor(hub)
    for chart_type, (unit, series) in CHARTS.items():
        answer = await chart(hub, chart_type)
        assert answer.status == 200
        assert answer.json() == {"chart_type": chart_type, **WINDOW, "unit": unit, "series": series}, chart_type
    for chart_type, unit in (("machine_utilisation", "percent"), ("downtime_analysis", "hours")):
        said = (await chart(hub, chart_type)).json()
        assert (said["unit"], [each["name"] for each in said["series"]]) == (unit, ["A", "B"])
        assert said["series"][0]["points"][0][0] == T0
    hours = sum(value for _, value in (await chart(hub, "downtime_analysis", machine_foreign_ids="B")).json()["series"][0]["points"])
    assert hours == pytest.approx(0.5, abs=0.001)


async def test_reasons_have_the_category_of_their_downtime_record(hub: RunningHub) -> None:
    await make_floor(hub)
    machine = await hub.store.machines.by_identifier(hub.organisation, "A")
    assert machine is not None
    stop = {"reason": "Bearing", "category": "maintenance", "started_at": minute(90), "ended_at": minute(105)}
    client = await hub.as_role(Role.OPERATOR)
    assert (await client("POST", f"/api/v1/machines/{machine.id}/downtime", stop)).status == 201
    [series] = (await chart(hub, "downtime_reason_category")).json()["series"]
    shares = dict(series["points"])
    assert shares.pop("maintenance") == 0.25
    assert sum(shares.values()) == pytest.approx(0.6667, abs=0.0002)


async def test_a_chart_that_is_none_is_not_found_in_the_source_s_words(hub: RunningHub) -> None:
    for chart_type in ("pie_of_lunch", "__init__", "Cycle"):
        answer = await chart(hub, chart_type)
        assert (answer.status, answer.json()) == (404, {"message": "Chart not found"})


async def test_windows_that_are_none_or_too_long_are_refused(hub: RunningHub) -> None:
    wrong: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"from": "noon"}, REQUIRED),
        ({"to": ""}, REQUIRED),
        ({"to": T0}, {"error": "to must be after from"}),
    ]
    for query, told in wrong:
        for answer in (await chart(hub, "cycle", **query), await activities(hub, **query)):
            assert (answer.status, answer.json()) == (422, told), query
    long = await activities(hub, to="2025-05-28T10:00:01Z")
    assert (long.status, long.json()) == (422, {"error": "the window between from and to must not be longer than 1 day"})
    assert (await chart(hub, "cycle", to="2025-06-27T10:00:00Z")).status == 200
    assert (await chart(hub, "cycle", to="2025-06-27T10:00:01Z")).status == 422


async def test_more_events_than_memory_is_for_are_refused(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_floor(hub)
    monkeypatch.setattr(timeline_reader, "INTERVALS_LIMIT", 7)
    answer = await chart(hub, "machine_hours")
    assert (answer.status, "shorter" in answer.json()["error"]) == (422, True)
    assert (await chart(hub, "machine_hours", machine_foreign_ids="A")).status == 200
    monkeypatch.setattr(timeline_reader, "MACHINES_LIMIT", 1)
    assert (await chart(hub, "downtime_reason")).status == 422


async def test_another_organisation_s_machines_are_not_drawn(hub: RunningHub, other_organisation: str) -> None:
    await make_floor(hub)
    stranger = await hub.as_role(Role.ADMIN, other_organisation)
    query = {**WINDOW, "machine_foreign_ids": "A"}
    assert (await stranger("GET", "/api/v1/machine_activities", query=query)).json() == []
    assert (await stranger("GET", "/api/v1/charts/cycle", query=query)).json()["series"] == []


async def test_an_interval_counts_once_however_many_portions_it_is_read_in(hub: RunningHub) -> None:
    client = await hub.as_role(Role.OPERATOR)
    day = {"type": "activity_reason", "machine_foreign_id": "A", "label": "Flood"}
    events = [{**day, "from": "2025-05-01T00:00:00Z", "to": "2025-05-31T00:00:00Z"}]
    events += [{**day, "from": f"2025-05-{n:02}T22:00:00Z", "to": f"2025-05-{n + 1:02}T02:00:00Z", "label": "Night"} for n in range(1, 30)]
    assert (await client("POST", "/api/v1/events", events)).status == 201
    answer = await chart(hub, "downtime_reason", **{"from": "2025-05-01T00:00:00Z", "to": "2025-06-01T00:00:00Z"})
    assert answer.json()["series"][0]["points"] == [["Flood", 720.0], ["Night", 116.0]]


def test_every_type_of_event_has_its_place_in_the_bars() -> None:
    assert machine_bars.Wanted().types == frozenset(EventType)
