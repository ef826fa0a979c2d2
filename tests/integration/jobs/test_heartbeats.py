"""The jobs process ends what has gone silent, and Takt's components beat like the apps of a device."""

import asyncio

import pytest

from hub.jobs.heartbeats import Heartbeats, working
from hub.jobs.retention import trim_timelines
from hub.services.health import Component, HealthService
from hub.settings import Settings
from storage import keys
from storage.connection import Store
from storage.entities.user import Role
from storage.messages import SourceState
from storage.packing import pack
from tests.support.coaching import add_station
from tests.support.devices import HOUR_MS, NOW_MS, Apps, make_apps
from tests.support.hub import RunningHub
from tests.support.store import KillableStore

ALWAYS = {"database", "filesys", "reporting", "scheduler"}


@pytest.fixture
def heartbeats(store: Store, hub_settings: Settings) -> Heartbeats:
    """The jobs on the shared store."""
    return Heartbeats(store, HealthService(store, hub_settings))


async def beating(store: Store, organisation: str) -> set[str]:
    """Codes of Takt's components that beat."""
    return {app.code for app in await store.device_apps.open(organisation) if app.device_id == 0}


async def test_a_sweep_ends_the_silent_apps_of_every_organisation(
    store: Store, organisation: str, other_organisation: str, heartbeats: Heartbeats
) -> None:
    floors = [await make_apps(store, name) for name in (organisation, other_organisation)]
    for apps in floors:
        await apps.beat(NOW_MS, code="silent")
        await apps.beat(NOW_MS + 55_000, code="heard")
    assert await heartbeats.sweep(NOW_MS + 60_000) >= 2
    for apps in floors:
        assert [app.code for app in await store.device_apps.open(apps.organisation)] == ["heard"]
    await store.redis.srem(keys.ORGANISATIONS, other_organisation)


async def test_the_components_that_work_beat_and_are_asked_for_like_any_app(hub: RunningHub, heartbeats: Heartbeats) -> None:
    await add_station(hub.store, hub.organisation, "bench-1")
    health = HealthService(hub.store, hub.hub.settings)
    for process in ("hub:1", "vision"):
        await health.beat(process)
    live = pack(SourceState("bench-1", "live", 1, frames_per_second=15.0, frame_age_ms=3.0))
    await hub.store.redis.set(keys.source_state(hub.organisation, "bench-1"), live, ex=10)
    await heartbeats.beat()
    await heartbeats.beat()
    expected = {*ALWAYS, "camera", "predict", "recorder", "sequencer", "webserver"}
    assert await beating(hub.store, hub.organisation) - {"train"} == expected
    admin = await hub.as_role(Role.ADMIN)
    data = (await admin("GET", "/api/v1/device-apps/0/webserver/uptime")).json()["data"]
    assert (data["device"], data["summary"]["interval_count"]) == ({"id": 0, "name": "Takt"}, 1)
    assert data["current_status"]["status"] == "running"
    silent = (await admin("GET", "/api/v1/device-apps/0/io/uptime")).json()["data"]
    assert (silent["current_status"], silent["summary"]["running_seconds"]) == (None, 0)
    told = {found["id"]: found for found in (await admin("GET", "/api/v1/devices/status")).json()["data"]}
    assert told[0]["online"] is True


def test_a_component_works_while_its_process_beats_and_is_configured() -> None:
    def camera(state: str) -> Component:
        return Component("camera:a", state)

    everything = working({"hub", "vision", "trainer", "jobs", "store"}, [camera("degraded"), camera("ok")], keeps_files=True)
    assert everything == [
        "camera", "database", "filesys", "predict", "recorder", "reporting", "scheduler", "sequencer", "train", "webserver"
    ]  # fmt: skip
    assert set(working({"hub"}, [], keeps_files=True)) == {*ALWAYS, "sequencer", "webserver"}
    assert set(working(set(), [camera("missing")], keeps_files=False)) == ALWAYS - {"filesys"}


async def test_all_components_of_an_organisation_beat_in_one_write(store: Store, organisation: str, heartbeats: Heartbeats) -> None:
    await heartbeats.beat(NOW_MS)
    before = int((await store.redis.info("commandstats"))["cmdstat_evalsha"]["calls"])
    served = len(await store.organisations.names())
    await heartbeats.beat(NOW_MS + 10_000)
    calls = int((await store.redis.info("commandstats"))["cmdstat_evalsha"]["calls"]) - before
    assert calls <= served
    assert {app.seen_ms for app in await store.device_apps.open(organisation)} == {NOW_MS + 10_000}


async def test_two_jobs_processes_may_beat_at_once(store: Store, organisation: str, heartbeats: Heartbeats, hub_settings: Settings) -> None:
    second = Heartbeats(store, HealthService(store, hub_settings))
    for turn in range(3):
        await asyncio.gather(heartbeats.beat(NOW_MS + turn * 10_000), second.beat(NOW_MS + turn * 10_000 + 5))
    assert await beating(store, organisation) >= ALWAYS
    for app in await store.device_apps.open(organisation):
        assert (app.since_ms // 10 * 10, app.seen_ms >= NOW_MS + 20_000) == (NOW_MS, True)


async def test_jobs_wait_out_a_store_that_is_away_and_the_gap_counts(killable_store: KillableStore) -> None:
    settings = Settings(data_dir=killable_store.data_dir, redis_url=killable_store.url)
    store = await Store.connect(settings)
    try:
        await store.organisations.add("default")
        jobs = Heartbeats(store, HealthService(store, settings))
        await jobs.beat(NOW_MS)
        killable_store.kill()
        await jobs.beat(NOW_MS + 10_000)
        assert await jobs.sweep(NOW_MS + 10_000) == 0
        killable_store.start()
        await jobs.beat(NOW_MS + HOUR_MS)
        apps = Apps(store, "default", await store.devices.get("default", "0"), jobs._apps)
        found = await apps.uptime(NOW_MS - 1, NOW_MS + HOUR_MS + 5_000, code="database")
        assert (found.figures.running_ms, found.figures.interval_count) == (5_000, 2)
    finally:
        await store.close()


async def test_retention_forgets_runs_of_beats_too(store: Store, organisation: str) -> None:
    apps = await make_apps(store, organisation)
    await apps.beat(NOW_MS)
    await apps.beat(NOW_MS + HOUR_MS)
    await apps.service.close_silent(organisation, NOW_MS + 2 * HOUR_MS)
    assert (await apps.uptime(NOW_MS - 1, NOW_MS + 2 * HOUR_MS)).figures.interval_count == 2
    assert await trim_timelines(store, 1) >= 2
    assert (await apps.uptime(NOW_MS - 1, NOW_MS + 2 * HOUR_MS)).figures.interval_count == 0
