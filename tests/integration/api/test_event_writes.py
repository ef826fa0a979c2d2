"""Events that clients report: events.report and events.change, durable, once, all or none."""

import asyncio
from typing import Any

import pytest

from hub.services.event_writes import EventPatch, EventWish, EventWritesService
from storage.connection import Store
from storage.entities.event import Event, EventChange, EventType, event_id
from storage.entities.user import Role
from tests.support.http import Answer, HttpClient
from tests.support.hub import RunningHub, run_hub
from tests.support.sockets import open_socket
from tests.support.store import KillableStore

STEP = {
    "type": "step",
    "machine_foreign_id": "MACHINE_001",
    "from": "2025-05-27T10:00:00Z",
    "to": "2025-05-27T11:30:00Z",
    "label": "PART123",
}
REASON = {"type": "activity_reason", "machine_foreign_id": "MACHINE_001", "from": "2025-05-27T11:30:00Z", "label": "Tool change"}
WINDOW = {"from": "2025-05-27T08:00:00Z", "to": "2025-05-27T16:00:00Z"}


async def report(hub: RunningHub, body: Any, role: Role = Role.OPERATOR) -> Answer:
    return await (await hub.as_role(role))("POST", "/api/v1/events", body)


async def patch(hub: RunningHub, id_: str, body: Any) -> Answer:
    return await (await hub.as_role(Role.OPERATOR))("PATCH", f"/api/v1/events/{id_}", body)


async def listed(hub: RunningHub, **query: Any) -> list[dict[str, Any]]:
    answer = await (await hub.as_role(Role.VIEWER))("GET", "/api/v1/events", query={**WINDOW, **query})
    assert answer.status == 200
    return list(answer.json())


async def test_the_source_s_own_example_is_reported_and_read_back(hub: RunningHub) -> None:
    answer = await report(hub, [STEP, REASON])
    assert answer.status == 201
    step, reason = answer.json()
    assert step == {**STEP, "id": step["id"], "duration_seconds": 5400}
    assert reason == {**REASON, "id": reason["id"], "to": None, "duration_seconds": None}
    query = {"machine_foreign_ids[]": ["MACHINE_001", "MACHINE_002"], "types": ["step", "activity_reason"]}
    assert await listed(hub, **query) == [step, reason]
    machine = await hub.store.machines.by_identifier(hub.organisation, "MACHINE_001")
    assert machine is not None


async def test_one_event_is_answered_as_one_and_several_in_the_order_sent(hub: RunningHub) -> None:
    alone = await report(hub, STEP)
    assert (alone.status, alone.json()["label"]) == (201, "PART123")
    sent = [{**STEP, "machine_foreign_id": f"M{n % 3}", "label": f"{n}"} for n in (3, 1, 2, 5, 4)]
    assert [event["label"] for event in (await report(hub, sent)).json()] == ["3", "1", "2", "5", "4"]


async def test_the_same_key_is_the_same_event_for_ever(hub: RunningHub) -> None:
    keyed = {**STEP, "idempotency_key": "order 7 / 1"}
    first = await report(hub, keyed)
    assert first.status == 201
    assert first.json()["id"] == event_id(hub.organisation, EventType.STEP, "key/order 7 / 1")
    other = {**REASON, "machine_foreign_id": "ELSEWHERE", "idempotency_key": "order 7 / 1"}
    for body in (keyed, other):
        again = await report(hub, body)
        assert (again.status, again.body) == (200, first.body)
    assert len(await listed(hub)) == 1
    assert await hub.store.machines.by_identifier(hub.organisation, "ELSEWHERE") is None
    # Retention forgets the event, not that it was.
    assert await hub.store.events.trim(hub.organisation, "MACHINE_001", 1_800_000_000_000) == 1
    assert await listed(hub) == []
    forgotten = await report(hub, keyed)
    assert (forgotten.status, forgotten.json()) == (200, first.json())
    assert await listed(hub) == []


async def test_a_key_belongs_to_its_organisation(hub: RunningHub, other_organisation: str) -> None:
    keyed = {**STEP, "idempotency_key": "1"}
    mine = await report(hub, keyed)
    theirs = await (await hub.as_role(Role.OPERATOR, other_organisation))("POST", "/api/v1/events", keyed)
    assert (mine.status, theirs.status) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]


async def test_the_same_key_many_times_at_once_and_twice_in_an_array_makes_one_event(hub: RunningHub) -> None:
    keyed = {**STEP, "idempotency_key": "once"}
    answers = await asyncio.gather(*(report(hub, [keyed, {**REASON, "idempotency_key": f"own {n}"}, keyed]) for n in range(8)))
    assert [answer.status for answer in answers] == [201] * 8
    assert len({event["id"] for answer in answers for event in (answer.json()[0], answer.json()[2])}) == 1
    alone = await asyncio.gather(*(report(hub, {**keyed, "idempotency_key": "alone"}) for _ in range(8)))
    assert sorted(answer.status for answer in alone) == [200] * 7 + [201]
    assert len(await listed(hub, types="step")) == 2
    assert len(await listed(hub)) == 10


