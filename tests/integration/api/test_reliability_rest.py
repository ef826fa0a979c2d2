"""Uptime, MTTR and MTBF over REST: downtime.uptime, fleet.machine_mttr, fleet.mttr."""

from typing import Any

import pytest

from storage.entities.downtime_record import Category
from storage.entities.machine import Machine
from storage.entities.user import Role
from tests.support.downtime import HOUR_MS, make_machine, make_record, now_ms, store_record, text
from tests.support.hub import RunningHub

DAY_MS = 24 * HOUR_MS
NINE_MS = 1_775_293_200_000
"""2026-04-04T09:00:00Z."""


async def machine_of(hub: RunningHub, identifier: str = "PRESS-4") -> Machine:
    return await hub.store.machines.get(hub.organisation, await make_machine(hub, identifier))


async def uptime(hub: RunningHub, machine_id: str, start: str, end: str) -> dict[str, Any]:
    answer = await (await hub.as_role())("GET", f"/api/v1/machines/{machine_id}/uptime-summary", query={"start": start, "end": end})
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.json()
    return shown


async def mttr(hub: RunningHub, machine_id: str | None = None, **query: Any) -> dict[str, Any]:
    of = f"machines/{machine_id}" if machine_id else "fleet"
    answer = await (await hub.as_role())("GET", f"/api/v1/{of}/mttr-mtbf", query=query or None)
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_window_is_answered_in_figures_that_add_up(hub: RunningHub) -> None:
    machine_id = await make_machine(hub)
    await make_record(hub, machine_id, ended_at="2026-04-04T10:15:00Z")
    await make_record(hub, machine_id, category="planned", started_at="2026-04-04T10:00:00Z", ended_at="2026-04-04T11:00:00Z")
    shown = await uptime(hub, machine_id, "2026-04-04T00:00:00Z", "2026-04-05T00:00:00Z")
    assert "union" in shown.pop("method")
    assert shown == {
        "machine_id": machine_id,
        "start": "2026-04-04T00:00:00Z",
        "end": "2026-04-05T00:00:00Z",
        "total_hours": 24.0,
        "uptime_hours": 21.25,
        "downtime_hours": 2.75,
        "uptime_percentage": round(100 * 21.25 / 24, 6),
        "downtime_by_category": {"planned": 1.0, "unplanned": 1.75, "changeover": 0.0, "maintenance": 0.0},
        "record_count": 2,
    }


OVERLAPS: list[tuple[str, list[tuple[float, float | None, Category]], float, dict[str, float]]] = [
    ("apart", [(1, 2, Category.UNPLANNED), (3, 4, Category.UNPLANNED)], 2, {"unplanned": 2}),
    ("overlapping", [(1, 3, Category.UNPLANNED), (2, 4, Category.UNPLANNED)], 3, {"unplanned": 3}),
    ("nested", [(1, 4, Category.UNPLANNED), (2, 3, Category.CHANGEOVER)], 3, {"unplanned": 2, "changeover": 1}),
    ("duplicate", [(1, 2, Category.PLANNED)] * 3, 1, {"planned": 1}),
    ("touching", [(1, 2, Category.UNPLANNED), (2, 3, Category.MAINTENANCE)], 2, {"unplanned": 1, "maintenance": 1}),
    ("of no length", [(1, 1, Category.UNPLANNED)], 0, {}),
    ("across both edges", [(-5, 30, Category.MAINTENANCE)], 6, {"maintenance": 6}),
    ("ended at the start", [(-1, 0, Category.UNPLANNED)], 0, {}),
    ("begun at the end", [(6, None, Category.UNPLANNED)], 0, {}),
    ("open", [(4, None, Category.UNPLANNED)], 2, {"unplanned": 2}),
    ("planned over unplanned", [(1, 4, Category.UNPLANNED), (2, 3, Category.PLANNED)], 3, {"unplanned": 2, "planned": 1}),
]


