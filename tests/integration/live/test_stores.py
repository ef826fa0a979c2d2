"""The hub on every kind of external store: the same promises over TLS, on a cluster, and while Sentinel makes a replica the primary."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException

from hub.settings import Settings
from hub.transfer import read_import, write_export
from storage.connection import Store
from storage.entities.user import Role
from tests.support.coaching import Camera, add_assembly, add_station
from tests.support.hub import RunningHub, run_hub
from tests.support.servers import DURABLE, Guarded, behind_tls, certificates, cluster, guarded, server
from tests.support.sockets import Socket, open_socket

ORGANISATION = "acme"
# A fail-over takes about two seconds; a machine that is busy with other tests takes longer to notice the death.
FAILED_OVER_S = 90.0
BEFORE, AFTER = 25, 25


@contextlib.asynccontextmanager
async def hub_on(url: str, folder: Path) -> AsyncIterator[RunningHub]:
    """A hub whose store is at the URL."""
    settings = Settings(data_dir=folder, redis_url=url)
    store = await Store.connect(settings)
    try:
        await store.organisations.add(ORGANISATION)
        async with run_hub(settings, store, ORGANISATION) as running:
            yield running
    finally:
        await store.close()


def step(label: str) -> dict[str, str]:
    return {
        "type": "step",
        "machine_foreign_id": "M1",
        "from": "2025-05-27T10:00:00Z",
        "to": "2025-05-27T10:01:00Z",
        "label": label,
        "idempotency_key": label,
    }


async def labels(hub: RunningHub, organisation: str = ORGANISATION) -> list[str]:
    """Of all the events that the hub answers."""
    window = {"from": "2025-05-27T08:00:00Z", "to": "2025-05-27T16:00:00Z"}
    answer = await (await hub.as_role(Role.VIEWER, organisation))("GET", "/api/v1/events", query=window)
    assert answer.status == 200, answer.body
    return [found["label"] for found in answer.json()]


async def report_and_follow(hub: RunningHub) -> None:
    """An event goes in over REST, and comes out over REST and on the socket."""
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        assert (await socket.subscribe("timeline:*"))["recovered"] in (True, False)
        assert (await (await hub.as_role(Role.OPERATOR))("POST", "/api/v1/events", step("one"))).status == 201
        assert (await socket.receive())["event"]["event"]["label"] == "one"
    assert await labels(hub) == ["one"]


async def store_state(hub: RunningHub) -> tuple[str, str]:
    """What health says of the store."""
    said = (await (await hub.as_role(Role.VIEWER))("GET", "/health")).json()
    found = next(component for component in said["components"] if component["name"] == "store")
    return found["state"], found["reason"]


async def test_a_hub_over_tls_reports_follows_and_reads_back(tmp_path: Path) -> None:
    ours = certificates(tmp_path / "ours")
    async with (
        server(tmp_path / "server", config=DURABLE) as found,
        behind_tls(found.port, ours) as port,
        hub_on(f"rediss://127.0.0.1:{port}?ssl_ca_certs={ours.authority}", tmp_path / "data") as hub,
    ):
        await report_and_follow(hub)
        assert await store_state(hub) == ("ok", "")


async def coached_to_the_end(hub: RunningHub, coach: Socket) -> list[str]:
    """Builds one unit; the statuses of its facts."""
    await coach.send({"start": {"assembly_id": "asm", "operator_id": "op", "step_progression_delay": 0.1}})
    seen: list[str] = []
    camera, step_id = Camera(hub.store, ORGANISATION), "10"
    async with asyncio.timeout(30):
        while "COACHING_COMPLETE" not in seen:
            async with camera.showing(int(step_id), f"m{step_id}"):
                while not seen or seen[-1] not in ("COACHING_COMPLETE", "STEP_COMPLETE"):
                    seen += [said["status"] for said in [(await coach.receive(15))["msg"]] if said["status"] != "PREDICTION"]
            if seen[-1] == "STEP_COMPLETE":
                following = await coach.receive(15)
                while following["msg"]["status"] == "PREDICTION":
                    following = await coach.receive(15)
                seen.append(following["msg"]["status"])
                step_id = str(following["msg"].get("step", {}).get("id", ""))
    return seen


async def test_a_hub_on_a_cluster_coaches_reports_follows_and_transfers(tmp_path: Path) -> None:
    async with cluster(tmp_path, nodes=3) as (url, _), hub_on(url, tmp_path / "data") as hub:
        await report_and_follow(hub)
        await add_assembly(hub.store, ORGANISATION)
        await add_station(hub.store, ORGANISATION)
        async with (
            open_socket(f"{hub.ws_url}/coach", await hub.token(Role.OPERATOR)) as coach,
            open_socket(f"{hub.ws_url}/live", await hub.token()) as watcher,
        ):
            for channel in ("coaching:st1", "health", "training:asm"):
                assert (await watcher.subscribe(channel))["channel"] == channel
            seen = await coached_to_the_end(hub, coach)
            watched = [(await watcher.receive())["event"]["status"] for _ in seen]
        assert watched == seen
        assert seen.count("STEP_COMPLETE") == 3
        others = tmp_path / "export.ndjson"
        await write_export(hub.store, ORGANISATION, others)
        await hub.store.organisations.add("copy")
        await read_import(hub.store, "copy", others)
        assert await labels(hub, "copy") == ["one"]
        assert await store_state(hub) == ("ok", "")


class Reporter:
    """Reports one event after the other, again until it is acknowledged; which were is in `acknowledged`."""

    def __init__(self, hub: RunningHub, token: str) -> None:
        self._client = hub.http.signed(token)
        self.acknowledged: list[str] = []
        self.refused = 0

    async def report(self, count: int) -> None:
        """So many more."""
        for number in range(len(self.acknowledged), len(self.acknowledged) + count):
            label = f"event-{number:03}"
            while True:
                with contextlib.suppress(OSError):
                    answer = await self._client("POST", "/api/v1/events", step(label))
                    if answer.status == 201:
                        break
                    assert answer.status in (429, 503), answer.body
                self.refused += 1
                await asyncio.sleep(0.1)
            self.acknowledged.append(label)


async def followed(hub: RunningHub, token: str, seen: list[str], until: str) -> None:
    """Follows all timelines, through every cut, as a client does that was told where it was."""
    since: dict[str, Any] = {}
    while until not in seen:
        with contextlib.suppress(OSError, TimeoutError, WebSocketException):
            async with open_socket(f"{hub.ws_url}/live", token) as socket:
                start = await socket.subscribe("timeline:*", **since)
                if "offset" not in start:
                    # Refused while the store is away.
                    continue
                since = {"since": {"epoch": start["epoch"], "offset": start["offset"]}}
                while until not in seen:
                    push: dict[str, Any] = await socket.receive(FAILED_OVER_S)
                    seen.append(push["event"]["event"]["label"])
                    since["since"]["offset"] = push["offset"]


async def fail_over_while_reporting(found: Guarded, hub: RunningHub) -> tuple[Reporter, list[str]]:
    seen: list[str] = []
    reporter = Reporter(hub, await hub.token(Role.OPERATOR))
    following = asyncio.create_task(followed(hub, await hub.token(), seen, f"event-{BEFORE + AFTER - 1:03}"))
    try:
        async with asyncio.timeout(FAILED_OVER_S):
            await reporter.report(BEFORE)
            killing = asyncio.create_task(asyncio.to_thread(found.primary.kill))
            await reporter.report(AFTER)
            await killing
            await following
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    return reporter, seen


async def test_no_acknowledged_event_is_lost_when_the_primary_is_killed_and_sockets_go_on(tmp_path: Path) -> None:
    config = f"{DURABLE}min-replicas-to-write 1\nmin-replicas-max-lag 5"
    async with guarded(tmp_path, replicas=2, config=config) as found, hub_on(found.url, tmp_path / "data") as hub:
        assert await store_state(hub) == ("ok", "")
        reporter, seen = await fail_over_while_reporting(found, hub)
        assert reporter.refused > 0, "the kill reached nobody: the test proves nothing"
        assert sorted(await labels(hub)) == reporter.acknowledged
        assert seen == sorted(set(seen))
        assert set(seen) >= set(reporter.acknowledged[1:])