async def test_a_known_event_is_answered_as_it_is_now(hub: RunningHub) -> None:
    keyed = {**REASON, "idempotency_key": "stop"}
    first = (await report(hub, keyed)).json()
    await patch(hub, first["id"], {"to": "2025-05-27T11:45:00Z"})
    again = await report(hub, [keyed, {**STEP, "idempotency_key": "new"}])
    assert again.status == 201
    assert again.json()[0] == {**first, "to": "2025-05-27T11:45:00Z", "duration_seconds": 900}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"type": "lunch"}, "type"),
    ({"type": None}, "type"),
    ({"machine_foreign_id": "a b"}, "machine_foreign_id"),
    ({"machine_foreign_id": "a:b"}, "machine_foreign_id"),
    ({"machine_foreign_id": "x" * 101}, "machine_foreign_id"),
    ({"from": "noon"}, "from"),
    ({"from": 7}, "from"),
    ({"from": "2025-05-27T10:00:00"}, "from"),
    ({"from": "1970-01-01T00:00:00Z"}, "from"),
    ({"to": "2100-01-01T00:00:00Z"}, "to"),
    ({"to": "2025-05-27T09:59:59.999Z"}, "to must be after from"),
    ({"label": ""}, "label"),
    ({"label": "x" * 201}, "label"),
    ({"label": None}, "label"),
    ({"idempotency_key": ""}, "idempotency_key"),
    ({"idempotency_key": "x" * 201}, "idempotency_key"),
    ({"colour": "red"}, "colour"),
]


async def test_one_bad_event_refuses_the_whole_array_and_is_named_with_its_place(hub: RunningHub) -> None:
    for change, named in BAD:
        alone, among = await report(hub, {**STEP, **change}), await report(hub, [STEP, {**STEP, **change}, STEP])
        assert (alone.status, among.status) == (422, 422), change
        assert named in alone.json()["error"], alone.body
        assert "events.1" in among.json()["error"], among.body
        assert named in among.json()["error"], among.body
    assert (await report(hub, [STEP] * 1_001)).status == 422
    assert (await report(hub, [])).status == 400
    assert await hub.store.machines.count(hub.organisation) == 0
    assert await listed(hub) == []


async def test_a_thousand_events_are_one_request(hub: RunningHub) -> None:
    sent = [{**STEP, "machine_foreign_id": f"M{n % 50}", "idempotency_key": f"k{n}"} for n in range(1_000)]
    first = await report(hub, sent)
    assert (first.status, len(first.json())) == (201, 1_000)
    again = await report(hub, sent)
    assert (again.status, again.body) == (200, first.body)
    assert len(await listed(hub)) == 1_000


async def test_an_archived_machine_is_refused_and_nothing_is_made_beside_it(hub: RunningHub) -> None:
    machine = await hub.store.machines.ensure(hub.organisation, "OLD")
    await hub.store.machines.save(machine.model_copy(update={"is_active": False}))
    answer = await report(hub, [STEP, {**STEP, "machine_foreign_id": "OLD"}])
    assert (answer.status, answer.json()) == (422, {"error": "events.1.machine_foreign_id: OLD is archived"})
    assert await hub.store.machines.by_identifier(hub.organisation, "MACHINE_001") is None


async def test_a_key_that_only_reads_writes_nothing(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    secret = (await admin("POST", "/api/v1/api-keys", {"name": "gauge", "role": "read-only"})).json()["key"]
    for method, path in (("POST", "/api/v1/events"), ("PATCH", "/api/v1/events/evt_8h3KdL2pQrxV")):
        answer = await HttpClient(hub.url, secret)(method, path, STEP)
        assert (answer.status, answer.json()) == (403, {"error": "This API key does not have write permissions"})


async def test_an_event_in_flight_is_finished_and_renamed(hub: RunningHub) -> None:
    event = (await report(hub, REASON)).json()
    finished = await patch(hub, event["id"], {"to": "2025-05-27T11:45:00Z", "label": "Tool broken"})
    assert (finished.status, finished.json()) == (
        200,
        {**event, "to": "2025-05-27T11:45:00Z", "duration_seconds": 900, "label": "Tool broken"},
    )
    corrected = await patch(hub, event["id"], {"to": "2025-05-27T11:40:00Z"})
    assert (corrected.json()["duration_seconds"], corrected.json()["label"]) == (600, "Tool broken")
    assert (await patch(hub, event["id"], {})).json() == corrected.json()
    assert await listed(hub) == [corrected.json()]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"to": "2025-05-27T11:29:59Z"}, "to must be after from"),
        ({"to": "noon"}, "to"),
        ({"label": " "}, "label"),
        ({"label": None}, "label"),
        ({"from": "2025-05-27T11:00:00Z"}, "from"),
    ],
)
async def test_a_change_that_does_not_fit_is_refused(hub: RunningHub, change: dict[str, Any], told: str) -> None:
    event = (await report(hub, REASON)).json()
    answer = await patch(hub, event["id"], change)
    assert answer.status == 422
    assert told in answer.json()["error"]
    assert await listed(hub) == [event]


