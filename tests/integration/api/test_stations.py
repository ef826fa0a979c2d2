"""Stations: stations.put, stations.get, stations.list, stations.delete, stations.session."""

from pathlib import Path

import pytest

from hub.protocol.coaching import StartRequest
from hub.services.stations import StationWish
from storage.entities.user import Role
from tests.support.coaching import Camera, add_assembly, add_station, wait_for_fact
from tests.support.hub import RunningHub
from tests.support.stored import session

STATION = {"name": "Bench 1", "camera": "0"}


async def test_a_station_is_made_with_its_machine_and_vision_hears_of_it(hub: RunningHub) -> None:
    supervisor = await hub.as_role(Role.SUPERVISOR)
    made = await supervisor("PUT", "/api/v1/stations/bench-1", {**STATION, "line_name": "Line A"})
    assert made.status == 201
    assert made.json() == {
        "id": "bench-1", "name": "Bench 1", "camera": "0", "machine_identifier": "bench-1", "line_name": "Line A", "source": None,
    }  # fmt: skip
    changed = await supervisor("PUT", "/api/v1/stations/bench-1", {**STATION, "camera": "1", "machine_identifier": "M 7".replace(" ", "")})
    assert (changed.status, changed.json()["camera"], changed.json()["machine_identifier"]) == (200, "1", "M7")
    assert await hub.store.machines.by_identifier(hub.organisation, "M7") is not None
    assert (await supervisor("GET", "/api/v1/stations")).json() == [changed.json()]
    assert await hub.store.redis.xlen(f"takt:{{{hub.organisation}}}:commands:vision") == 2


async def test_what_is_no_camera_is_refused_by_its_field(hub: RunningHub) -> None:
    answer = await (await hub.as_role(Role.SUPERVISOR))("PUT", "/api/v1/stations/bench-1", {**STATION, "camera": "file:///etc/passwd"})
    assert (answer.status, answer.json()["field"]) == (422, "camera")


@pytest.mark.parametrize("identifier", ["a b", "a,b", "a:b", "a{b}", "a[b]", "*", "line\n", "x" * 101])
async def test_a_machine_s_identifier_that_would_break_lists_or_channels_is_refused(hub: RunningHub, identifier: str) -> None:
    answer = await (await hub.as_role(Role.SUPERVISOR))("PUT", "/api/v1/stations/bench-1", {**STATION, "machine_identifier": identifier})
    assert (answer.status, answer.json()["field"]) == (422, "machine_identifier")


async def test_a_folder_must_exist_under_an_allowed_one_except_for_the_console(hub: RunningHub, tmp_path: Path) -> None:
    supervisor = await hub.as_role(Role.SUPERVISOR)
    inside, outside = hub.hub.settings.data_dir / "cameras" / "scene", tmp_path / "elsewhere"
    for folder, status in ((inside, 422), (outside, 422)):
        assert (await supervisor("PUT", "/api/v1/stations/a", {**STATION, "camera": str(folder)})).status == status
        folder.mkdir(parents=True)
    assert (await supervisor("PUT", "/api/v1/stations/a", {**STATION, "camera": str(inside)})).status == 201
    assert (await supervisor("PUT", "/api/v1/stations/b", {**STATION, "camera": str(outside)})).status == 422
    sneaky = inside / "out"
    sneaky.symlink_to(outside)
    assert (await supervisor("PUT", "/api/v1/stations/b", {**STATION, "camera": str(sneaky)})).status == 422
    station, _ = await hub.hub.stations.put(hub.organisation, "b", StationWish("B", str(outside)), from_console=True)
    assert station.camera == str(outside)


async def test_credentials_of_a_camera_are_told_to_administrators_alone_and_survive_a_change(hub: RunningHub) -> None:
    camera = "rtsp://user:secret@cam.local:8554/1?channel=2"
    supervisor, admin = await hub.as_role(Role.SUPERVISOR), await hub.as_role(Role.ADMIN)
    shown = (await supervisor("PUT", "/api/v1/stations/a", {**STATION, "camera": camera})).json()
    assert shown["camera"] == "rtsp://***@cam.local:8554/1?channel=2"
    assert b"secret" not in (await (await hub.as_role(Role.VIEWER))("GET", "/api/v1/stations")).body
    assert (await admin("GET", "/api/v1/stations/a")).json()["camera"] == camera
    assert (await supervisor("PUT", "/api/v1/stations/a", {"name": "New name", "camera": shown["camera"]})).status == 200
    assert (await admin("GET", "/api/v1/stations/a")).json()["camera"] == camera


