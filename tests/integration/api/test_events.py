"""The timeline over REST: events.list, exactly as its source and with our additions."""

from collections.abc import Sequence
from typing import Any

from storage import keys
from storage.commit import Commit
from storage.entities.event import Event, EventChange, EventType, event_id
from storage.entities.user import Role
from storage.interval import StoredInterval
from tests.support.http import Answer
from tests.support.hub import RunningHub

HOUR_MS = 3_600_000
T0_MS = 1_748_340_000_000
"""2025-05-27T10:00:00Z."""

REQUIRED = {"error": "from and to are required ISO8601 timestamps"}
WINDOW = {"from": "2025-05-27T08:00:00Z", "to": "2025-05-27T16:00:00Z"}


async def put(hub: RunningHub, machine: str, type_: EventType, start_ms: int, end_ms: int | None, label: str = "") -> Event:
    await hub.store.machines.ensure(hub.organisation, machine)
    id_ = event_id(hub.organisation, type_, f"{machine}/{start_ms}")
    event = Event(id=id_, organisation=hub.organisation, type=type_, machine=machine, start_ms=start_ms, end_ms=end_ms, label=label)
    await hub.store.events.record([EventChange.started(event) if end_ms is None else EventChange.finished(event)])
    return event


async def ask(hub: RunningHub, query: Sequence[tuple[str, str]] | dict[str, Any], **headers: str) -> Answer:
    return await (await hub.as_role(Role.VIEWER))("GET", "/api/v1/events", query=query, headers=headers)


async def test_the_answer_has_the_source_s_very_shape(hub: RunningHub) -> None:
    step = await put(hub, "MACHINE_001", EventType.STEP, T0_MS, T0_MS + 5_400_000, "PART123")
    reason = await put(hub, "MACHINE_001", EventType.ACTIVITY_REASON, T0_MS + 5_400_000, None, "Tool change")
    answer = await ask(hub, {**WINDOW, "machine_foreign_ids[]": ["MACHINE_001", "MACHINE_002"], "types": ["step", "activity_reason"]})
    assert answer.json() == [
        {
            "id": step.id,
            "type": "step",
            "machine_foreign_id": "MACHINE_001",
            "from": "2025-05-27T10:00:00Z",
            "to": "2025-05-27T11:30:00Z",
            "duration_seconds": 5400,
            "label": "PART123",
        },
        {
            "id": reason.id,
            "type": "activity_reason",
            "machine_foreign_id": "MACHINE_001",
            "from": "2025-05-27T11:30:00Z",
            "to": None,
            "duration_seconds": None,
            "label": "Tool change",
        },
    ]


FORMS: list[list[tuple[str, str]]] = [
    [("machine_foreign_ids", "A,B")],
    [("machine_foreign_ids", "A"), ("machine_foreign_ids", "B")],
    [("machine_foreign_ids[]", "A"), ("machine_foreign_ids[]", "B")],
    [("machine_foreign_ids[0]", "A"), ("machine_foreign_ids[1]", "B"), ("types[0]", "step")],
    [("machine_foreign_ids[]", "A"), ("machine_foreign_ids", "B,,"), ("types", "no_such_type")],
    [("machine_foreign_ids", "A,B"), ("types[]", "step"), ("types", "cycle,no_such_type")],
]


async def test_machines_and_types_may_come_in_every_form_and_unknown_types_are_ignored(hub: RunningHub) -> None:
    for machine in "ABC":
        await put(hub, machine, EventType.STEP, T0_MS, T0_MS + 1000)
    for query in FORMS:
        answer = await ask(hub, [*WINDOW.items(), *query])
        assert {event["machine_foreign_id"] for event in answer.json()} == {"A", "B"}, query


async def test_without_machines_all_are_meant_that_are_not_archived(hub: RunningHub) -> None:
    for machine in "AB":
        await put(hub, machine, EventType.CYCLE, T0_MS, T0_MS + 1000)
    archived = await hub.store.machines.by_identifier(hub.organisation, "B")
    assert archived is not None
    await hub.store.machines.save(archived.model_copy(update={"is_active": False}))
    assert [event["machine_foreign_id"] for event in (await ask(hub, WINDOW)).json()] == ["A"]
    named = await ask(hub, {**WINDOW, "machine_foreign_ids": "B"})
    assert [event["machine_foreign_id"] for event in named.json()] == ["B"]


