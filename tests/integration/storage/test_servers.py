"""The same promises on a cluster, behind Sentinel, with a password and over TLS, each a real server on a port of its own."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from storage import keys
from storage.addresses import Address
from storage.connection import Store
from storage.entities.event import EventChange
from storage.errors import StoreUnavailable
from storage.settings import StoreSettings
from storage.streams import CommandServer
from tests.support.servers import DURABLE, Server, behind_tls, certificates, cluster, guarded, server
from tests.support.stored import AT_MS, event, session


async def keeps_its_promises(url: str, data_dir: Path) -> str:
    """One of each: a commit with facts and intervals, a window, a message, a command. What the server says about durability."""
    store = await Store.connect(StoreSettings(data_dir=data_dir, redis_url=url))

    async def act(_: object) -> dict[str, object]:
        return {"done": True}

    serving = asyncio.create_task(CommandServer(store, "vision", {"snapshot": act}).run())
    try:
        await store.organisations.add("acme")
        async with store.subscriber() as subscriber:
            await subscriber.subscribe(keys.coaching_facts("acme", "station-1"))
            await store.sessions.start(session("acme"), [b"1"], [EventChange.started(event("acme"))])
            async with asyncio.timeout(20):
                async for channel, _ in subscriber:
                    assert channel == keys.coaching_facts("acme", "station-1")
                    break
        assert len((await store.events.window("acme", None, None, AT_MS, AT_MS + 1)).json) == 1
        assert [f.fact for f in (await store.sessions.facts_since("acme", "station-1", "", "0-0")).facts] == [b"1"]
        assert [s.id for s in await store.sessions.history("acme")] == ["record-1"]
        assert [o.name for o in await store.organisations.list()] == ["acme"]
        assert (await store.commands.call("acme", "vision", "snapshot", {}, 10)).ok
        return (await store.durability()).reason
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await store.close()


async def answers_many_at_once(store: Store) -> None:
    """As when all clients of a hub come back at once."""
    asked = (store.redis.exists(keys.organisation("acme")) for _ in range(3_000))
    assert await asyncio.gather(*asked) == [1] * 3_000


async def refuses(url: str, data_dir: Path) -> str:
    with pytest.raises(StoreUnavailable) as refused:
        await Store.connect(StoreSettings(data_dir=data_dir, redis_url=url))
    return str(refused.value)


async def test_a_cluster_of_three_is_as_durable_as_its_weakest_node(tmp_path: Path) -> None:
    async with cluster(tmp_path, nodes=3) as (url, nodes):
        assert await keeps_its_promises(url, tmp_path) == ""
        await nodes[1].client.config_set("appendfsync", "everysec")
        store = await Store.connect(StoreSettings(data_dir=tmp_path, redis_url=url))
        try:
            assert "appendfsync is everysec" in (await store.durability()).reason
            await answers_many_at_once(store)
        finally:
            await store.close()


async def test_behind_sentinel(tmp_path: Path) -> None:
    async with guarded(tmp_path, replicas=1) as found:
        assert "min-replicas-to-write is 0" in await keeps_its_promises(found.url, tmp_path)
        await found.primary.client.config_set("min-replicas-to-write", "1")
        store = await Store.connect(StoreSettings(data_dir=tmp_path, redis_url=found.url))
        try:
            assert (await store.durability()).durable
            await answers_many_at_once(store)
            await acknowledges_only_what_a_replica_has(store, found.replicas[0])
        finally:
            await store.close()


async def acknowledges_only_what_a_replica_has(store: Store, replica: Server) -> None:
    begun = session("acme", "record-2", "station-2")
    os.kill(replica.process.pid, signal.SIGSTOP)
    try:
        # The primary has it, but it would be gone with the primary.
        with pytest.raises(StoreUnavailable, match="0 of 1 replicas"):
            await store.sessions.start(begun, [b"1"], [])
    finally:
        os.kill(replica.process.pid, signal.SIGCONT)
    await store.sessions.commit(begun, [b"2"], [])
    assert await replica.client.xlen(keys.coaching_facts("acme", "station-2")) == 2


async def test_with_a_password_which_is_never_shown(tmp_path: Path) -> None:
    async with server(tmp_path / "server") as found:
        await found.client.config_set("requirepass", "p@ss")
        url = f"redis://:p%40ss@127.0.0.1:{found.port}"
        assert (await keeps_its_promises(url, tmp_path)).startswith("appendonly is off")
        assert "p%40ss" not in Address(url).shown
        await refuses(f"redis://127.0.0.1:{found.port}", tmp_path)


async def test_over_tls_whose_certificate_is_checked(tmp_path: Path) -> None:
    ours, theirs = certificates(tmp_path / "ours"), certificates(tmp_path / "theirs")
    async with server(tmp_path / "server", config=DURABLE) as found, behind_tls(found.port, ours) as port:
        url = f"rediss://127.0.0.1:{port}"
        assert await keeps_its_promises(f"{url}?ssl_ca_certs={ours.authority}", tmp_path) == ""
        # Another authority's, and what the machine itself trusts.
        for wrong in (f"{url}?ssl_ca_certs={theirs.authority}", url):
            assert "certificate" in (await refuses(wrong, tmp_path)).lower()
