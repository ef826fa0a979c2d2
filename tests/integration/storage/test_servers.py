"""The same promises on a cluster, behind Sentinel and with a password, each a real server on a port of its own."""

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import redis.exceptions
from redis.asyncio import Redis

from storage import keys
from storage.addresses import Address
from storage.connection import Store
from storage.embedded import find_server
from storage.entities.event import EventChange
from storage.errors import StoreUnavailable
from storage.settings import StoreSettings
from storage.streams import CommandServer
from tests.support.stored import AT_MS, event, session


def free_port() -> int:
    # The bus of a cluster takes the port 10,000 above.
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            if (port := int(probe.getsockname()[1])) < 55_000:
                return port


def spawn(folder: Path, port: int, *flags: str, config: str) -> subprocess.Popen[bytes]:
    folder.mkdir()
    (folder / "server.conf").write_text(f"port {port}\nbind 127.0.0.1\ndir {folder}\n{config}\n")
    command = [str(find_server()), str(folder / "server.conf"), *flags]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def until(says: Callable[[], Awaitable[bool]]) -> None:
    """Waits for a server, ten seconds at most."""
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(redis.exceptions.ConnectionError, redis.exceptions.BusyLoadingError):
                if await says():
                    return
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def server(folder: Path, port: int, *flags: str, config: str = "") -> AsyncIterator[Redis]:
    """A server process on a TCP port, and a client of it."""
    process = spawn(folder, port, *flags, config=config)
    client = Redis(port=port, protocol=2)
    try:
        await until(client.ping)
        yield client
    finally:
        await client.aclose()
        process.kill()
        process.wait()


async def keeps_its_promises(url: str, data_dir: Path) -> None:
    """One of each: a commit with facts and intervals, a window, a message, a command."""
    store = await Store.connect(StoreSettings(data_dir=data_dir, redis_url=url))

    async def act(_: object) -> dict[str, object]:
        return {"done": True}

    serving = asyncio.create_task(CommandServer(store, "vision", {"snapshot": act}).run())
    try:
        await store.organisations.add("acme")
        async with store.subscriber() as subscriber:
            await subscriber.subscribe(keys.coaching_facts("acme", "station-1"))
            await store.sessions.start(session("acme"), [b"1"], [EventChange.started(event("acme"))])
            async with asyncio.timeout(5):
                async for channel, _ in subscriber:
                    assert channel == keys.coaching_facts("acme", "station-1")
                    break
        assert len((await store.events.window("acme", None, None, AT_MS, AT_MS + 1)).json) == 1
        assert [f.fact for f in (await store.sessions.facts_since("acme", "station-1", "", "0-0")).facts] == [b"1"]
        assert [s.id for s in await store.sessions.history("acme")] == ["record-1"]
        assert [o.name for o in await store.organisations.list()] == ["acme"]
        assert (await store.commands.call("acme", "vision", "snapshot", {}, 10)).ok
        assert (await store.durability()).reason.startswith("appendonly is off")
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await store.close()


async def test_a_cluster(tmp_path: Path) -> None:
    port = free_port()
    async with server(tmp_path / "node", port, "--cluster-enabled", "yes") as node:
        await node.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)

        async def whole() -> bool:
            return b"cluster_state:ok" in await node.execute_command("CLUSTER", "INFO")

        await until(whole)
        await keeps_its_promises(f"redis+cluster://127.0.0.1:{port}", tmp_path)


async def test_behind_sentinel(tmp_path: Path) -> None:
    port, watcher = free_port(), free_port()
    config = f"sentinel monitor takt 127.0.0.1 {port} 1"
    async with server(tmp_path / "master", port), server(tmp_path / "sentinel", watcher, "--sentinel", config=config):
        await keeps_its_promises(f"redis+sentinel://127.0.0.1:{watcher}/takt", tmp_path)


async def test_with_a_password_which_is_never_shown(tmp_path: Path) -> None:
    port = free_port()
    async with server(tmp_path / "server", port) as client:
        await client.config_set("requirepass", "p@ss")
        url = f"redis://:p%40ss@127.0.0.1:{port}"
        await keeps_its_promises(url, tmp_path)
        assert "p%40ss" not in Address(url).shown
        with pytest.raises(StoreUnavailable):
            await Store.connect(StoreSettings(data_dir=tmp_path, redis_url=f"redis://127.0.0.1:{port}"))
