"""Connecting: what kind of server it is, and what happens without one."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from storage import addresses, database, keys
from storage.connection import Store
from storage.errors import SchemaTooNew, StoreUnavailable
from storage.settings import StoreSettings
from tests.support.store import KillableStore


async def test_the_embedded_store_is_durable(store: Store) -> None:
    found = await store.durability()
    assert (found.durable, found.reason) == (True, "")
    assert found.server.startswith(("valkey ", "redis "))


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [("appendfsync", "everysec", "up to 2 s"), ("maxmemory-policy", "allkeys-lru", "drop data"), ("appendonly", "no", "appendonly is off")],
)
async def test_a_server_that_is_not_durable_is_reported_with_the_reason(
    killable_store: KillableStore, setting: str, value: str, reason: str
) -> None:
    store = await Store.connect(killable_store.settings)
    try:
        await store.redis.config_set(setting, value)
        found = await store.durability()
    finally:
        await store.close()
    assert not found.durable
    assert reason in found.reason


async def test_a_server_that_hides_its_settings_counts_as_not_durable(killable_store: KillableStore) -> None:
    store = await Store.connect(killable_store.settings)
    try:
        await store.redis.execute_command("ACL", "SETUSER", "default", "-config")
        found = await store.durability()
    finally:
        await store.close()
    assert not found.durable
    assert "CONFIG is forbidden" in found.reason


async def test_a_data_folder_without_a_running_store_is_unavailable_within_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await Store.connect(StoreSettings(data_dir=tmp_path))
    assert time.monotonic() - began < 10


async def test_without_an_address_the_store_of_the_data_folder_is_used(killable_store: KillableStore) -> None:
    store = await Store.connect(StoreSettings(data_dir=killable_store.data_dir, redis_url=""))
    await store.close()


async def test_data_of_a_newer_version_are_refused_with_a_sentence(killable_store: KillableStore) -> None:
    store = await Store.connect(killable_store.settings)
    await store.redis.set(keys.SCHEMA, 99)
    await store.close()
    with pytest.raises(SchemaTooNew, match=r"schema 99; this one knows up to \d+"):
        await Store.connect(killable_store.settings)


async def test_a_server_that_dies_makes_every_call_unavailable_and_is_found_again(killable_store: KillableStore) -> None:
    store = await Store.connect(killable_store.settings)
    try:
        killable_store.kill()
        with pytest.raises(StoreUnavailable):
            await store.stations.list("default")
        with pytest.raises(StoreUnavailable):
            await store.redis.get("anything")
        with pytest.raises(StoreUnavailable):
            await store.redis.pipeline().get("anything").execute()
        await asyncio.to_thread(killable_store.start)
        assert await store.stations.list("default") == []
    finally:
        await store.close()


async def test_a_server_that_hangs_is_unavailable_after_one_time_out(
    killable_store: KillableStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "_SOCKET_TIMEOUT_S", 0.3)
    monkeypatch.setattr(database, "_OVERDUE_AFTER_S", 0.3)
    store = await Store.connect(killable_store.settings)
    os.kill(killable_store.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.stations.list("default")
        with pytest.raises(StoreUnavailable):
            await store.database.wait(store.database.blocking.blpop("nothing", 1), 0.1)
        assert time.monotonic() - began < 2
    finally:
        os.kill(killable_store.pid, signal.SIGCONT)
    try:
        assert await store.stations.list("default") == []
    finally:
        await store.close()


async def test_a_server_without_memory_refuses_a_write_as_unavailable(killable_store: KillableStore) -> None:
    store = await Store.connect(killable_store.settings)
    try:
        await store.redis.config_set("maxmemory", "1mb")
        with pytest.raises(StoreUnavailable):
            await store.organisations.add("full")
        await store.redis.config_set("maxmemory", "0")
        await store.organisations.add("full")
    finally:
        await store.close()