async def test_an_id_that_would_break_a_key_is_refused(hub: RunningHub) -> None:
    supervisor = await hub.as_role(Role.SUPERVISOR)
    for id_ in ("a%20b", "a:b", "%7Ba%7D", "x" * 65):
        answer = await supervisor("PUT", f"/api/v1/stations/{id_}", STATION)
        assert (answer.status, answer.json()["field"]) == (422, "station_id"), id_


async def test_a_station_that_builds_a_unit_cannot_be_deleted(hub: RunningHub) -> None:
    supervisor = await hub.as_role(Role.SUPERVISOR)
    await supervisor("PUT", "/api/v1/stations/station-1", STATION)
    running = session(hub.organisation, "record-9")
    await hub.store.sessions.start(running, [b"{}"], [])
    refused = await supervisor("DELETE", "/api/v1/stations/station-1")
    assert (refused.status, refused.json()["code"], "record-9" in refused.json()["msg"]) == (409, "station_in_use", True)
    await supervisor("PUT", "/api/v1/stations/free", STATION)
    assert (await supervisor("DELETE", "/api/v1/stations/free")).status == 204
    assert (await supervisor("GET", "/api/v1/stations/free")).status == 404


async def test_a_screen_starts_from_a_station_without_a_session(hub: RunningHub) -> None:
    await (await hub.as_role(Role.SUPERVISOR))("PUT", "/api/v1/stations/bench-1", STATION)
    answer = await (await hub.as_role(Role.VIEWER))("GET", "/api/v1/stations/bench-1/session")
    said = answer.json()
    assert (said["station"]["id"], said["session"], said["assembly"], said["results"]) == ("bench-1", None, None, [])
    assert set(said["position"]) == {"epoch", "offset"}


async def test_a_screen_starts_in_the_middle_of_a_unit_with_everything_it_shows(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    await add_station(hub.store, hub.organisation, "bench-1")
    started = await hub.hub.coaching.start(
        hub.organisation, StartRequest(assembly_id="asm", operator_id="Ann", station_id="bench-1", step_progression_delay=0.1)
    )
    async with Camera(hub.store, hub.organisation, "bench-1").showing(10, "m10"):
        await wait_for_fact(hub.store, hub.organisation, "STEP_ADVANCE", 1, "bench-1")
    said = (await (await hub.as_role(Role.VIEWER))("GET", "/api/v1/stations/bench-1/session")).json()
    assert (said["session"]["assembly_record_id"], said["session"]["operator_id"]) == (started.session.id, "Ann")
    assert [said["session"][name] for name in ("auto_coach_enabled", "filmed")] == [True, False]
    assert said["session"]["step"]["id"] == "20"
    assert [(visit["number"], visit["status"], visit["duration_ms"] > 0) for visit in said["results"]] == [(1, "COMPLETE", True)]
    assert [step["number"] for step in said["assembly"]["steps"]] == [1, 2, 3]
    facts = await hub.store.sessions.facts_since(hub.organisation, "bench-1", said["position"]["epoch"], said["position"]["offset"], 10)
    assert (facts.recovered, facts.facts) == (True, [])


async def test_another_organisation_s_station_is_not_there(hub: RunningHub, other_organisation: str) -> None:
    await (await hub.as_role(Role.SUPERVISOR))("PUT", "/api/v1/stations/bench-1", STATION)
    elsewhere = await hub.as_role(Role.ADMIN, other_organisation)
    assert (await elsewhere("GET", "/api/v1/stations/bench-1")).status == 404
    assert (await elsewhere("GET", "/api/v1/stations/bench-1/session")).status == 404
    assert (await elsewhere("DELETE", "/api/v1/stations/bench-1")).status == 404
    assert (await elsewhere("GET", "/api/v1/stations")).json() == []