@pytest.mark.parametrize(("name", "stops", "down", "shares"), OVERLAPS, ids=[case[0] for case in OVERLAPS])
async def test_time_that_records_share_counts_once(
    hub: RunningHub, name: str, stops: list[tuple[float, float | None, Category]], down: float, shares: dict[str, float]
) -> None:
    machine = await machine_of(hub)
    for start, end, category in stops:
        end_ms = None if end is None else NINE_MS + round(end * HOUR_MS)
        await store_record(hub.store, machine, NINE_MS + round(start * HOUR_MS), end_ms, category)
    shown = await uptime(hub, machine.id, text(NINE_MS), text(NINE_MS + 6 * HOUR_MS))
    assert (shown["downtime_hours"], shown["uptime_hours"], shown["total_hours"]) == (down, 6 - down, 6), name
    assert {category: share for category, share in shown["downtime_by_category"].items() if share} == shares


async def test_days_of_23_and_25_hours_have_as_many(hub: RunningHub) -> None:
    machine_id = await make_machine(hub)
    spring = await uptime(hub, machine_id, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")
    autumn = await uptime(hub, machine_id, "2025-10-26T00:00:00+02:00", "2025-10-27T00:00:00+01:00")
    assert (spring["total_hours"], spring["uptime_hours"], spring["uptime_percentage"]) == (23.0, 23.0, 100.0)
    assert (autumn["total_hours"], autumn["uptime_hours"]) == (25.0, 25.0)


async def test_an_end_in_the_future_is_now(hub: RunningHub) -> None:
    machine_id = await make_machine(hub)
    await make_record(hub, machine_id, started_at=text(now_ms() - HOUR_MS))
    shown = await uptime(hub, machine_id, text(now_ms() - 2 * HOUR_MS), text(now_ms() + DAY_MS))
    assert shown["total_hours"] == pytest.approx(2, abs=0.01)
    assert shown["downtime_hours"] == pytest.approx(1, abs=0.01)
    assert shown["uptime_percentage"] == pytest.approx(50, abs=0.5)


async def test_windows_that_are_none_are_refused_by_name(hub: RunningHub) -> None:
    machine_id, client = await make_machine(hub), await hub.as_role()
    good = {"start": "2026-04-04T00:00:00Z", "end": "2026-04-05T00:00:00Z"}
    for wrong, field in (
        ({"start": good["end"], "end": good["start"]}, "end"),
        ({"end": good["start"]}, "end"),
        ({"start": "x"}, "start"),
        ({"end": "2026-04-05"}, "end"),
        ({"start": text(now_ms() + HOUR_MS), "end": text(now_ms() + DAY_MS)}, "start"),
    ):
        answer = await client("GET", f"/api/v1/machines/{machine_id}/uptime-summary", query={**good, **wrong})
        assert (answer.status, answer.json()["detail"][0]["loc"]) == (422, ["query", field]), wrong
    assert len((await client("GET", f"/api/v1/machines/{machine_id}/uptime-summary")).json()["detail"]) == 2
    for days in ("0", "3651", "-1", "many", "1.5", ""):
        for of in (f"machines/{machine_id}", "fleet"):
            answer = await client("GET", f"/api/v1/{of}/mttr-mtbf", query={"days": days})
            assert (answer.status, answer.json()["detail"][0]["loc"]) == (422, ["query", "days"]), days


async def test_repairs_and_failures_are_answered_as_the_source_shows(hub: RunningHub) -> None:
    machine = await machine_of(hub)
    at_ms = now_ms() - 80 * DAY_MS
    # Five failures and two more repairs, 17.5 hours in all: the source's mttr_hours of 2.5.
    for number, category in enumerate([Category.UNPLANNED] * 5 + [Category.MAINTENANCE] * 2):
        await store_record(hub.store, machine, at_ms + number * DAY_MS, at_ms + number * DAY_MS + round(2.5 * HOUR_MS), category)
    await store_record(hub.store, machine, at_ms + 9 * DAY_MS, at_ms + 10 * DAY_MS, Category.CHANGEOVER)
    shown = await mttr(hub, machine.id)
    up = 90 * 24 - 17.5 - 24
    assert list(shown) == ["mttr_hours", "mtbf_hours", "total_failures", "total_repairs", "uptime_hours", "method"]
    assert (shown["mttr_hours"], shown["total_failures"], shown["total_repairs"]) == (2.5, 5, 7)
    assert (shown["mtbf_hours"], shown["uptime_hours"]) == (round(up / 5, 6), up)
    assert (await mttr(hub, machine.id, days=70))["total_failures"] == 0


async def test_without_a_failure_there_is_no_mtbf_but_the_uptime_that_bounds_it(hub: RunningHub) -> None:
    machine_id = await make_machine(hub)
    shown = await mttr(hub, machine_id, days=1)
    assert (shown["mttr_hours"], shown["mtbf_hours"], shown["total_failures"], shown["uptime_hours"]) == (None, None, 0, 24.0)
    await make_record(hub, machine_id, started_at=text(now_ms() - HOUR_MS))
    shown = await mttr(hub, machine_id, days=1)
    assert (shown["mttr_hours"], shown["total_failures"], shown["total_repairs"]) == (None, 1, 0)
    assert shown["mtbf_hours"] == pytest.approx(23, abs=0.01)


async def test_a_machine_is_older_than_its_entry_so_the_window_counts_whole(hub: RunningHub) -> None:
    machine = await machine_of(hub)
    before_ms = now_ms() - 60 * DAY_MS
    await store_record(hub.store, machine, before_ms, before_ms + 10 * HOUR_MS)
    await machine_of(hub, "IDLE-5")
    for shown, up in ((await mttr(hub, machine.id), 90 * 24 - 10), (await mttr(hub), 2 * 90 * 24 - 10)):
        assert (shown["mttr_hours"], shown["mtbf_hours"], shown["uptime_hours"], shown["total_failures"]) == (10, up, up, 1)
        assert "before the machine was made" in shown["method"]


async def test_the_fleet_is_a_sum_over_a_sum_and_leaves_archived_machines_out(hub: RunningHub) -> None:
    at_ms = now_ms() - 5 * DAY_MS
    first, second, idle, archived = [await machine_of(hub, name) for name in ("A", "B", "C", "D")]
    for hour in (0, 2, 4):
        await store_record(hub.store, first, at_ms + hour * HOUR_MS, at_ms + (hour + 1) * HOUR_MS)
    await store_record(hub.store, second, at_ms, at_ms + 9 * HOUR_MS)
    await store_record(hub.store, archived, at_ms, at_ms + 20 * HOUR_MS)
    await hub.store.machines.save(archived.model_copy(update={"is_active": False}))
    shown = await mttr(hub, days=10)
    up = 3 * 240 - 12
    assert (shown["mttr_hours"], shown["mtbf_hours"]) == (12 / 4, up / 4)
    assert (shown["total_failures"], shown["total_repairs"], shown["uptime_hours"]) == (4, 4, up)
    assert "not a mean of means" in shown["method"]
    assert (await mttr(hub, idle.id, days=10))["uptime_hours"] == 240.0


async def test_another_organisation_s_machine_is_not_there_and_its_fleet_is_its_own(hub: RunningHub, other_organisation: str) -> None:
    machine_id = await make_machine(hub)
    await make_record(hub, machine_id)
    elsewhere = await hub.as_role(Role.ADMIN, other_organisation)
    window = {"start": "2026-04-04T00:00:00Z", "end": "2026-04-05T00:00:00Z"}
    for address in (f"/api/v1/machines/{machine_id}/uptime-summary", f"/api/v1/machines/{machine_id}/mttr-mtbf"):
        answer = await elsewhere("GET", address, query=window)
        assert (answer.status, answer.json()) == (404, {"detail": "Machine not found."})
    assert (await elsewhere("GET", "/api/v1/fleet/mttr-mtbf")).json()["total_failures"] == 0
