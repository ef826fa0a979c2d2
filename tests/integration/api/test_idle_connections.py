"""A connection on which plain reads were asked for stays open between them as long as any other, and no longer."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from hub import serving
from hub.settings import Settings
from storage.connection import Store
from storage.entities.user import Role
from tests.support.hub import RunningHub, run_hub
from tests.support.wire import connected, read_one, request

LIVE = "/health/live"


async def asked(hub: RunningHub, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *targets: str) -> None:
    """Plain reads of events, or reads of other addresses, each answered."""
    for target in targets:
        writer.write(request(await hub.token(Role.VIEWER), target=target) if target else request(await hub.token(Role.VIEWER)))
        head, _ = await read_one(reader)
        assert head.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("targets", [("",), ("", "", LIVE), (LIVE, "")], ids=str)
async def test_a_connection_on_which_nothing_is_asked_is_closed(
    hub_settings: Settings, store: Store, organisation: str, monkeypatch: pytest.MonkeyPatch, targets: tuple[str, ...]
) -> None:
    monkeypatch.setattr(serving, "HEADERS_WITHIN_S", 0.5)
    async with run_hub(hub_settings, store, organisation) as hub, connected(hub) as (reader, writer):
        await asked(hub, reader, writer, *targets)
        assert await reader.read() == b""


async def test_an_answer_that_takes_longer_is_waited_for(
    hub_settings: Settings, store: Store, organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "HEADERS_WITHIN_S", 0.5)
    async with run_hub(hub_settings, store, organisation) as hub, connected(hub) as (reader, writer):
        await asked(hub, reader, writer, "")
        swift = hub.hub.events.window

        async def slow(*arguments: Any) -> Any:
            # The passing of time is what is looked at.
            await asyncio.sleep(1.2)
            return await swift(*arguments)

        monkeypatch.setattr(hub.hub.events, "window", slow)
        await asked(hub, reader, writer, "", "")


async def test_the_end_of_the_server_ends_idle_connections_at_once(
    hub_settings: Settings, store: Store, organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Were they waited for, the server would not stop within what run_hub allows.
    monkeypatch.setattr(serving, "GRACE_S", 60.0)
    monkeypatch.setattr(serving, "HEADERS_WITHIN_S", 60.0)
    async with AsyncExitStack() as clients:
        async with run_hub(hub_settings, store, organisation) as hub:
            ends = [await clients.enter_async_context(connected(hub)) for _ in range(2)]
            for (reader, writer), targets in zip(ends, (("", ""), ("", LIVE)), strict=True):
                await asked(hub, reader, writer, *targets)
        assert [await reader.read() for reader, _ in ends] == [b"", b""]
