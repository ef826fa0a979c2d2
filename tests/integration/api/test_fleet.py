"""All machines' downtime in every order: fleet.downtime."""

import random
from collections.abc import Callable
from typing import Any

from storage.entities.downtime_record import Category, DowntimeRecord
from storage.entities.machine import Machine
from storage.entities.user import Role
from tests.support.downtime import HOUR_MS, make_machine, now_ms, store_record, text
from tests.support.http import HttpClient
from tests.support.hub import RunningHub

FLEET = "/api/v1/fleet/downtime"
NEVER = float("inf")
FIELDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "started_at": lambda record: record["started_at"],
    "ended_at": lambda record: record["ended_at"] or "~",
    "duration_seconds": lambda record: NEVER if record["duration_seconds"] is None else record["duration_seconds"],
    "category": lambda record: record["category"],
    "machine_id": lambda record: record["machine_id"],
}


async def machines_of(hub: RunningHub, count: int) -> list[Machine]:
    ids = [await make_machine(hub, f"M-{number}") for number in range(count)]
    return [await hub.store.machines.get(hub.organisation, id_) for id_ in ids]


async def all_pages(client: HttpClient, query: dict[str, Any], page_size: int) -> list[dict[str, Any]]:
    """The items of every page; checks what stands beside them."""
    items: list[dict[str, Any]] = []
    page = 1
    while True:
        answer = await client("GET", FLEET, query={**query, "page": page, "page_size": page_size})
        assert answer.status == 200, answer.body
        shown = answer.json()
        assert (shown["page"], shown["page_size"], shown["total_pages"]) == (page, page_size, -(-shown["total"] // page_size))
        items += shown["items"]
        page += 1
        if page > shown["total_pages"]:
            assert len(items) == shown["total"]
            return items


async def check_every_order(client: HttpClient, machines: list[Machine], page_size: int) -> None:
    """Against sorting all of them here."""
    known = await all_pages(client, {}, 100)
    for field, key in FIELDS.items():
        for descending in (False, True):
            for machine_id in (None, machines[0].id):
                query = {"sort_by": field, "sort_dir": "desc" if descending else "asc"}
                wanted = [record for record in known if machine_id in (None, record["machine_id"])]
                wanted.sort(key=lambda record: (key(record), record["started_at"], record["machine_id"], record["id"]), reverse=descending)
                found = await all_pages(client, query | ({"machine_id": machine_id} if machine_id else {}), page_size)
                assert found == wanted, (field, descending, machine_id)


async def test_every_field_sorts_both_ways_page_by_page_also_after_edits(hub: RunningHub) -> None:
    machines, chance = await machines_of(hub, 3), random.Random(4)
    base_ms = now_ms() // 1000 * 1000 - 100 * HOUR_MS
    records: list[DowntimeRecord] = []
    for _ in range(60):
        # Few different times and lengths, so that there are equals.
        start_ms = base_ms + chance.randrange(8) * HOUR_MS
        end_ms = None if chance.random() < 0.2 else start_ms + chance.randrange(5) * HOUR_MS
        records.append(await store_record(hub.store, chance.choice(machines), start_ms, end_ms, chance.choice(list(Category))))
    client = await hub.as_role(Role.VIEWER)
    await check_every_order(client, machines, 23)
    operator = await hub.as_role(Role.OPERATOR)
    for record in chance.sample(records, 20):
        start_ms = base_ms + chance.randrange(8) * HOUR_MS
        end = chance.choice([None, text(start_ms)])
        change = {"category": chance.choice(list(Category)), "started_at": text(start_ms), "ended_at": end}
        changed = await operator("PUT", f"/api/v1/machines/{record.machine_id}/downtime/{record.id}", change)
        assert changed.status == 200, changed.body
    await check_every_order(client, machines, 100)


async def test_without_a_wish_the_newest_start_comes_first_twenty_a_page(hub: RunningHub) -> None:
    (machine,) = await machines_of(hub, 1)
    records = [await store_record(hub.store, machine, now_ms() - n * HOUR_MS, None) for n in range(1, 23)]
    shown = (await (await hub.as_role())("GET", FLEET)).json()
    assert [item["id"] for item in shown["items"]] == [record.id for record in records[:20]]
    assert {name: value for name, value in shown.items() if name != "items"} == {"total": 22, "page": 1, "page_size": 20, "total_pages": 2}
    own = (await (await hub.as_role())("GET", f"/api/v1/machines/{machine.id}/downtime", query={"page": 2})).json()
    assert [item["id"] for item in own["items"]] == [record.id for record in records[20:]]


async def test_a_page_beyond_the_last_is_empty_and_so_is_a_fleet_without_downtime(hub: RunningHub) -> None:
    client = await hub.as_role()
    nothing = {"items": [], "total": 0, "page": 1, "page_size": 20, "total_pages": 0}
    assert (await client("GET", FLEET)).json() == nothing
    (machine,) = await machines_of(hub, 1)
    await store_record(hub.store, machine, now_ms() - HOUR_MS, None)
    for page in (2, 1_000_000_000):
        assert (await client("GET", FLEET, query={"page": page})).json() == nothing | {"total": 1, "page": page, "total_pages": 1}


async def test_a_question_that_is_none_is_refused_by_name(hub: RunningHub) -> None:
    client = await hub.as_role()
    for field, value in (
        ("sort_by", "colour"),
        ("sort_by", ""),
        ("sort_dir", "up"),
        ("page", 0),
        ("page", "many"),
        ("page", 10**30),
        ("page_size", 0),
        ("page_size", 101),
        ("machine_id", "x"),
        ("machine_id", ""),
    ):
        answer = await client("GET", FLEET, query={field: value})
        assert (answer.status, answer.json()["detail"][0]["loc"]) == (422, ["query", field]), (field, value)


async def test_a_machine_of_another_organisation_is_not_there(hub: RunningHub, other_organisation: str) -> None:
    (machine,) = await machines_of(hub, 1)
    await store_record(hub.store, machine, now_ms() - HOUR_MS, None)
    elsewhere = await hub.as_role(Role.ADMIN, other_organisation)
    answer = await elsewhere("GET", FLEET, query={"machine_id": machine.id})
    assert (answer.status, answer.json()) == (404, {"detail": "Machine not found."})
    assert (await (await hub.as_role())("GET", FLEET, query={"machine_id": machine.id.upper()})).json()["total"] == 1
