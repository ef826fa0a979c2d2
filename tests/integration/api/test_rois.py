"""Regions of interest: rois.list, rois.put, rois.delete."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from hub.services.rois import STATION_LIMIT
from storage.entities.detected_downtime import DetectedDowntime
from storage.entities.user import Role
from tests.support.http import Answer, HttpClient
from tests.support.hub import RunningHub
from tests.support.regions import add_region, add_station, downtime, now_ms

BODY = {
    "line_name": "L21",
    "roi_title": "Stanice 3",
    "roi_api_name": "L21_3",
    "station_id": "S1",
    "machine_foreign_id": "M1",
    "polygon": [[0.1, 0.1], [0.6, 0.1], [0.6, 0.9]],
    "idle_after_seconds": 5,
    "resume_after_seconds": 2.5,
}
BAD: list[tuple[str, Any]] = [
    ("polygon", [[0.1, 0.1], [0.6, 0.1]]),
    ("polygon", [[0, 0], [1, 1], [1, 0], [0, 1]]),
    ("polygon", [[0, 0], [1, 0], [0, 0], [0, 1]]),
    ("polygon", [[0, 0], [0.5, 0], [1, 0], [0.7, 0]]),
    ("polygon", [[0, 0], [0.5, 0.5], [1, 1]]),
    ("polygon", [[0.5, 0.5], [0.51, 0.5], [0.51, 0.51]]),
    ("polygon", [[0, 0], [1.01, 0], [1, 1]]),
    ("polygon", [[-0.01, 0], [1, 0], [1, 1]]),
    ("polygon", [[0, 0], [True, 0], [1, 1]]),
    ("polygon", [[0, 0], ["1", 0], [1, 1]]),
    ("polygon", [[0, 0, 0], [1, 0, 0], [1, 1, 0]]),
    ("polygon", [[n / 200, (n % 2) / 2] for n in range(100)]),
    ("polygon", "M 0 0"),
    ("idle_after_seconds", 0.5),
    ("idle_after_seconds", 3601),
    ("idle_after_seconds", "5"),
    ("resume_after_seconds", 0),
    ("resume_after_seconds", None),
    ("line_name", ""),
    ("line_name", "L:21"),
    ("line_name", " L21"),
    ("line_name", "L" * 101),
    ("line_name", "L\n21"),
    ("roi_title", ""),
    ("roi_title", 7),
    ("station_id", "elsewhere"),
    ("machine_foreign_id", "elsewhere"),
]


@pytest_asyncio.fixture
async def floor(hub: RunningHub) -> HttpClient:
    """A supervisor where station S1 and the machines M1 and M2 stand."""
    await add_station(hub.store, hub.organisation)
    for machine in ("M1", "M2"):
        await hub.store.machines.ensure(hub.organisation, machine)
    return await hub.as_role(Role.SUPERVISOR)


async def put(client: HttpClient, name: str = "L21_3", **changes: Any) -> Answer:
    return await client("PUT", f"/api/v1/rois/{name}", {**BODY, **changes})


async def test_a_region_is_made_changed_and_listed(hub: RunningHub, floor: HttpClient) -> None:
    made = await put(floor)
    assert (made.status, made.json()) == (201, {"roi_name": "L21_3", **BODY})
    changed = await put(floor, roi_title="Station 3", machine_foreign_id=None, roi_api_name="")
    assert (changed.status, changed.json()["roi_title"], changed.json()["machine_foreign_id"]) == (200, "Station 3", None)
    listed = await (await hub.as_role(Role.VIEWER))("GET", "/api/v1/rois")
    assert listed.json() == [changed.json()]


async def test_a_last_point_that_repeats_the_first_is_left_out(floor: HttpClient) -> None:
    made = await put(floor, polygon=[*BODY["polygon"], BODY["polygon"][0]])  # type: ignore[misc,index]
    assert made.json()["polygon"] == BODY["polygon"]


async def test_what_does_not_fit_is_refused_in_the_words_of_the_source(floor: HttpClient) -> None:
    for field, value in BAD:
        answer = await put(floor, **{field: value})
        assert (answer.status, list(answer.json())) == (422, ["error"]), (field, value)
    for field in BODY.keys() - {"roi_api_name", "machine_foreign_id"}:
        assert (await floor("PUT", "/api/v1/rois/L21_3", {name: BODY[name] for name in BODY if name != field})).status == 422, field
    assert (await floor("GET", "/api/v1/rois")).json() == []


async def test_a_name_that_does_not_fit_is_refused(floor: HttpClient) -> None:
    for name in ("a:b", "-a", "a" * 65, "a%20b", "%C3%BC"):
        assert (await put(floor, name)).status == 422, name


async def test_an_unknown_field_is_named(floor: HttpClient) -> None:
    assert "sensitivity" in (await put(floor, sensitivity=3)).json()["error"]


async def test_who_may_and_whose_they_are(hub: RunningHub, floor: HttpClient, other_organisation: str) -> None:
    operator = await hub.as_role(Role.OPERATOR)
    assert (await put(operator)).status == 403
    assert (await operator("DELETE", "/api/v1/rois/L21_3")).status == 403
    assert (await hub.http("GET", "/api/v1/rois")).json().keys() == {"error"}
    await put(floor)
    elsewhere = await hub.as_role(Role.SUPERVISOR, other_organisation)
    assert (await elsewhere("GET", "/api/v1/rois")).json() == []
    # The station is not theirs, nor is the region.
    assert (await put(elsewhere)).status == 422
    assert (await elsewhere("DELETE", "/api/v1/rois/L21_3")).status == 404
    assert len((await floor("GET", "/api/v1/rois")).json()) == 1


async def test_a_station_has_room_for_so_many_regions(hub: RunningHub, floor: HttpClient) -> None:
    for number in range(STATION_LIMIT):
        await add_region(hub.store, hub.organisation, f"R{number}")
    assert (await put(floor, "R0")).status == 200
    refused = await put(floor, "one-more")
    assert (refused.status, str(STATION_LIMIT) in refused.json()["error"]) == (422, True)


async def test_the_same_region_put_twice_at_once_is_one(hub: RunningHub, floor: HttpClient) -> None:
    answers = await asyncio.gather(*(put(floor, roi_title=f"T{number}") for number in range(4)))
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 201]
    assert len((await floor("GET", "/api/v1/rois")).json()) == 1


async def begin(hub: RunningHub) -> DetectedDowntime:
    """A downtime that is open at the region since ten seconds."""
    roi = await hub.store.rois.get(hub.organisation, "L21_3")
    return await hub.store.detected_downtimes.record(downtime(roi, now_ms() - 10_000, 9_000), roi.version)


async def told(client: HttpClient) -> Any:
    return (await client("GET", "/api/v1/downtime", query={"since": "2020-01-01T00:00:00Z"})).json()


@pytest.mark.parametrize("moved", [{"line_name": "L22"}, {"machine_foreign_id": "M2"}, {"machine_foreign_id": None}])
async def test_a_region_that_moves_ends_its_downtime_where_it_was(hub: RunningHub, floor: HttpClient, moved: dict[str, Any]) -> None:
    await put(floor)
    begun = await begin(hub)
    assert (await put(floor, **moved)).status == 200
    assert await hub.store.detected_downtimes.open_at(hub.organisation, "L21_3") is None
    (ended,) = await told(floor)
    assert (ended["event_id"], ended["line_name"]) == (begun.event_id, "L21")
    assert 10 <= ended["downtime_seconds"] < 20
    events = await hub.store.events.window(hub.organisation, ["M1"], None, begun.detected_at_ms, now_ms() + 1000)
    assert [b'"to":null' in event for event in events.json] == [False]


async def test_another_outline_or_title_lets_the_downtime_go_on(hub: RunningHub, floor: HttpClient) -> None:
    await put(floor)
    begun = await begin(hub)
    assert (await put(floor, polygon=[[0, 0], [1, 0], [1, 1]], roi_title="New")).status == 200
    still_open = await hub.store.detected_downtimes.open_at(hub.organisation, "L21_3")
    assert still_open is not None
    assert still_open.event_id == begun.event_id


async def test_deleting_a_region_ends_its_downtime_and_keeps_the_past(hub: RunningHub, floor: HttpClient) -> None:
    await put(floor)
    await begin(hub)
    assert (await floor("DELETE", "/api/v1/rois/L21_3")).status == 204
    assert (await floor("DELETE", "/api/v1/rois/L21_3")).json().keys() == {"error"}
    assert (await floor("GET", "/api/v1/rois")).json() == []
    assert len(await told(floor)) == 1
    assert await hub.store.detected_downtimes.open_at(hub.organisation, "L21_3") is None


async def test_a_region_may_be_deleted_while_its_downtime_moves(hub: RunningHub, floor: HttpClient) -> None:
    await put(floor)
    begun = await begin(hub)
    roi = await hub.store.rois.get(hub.organisation, "L21_3")
    updates = [
        hub.store.detected_downtimes.record(downtime(roi, begun.detected_at_ms, 9_000 + number), roi.version) for number in range(20)
    ]
    deleted, *outcomes = await asyncio.gather(floor("DELETE", "/api/v1/rois/L21_3"), *updates, return_exceptions=True)
    assert isinstance(deleted, Answer)
    assert deleted.status == 204
    assert await hub.store.detected_downtimes.open_at(hub.organisation, "L21_3") is None
    assert len(await told(floor)) == 1
    assert len(outcomes) == 20