async def test_an_event_is_in_the_window_when_it_touches_it(hub: RunningHub) -> None:
    from_ms, to_ms = T0_MS, T0_MS + HOUR_MS
    inside = [
        await put(hub, "M", EventType.CYCLE, from_ms - HOUR_MS, from_ms + 1, "reaches in"),
        await put(hub, "M", EventType.CYCLE, from_ms, from_ms, "point at the start"),
        await put(hub, "M", EventType.CYCLE, to_ms - 1, None, "open"),
    ]
    for start_ms, end_ms in ((from_ms - 2, from_ms), (to_ms, to_ms), (to_ms, None), (from_ms - 1, from_ms - 1)):
        await put(hub, "M", EventType.PART_COUNT, start_ms, end_ms, "outside")
    answer = await ask(hub, {"from": "2025-05-27T12:00:00+02:00", "to": "2025-05-27T11:00:00Z"})
    assert [event["id"] for event in answer.json()] == [event.id for event in inside]
    assert answer.json()[-1]["from"] == "2025-05-27T10:59:59.999Z"


WINDOWS: list[tuple[dict[str, str], dict[str, str]]] = [
    ({}, REQUIRED),
    ({"from": WINDOW["from"]}, REQUIRED),
    ({"from": "yesterday", "to": WINDOW["to"]}, REQUIRED),
    ({"from": "2025-05-27T08:00:00", "to": WINDOW["to"]}, REQUIRED),
    ({"from": "2025-13-27T08:00:00Z", "to": WINDOW["to"]}, REQUIRED),
    ({"from": WINDOW["to"], "to": WINDOW["from"]}, {"error": "to must be after from"}),
    ({"from": WINDOW["to"], "to": WINDOW["to"]}, {"error": "to must be after from"}),
    (
        {"from": "2025-05-27T08:00:00Z", "to": "2025-05-28T08:00:00.001Z"},
        {"error": "the window between from and to must not be longer than 1 day"},
    ),
]


async def test_a_window_that_is_none_is_refused_in_the_source_s_words(hub: RunningHub) -> None:
    for query, told in WINDOWS:
        answer = await ask(hub, query)
        assert (answer.status, answer.json()) == (422, told), query


async def test_a_day_is_not_too_long(hub: RunningHub) -> None:
    assert (await ask(hub, {"from": "2025-05-27T08:00:00Z", "to": "2025-05-28T08:00:00Z"})).json() == []


async def test_a_closed_window_is_answered_304_until_it_changes(hub: RunningHub) -> None:
    await put(hub, "M", EventType.CYCLE, T0_MS, T0_MS + 1000)
    first = await ask(hub, WINDOW)
    again = await ask(hub, WINDOW, **{"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    await put(hub, "M", EventType.CYCLE, T0_MS + 1, T0_MS + 1000)
    changed = await ask(hub, WINDOW, **{"If-None-Match": first.headers["etag"]})
    assert (changed.status, len(changed.json())) == (200, 2)


async def test_the_position_is_where_the_channel_goes_on(hub: RunningHub) -> None:
    await put(hub, "M", EventType.CYCLE, T0_MS, T0_MS + 1000)
    for query, channel in ((WINDOW, "*"), ({**WINDOW, "machine_foreign_ids": "M"}, "M")):
        headers = (await ask(hub, query)).headers
        since = await hub.store.events.facts_since(hub.organisation, channel, headers["takt-epoch"], headers["takt-offset"], 10)
        assert (since.recovered, since.facts) == (True, [])
    before = (await ask(hub, WINDOW)).headers
    await put(hub, "N", EventType.CYCLE, T0_MS, T0_MS + 1000)
    since = await hub.store.events.facts_since(hub.organisation, "*", before["takt-epoch"], before["takt-offset"], 10)
    assert len(since.facts) == 1


async def test_intervals_of_other_kinds_are_not_reached_by_the_names_of_their_lanes(hub: RunningHub) -> None:
    recorded = await hub.store.machines.ensure(hub.organisation, "M")
    owners = ((keys.DOWNTIME_RECORDS, recorded.id), (keys.HEARTBEATS, "101/aam"), (keys.DETECTED, "L21"))
    for kind, owner in owners:
        commit = Commit(hub.store.database, hub.organisation)
        commit.interval(keys.Lane(hub.organisation, kind, owner), StoredInterval("x", "step", T0_MS, None, b'{"id":"x"}'), b"{}")
        await commit.run()
    for kind, owner in owners:
        for query in (WINDOW, {**WINDOW, "unknown": "1"}):
            answer = await ask(hub, {**query, "machine_foreign_ids": f"{kind}:{owner}"})
            assert (answer.status, answer.body) == (200, b"[]"), kind


async def test_another_organisation_s_events_are_not_there(hub: RunningHub, other_organisation: str) -> None:
    await put(hub, "M", EventType.CYCLE, T0_MS, T0_MS + 1000)
    elsewhere = await hub.as_role(Role.ADMIN, other_organisation)
    assert (await elsewhere("GET", "/api/v1/events", query={**WINDOW, "machine_foreign_ids": "M"})).json() == []
