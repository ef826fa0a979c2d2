"""A real vision process with an emulated camera: what stands still becomes a downtime on the websocket and in REST, also over a kill."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import pytest_asyncio

from hub.settings import Settings
from storage import keys
from storage.connection import Store
from storage.entities.user import Role
from tests.integration.vision.line import until
from tests.integration.vision.program import Program
from tests.support.hub import RunningHub, run_hub
from tests.support.regions import add_station, now_ms
from tests.support.sockets import Socket, open_socket
from vision.settings import VisionSettings
from vision.worker.worker import Worker

IMAGES, FPS = 10, 15
WITHIN_S = 20.0
BODY = {
    "line_name": "L21",
    "roi_title": "Stanice 3",
    "station_id": "S1",
    "machine_foreign_id": "M1",
    "polygon": [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]],
    "idle_after_seconds": 1,
    "resume_after_seconds": 1,
}


class Machine:
    """A folder of images that a station plays as its camera: a slide goes to and fro, or stands still."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "camera.json").write_text(f'{{"fps": {FPS}}}')
        random = np.random.default_rng(3)
        self._ground = cv2.resize(random.integers(60, 180, (24, 32, 3)).astype(np.uint8), (320, 240))
        self._random = random
        self.run()

    def run(self) -> int:
        """Moves from now on; answers when that was (ms)."""
        return self._show(lambda number: 80 + round(60 * abs(1 - 2 * number / IMAGES)))

    def stand(self) -> int:
        """Stands still from now on; answers when that was (ms)."""
        return self._show(lambda _: 110)

    def _show(self, place: Any) -> int:
        for number in range(IMAGES):
            picture = self._ground.copy()
            x = place(number)
            cv2.rectangle(picture, (x, 80), (x + 60, 150), (40, 200, 230), -1)
            cv2.putText(picture, "SLIDE", (x + 5, 120), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 2)
            noise = self._random.normal(0, 2, picture.shape)
            fresh = self.folder / "next.tmp"
            fresh.write_bytes(cv2.imencode(".jpg", np.clip(picture + noise, 0, 255).astype(np.uint8))[1].tobytes())
            fresh.replace(self.folder / f"{number:02}.jpg")
        return now_ms()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "camera")


@pytest_asyncio.fixture
async def floor(hub_settings: Settings, store: Store, organisation: str, machine: Machine) -> AsyncIterator[RunningHub]:
    """A hub, a station with the camera and a machine; no session is ever opened."""
    await add_station(store, organisation, camera=str(machine.folder))
    await store.machines.ensure(organisation, "M1")
    async with run_hub(hub_settings, store, organisation) as running:
        yield running


async def next_fact(socket: Socket, *kinds: str) -> dict[str, Any]:
    """The next fact that is of one of these kinds."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            event: dict[str, Any] = (await socket.receive(WITHIN_S))["event"]
            if event["type"] in kinds:
                return event


async def is_watched(floor: RunningHub) -> bool:
    beat = await floor.store.redis.get(keys.component("vision"))
    return beat is not None and b'"regions": 1' in beat and floor.organisation.encode() in beat


async def test_a_stop_is_told_while_it_lasts_survives_a_kill_and_ends_when_motion_resumes(
    floor: RunningHub, machine: Machine, tmp_path: Path
) -> None:
    supervisor = await floor.as_role(Role.SUPERVISOR)
    with Program("vision", floor.store, tmp_path / "said") as vision:
        await until(lambda: _is_live(floor), 20.0)
        # The camera runs already, nobody restarts anything.
        assert (await supervisor("PUT", "/api/v1/rois/L21_3", BODY)).status == 201
        await until(lambda: is_watched(floor), 20.0)
        async with open_socket(f"{floor.ws_url}/live", await floor.token()) as socket:
            assert (await socket.subscribe("downtime:L21"))["snapshot"] == {"downtimes": []}
            # Nobody says that nothing happened: the slide is seen to move.
            await asyncio.sleep(1.5)
            stood_ms = machine.stand()
            started = (await next_fact(socket, "started"))["downtime"]
            assert started["ended_at"] is None
            assert abs(await detected_ms(floor) - stood_ms) < 1_000
            vision.kill()
            vision.start()
            later = (await next_fact(socket, "reason_changed"))["downtime"]
            assert later["event_id"] == started["event_id"]
            assert later["downtime_seconds"] > started["downtime_seconds"]
            ran_ms = machine.run()
            ended = (await next_fact(socket, "ended"))["downtime"]
        assert ended["event_id"] == started["event_id"]
        assert abs(ended["downtime_seconds"] - (ran_ms - stood_ms) / 1000) < 2
        assert sum(reason["duration_seconds"] for reason in ended["downtime_reason"]) == pytest.approx(ended["downtime_seconds"])
        listed = (await supervisor("GET", "/api/v1/downtime", query={"since": "2020-01-01T00:00:00Z"})).json()
        assert [(found["event_id"], found["downtime_seconds"]) for found in listed] == [(ended["event_id"], ended["downtime_seconds"])]
        assert vision.terminate()[0] == 0


@asynccontextmanager
async def running_worker(store: Store) -> AsyncIterator[None]:
    """Vision in this process."""
    working = asyncio.create_task(Worker(store, VisionSettings(**store.settings.model_dump())).run())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.wait([working], timeout=5.0)
        assert working.done()


async def open_id(floor: RunningHub) -> str | None:
    found = await floor.store.detected_downtimes.open_at(floor.organisation, "L21_3")
    return found.event_id if found else None


async def test_a_region_that_changes_is_watched_as_it_is_now_without_a_restart(floor: RunningHub, machine: Machine) -> None:
    supervisor = await floor.as_role(Role.SUPERVISOR)

    async def put(**changes: object) -> None:
        assert (await supervisor("PUT", "/api/v1/rois/L21_3", {**BODY, **changes})).status in (200, 201)

    machine.stand()
    async with running_worker(floor.store), open_socket(f"{floor.ws_url}/live", await floor.token()) as socket:
        await put()
        await socket.subscribe("downtime:L21")
        first = (await next_fact(socket, "started"))["downtime"]["event_id"]
        await put(polygon=[[0, 0], [1, 0], [1, 1], [0, 1]])
        assert (await next_fact(socket, "reason_changed"))["downtime"]["event_id"] == first
        await put(line_name="L22")
        assert (await next_fact(socket, "ended"))["downtime"]["event_id"] == first
        await until(lambda: open_id(floor))
        second = await open_id(floor)
        assert second not in (None, first)
        assert await floor.store.detected_downtimes.in_flight(floor.organisation, "L21") == []
        assert (await supervisor("DELETE", "/api/v1/stations/S1")).status == 204
        await until(lambda: _nothing_is_open(floor))
        listed = (await supervisor("GET", "/api/v1/downtime", query={"since": "2020-01-01T00:00:00Z"})).json()
        assert [(found["event_id"], found["line_name"]) for found in listed] == [(first, "L21"), (second, "L22")]


async def _nothing_is_open(floor: RunningHub) -> bool:
    return await open_id(floor) is None


async def _is_live(floor: RunningHub) -> bool:
    source = await floor.hub.stations.source(floor.organisation, "S1")
    return source is not None and source.state == "live"


async def detected_ms(floor: RunningHub) -> int:
    found = await floor.store.detected_downtimes.open_at(floor.organisation, "L21_3")
    assert found is not None
    return found.detected_at_ms
