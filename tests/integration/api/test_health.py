"""Alive, ready, well, and counted: health.live, health.ready, health.components, health.metrics."""

from hub.protocol.coaching import StartRequest
from hub.settings import Settings
from storage.connection import Store
from storage.entities.user import Role
from tests.support.coaching import Camera, add_assembly, add_station, wait_until
from tests.support.hub import RunningHub, run_hub
from tests.support.store import KillableStore


async def test_alive_and_ready_need_no_token(hub: RunningHub) -> None:
    assert (await hub.http("GET", "/health/live")).status == 200
    ready = await hub.http("GET", "/health/ready")
    assert (ready.status, ready.json()) == (200, {"status": "ok", "missing": []})


async def test_health_names_every_part_and_why_it_is_missing(hub: RunningHub) -> None:
    await hub.hub.health.beat("hub:1")
    health = (await (await hub.as_role(Role.VIEWER))("GET", "/health")).json()
    states = {component["name"]: component["state"] for component in health["components"]}
    assert (health["state"], health["durable"], states["store"], states["hub:1"]) == ("missing", True, "ok", "ok")
    assert {name for name, state in states.items() if state == "missing"} >= {"vision", "trainer"}


async def test_metrics_count_answers_by_operation_and_worker(hub: RunningHub) -> None:
    viewer = await hub.as_role(Role.VIEWER)
    await viewer("GET", "/api/v1/stations")
    text = (await viewer("GET", "/metrics")).body.decode()
    assert f'takt_http_seconds_count{{operation="stations.list",status="200",worker="{hub.hub.metrics.worker}"}}' in text


async def test_metrics_tell_the_age_of_frames_and_where_their_time_went_to_their_organisation_alone(
    hub: RunningHub, other_organisation: str
) -> None:
    await add_assembly(hub.store, hub.organisation)
    await add_station(hub.store, hub.organisation, "bench-1")
    await hub.hub.coaching.start(hub.organisation, StartRequest(assembly_id="asm", operator_id="Ann"))
    viewer, elsewhere = await hub.as_role(Role.VIEWER), await hub.as_role(Role.ADMIN, other_organisation)
    wanted = f'takt_frame_age_seconds{{organisation="{hub.organisation}",station="bench-1"'
    text = ""

    async def is_told() -> bool:
        nonlocal text
        text = (await viewer("GET", "/metrics")).body.decode()
        return wanted in text

    async with Camera(hub.store, hub.organisation, "bench-1").showing(10, "hands"):
        await wait_until(is_told, 15)
    for stage in ("capture", "infer", "bus", "total"):
        assert f'takt_stage_seconds_count{{stage="{stage}"' in text
    assert hub.organisation not in (await elsewhere("GET", "/metrics")).body.decode()


async def test_without_the_store_the_hub_is_alive_not_ready_and_says_503_in_the_manners_of_each_surface(
    killable_store: KillableStore,
) -> None:
    settings = Settings(data_dir=killable_store.data_dir, redis_url=killable_store.url)
    store = await Store.connect(settings)
    await store.organisations.add("default")
    try:
        async with run_hub(settings, store, "default") as hub:
            viewer = await hub.as_role(Role.VIEWER)
            killable_store.kill()
            assert (await hub.http("GET", "/health/live")).status == 200
            ready = await hub.http("GET", "/health/ready")
            assert (ready.status, ready.json()) == (503, {"status": "error", "missing": ["store"]})
            own = await viewer("GET", "/api/v1/stations")
            assert (own.status, own.json()["code"]) == (503, "unavailable")
            keys = await viewer("GET", "/api/v1/api-keys")
            assert (keys.status, set(keys.json())) == (503, {"error"})
            killable_store.start()
            await wait_until(lambda: is_ready(hub), 15)
            assert (await viewer("GET", "/api/v1/stations")).status == 200
    finally:
        await store.close()


async def is_ready(hub: RunningHub) -> bool:
    """Whether the hub says so."""
    return (await hub.http("GET", "/health/ready")).status == 200