async def test_a_finished_event_is_not_taken_back_in_flight(hub: RunningHub) -> None:
    event, step = (await report(hub, [REASON, STEP])).json()
    assert (await patch(hub, event["id"], {"to": None, "label": "Setup"})).json()["label"] == "Setup"
    assert (await patch(hub, step["id"], {"to": None})).status == 422


async def test_all_changes_at_once_hold(hub: RunningHub) -> None:
    event = (await report(hub, REASON)).json()
    labels = [EventPatch(label=f"Tool {n}") for n in range(40)]
    # Beside REST: the client here has not so many threads.
    ours = [hub.hub.event_writes.change(hub.organisation, event["id"], each) for each in labels]
    answer, _ = await asyncio.gather(patch(hub, event["id"], {"to": "2025-05-27T11:45:00Z"}), asyncio.gather(*ours))
    assert answer.status == 200
    [now] = await listed(hub)
    assert (now["label"][:5], now["duration_seconds"]) == ("Tool ", 900)


async def test_an_event_of_another_organisation_or_of_takt_itself_is_not_changed(hub: RunningHub, other_organisation: str) -> None:
    event = (await report(hub, REASON)).json()
    stranger = await hub.as_role(Role.ADMIN, other_organisation)
    for id_ in (event["id"], "evt_8h3KdL2pQrxV", "%00"):
        answer = await stranger("PATCH", f"/api/v1/events/{id_}", {"label": "mine"})
        assert (answer.status, answer.json()) == (404, {"error": "Event not found"})
    fields = {"id": "evt_000000000000", "organisation": hub.organisation, "machine": "MACHINE_001", "start_ms": 1_748_340_000_000}
    own = Event.model_validate({**fields, "type": EventType.CYCLE})
    await hub.store.events.record([EventChange.started(own)])
    refused = await patch(hub, own.id, {"label": "mine"})
    assert (refused.status, set(refused.json())) == (409, {"error"})
    assert [each["label"] for each in await listed(hub)] == ["", "Tool change"]


async def test_what_is_reported_is_told_at_once_on_the_timeline(hub: RunningHub) -> None:
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        await socket.subscribe("timeline:*")
        event = (await report(hub, REASON)).json()
        await patch(hub, event["id"], {"to": "2025-05-27T11:45:00Z"})
        told = [(await socket.receive())["event"] for _ in range(2)]
    assert [(fact["type"], fact["event"]["id"], fact["event"]["to"]) for fact in told] == [
        ("started", event["id"], None),
        ("finished", event["id"], "2025-05-27T11:45:00Z"),
    ]


async def test_a_restarted_hub_still_knows_the_keys(hub: RunningHub, store: Store) -> None:
    keyed = {**STEP, "idempotency_key": "before"}
    first = await report(hub, keyed)
    async with run_hub(hub.hub.settings, store, hub.organisation) as restarted:
        again = await report(restarted, keyed)
    assert (again.status, again.body) == (200, first.body)


async def test_what_was_answered_survives_the_death_of_the_store(killable_store: KillableStore) -> None:
    wish = EventWish(EventType.STEP, "M", 1_748_340_000_000, None, "PART123", "before")
    store = await Store.connect(killable_store.settings)
    await store.organisations.add("o")
    first = await EventWritesService(store).add("o", [wish])
    killable_store.kill()
    await store.close()
    killable_store.start()
    store = await Store.connect(killable_store.settings)
    again = await EventWritesService(store).add("o", [wish])
    assert (first.is_new, again.is_new, again.json) == (True, False, first.json)
    await store.close()


async def test_ids_that_retention_took_are_no_longer_looked_after(hub: RunningHub) -> None:
    old, open_ = (await report(hub, [STEP, REASON])).json()
    await hub.store.events.trim(hub.organisation, "MACHINE_001", 1_800_000_000_000)
    assert await hub.store.posted_events.forget_trimmed(hub.organisation) == 1
    assert (await patch(hub, old["id"], {"label": "late"})).status == 404
    assert (await patch(hub, open_["id"], {"label": "still"})).status == 200
