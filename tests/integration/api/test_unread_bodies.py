"""A client whose request is refused while it still sends gets the answer, not a broken pipe."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from hub import lingering
from tests.support.hub import RunningHub

MIB = 1024 * 1024
HEAD = "POST /api/v1/auth/login HTTP/1.1\r\nHost: takt\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


@asynccontextmanager
async def connected(hub: RunningHub) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    address = urlsplit(hub.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        async with asyncio.timeout(20):
            yield reader, writer
    finally:
        writer.close()


async def test_a_refusal_in_the_middle_of_a_body_reaches_the_client_that_sends_it_to_its_end(hub: RunningHub) -> None:
    async with connected(hub) as (reader, writer):
        writer.write(HEAD.format(12 * MIB).encode())
        first = await reader.readline()
        for _ in range(12):
            writer.write(b" " * MIB)
            await writer.drain()
        rest = await reader.readuntil(b"\r\n\r\n")
        body = await reader.read(MIB)
    assert (first.split()[1], b"larger than" in body, rest.endswith(b"\r\n\r\n")) == (b"413", True, True)


async def test_the_connection_serves_the_next_request_after_a_refused_body(hub: RunningHub) -> None:
    async with connected(hub) as (reader, writer):
        writer.write(HEAD.format(2 * MIB).encode() + b" " * 2 * MIB)
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: takt\r\nConnection: close\r\n\r\n")
        answers = await reader.read()
    assert (answers.count(b"HTTP/1.1 413"), answers.count(b"HTTP/1.1 200")) == (1, 1)


async def test_a_body_without_end_is_cut_off(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "LINGER_BYTES", 2 * MIB)
    sent = 0
    async with connected(hub) as (reader, writer):
        writer.write(HEAD.format(1024 * MIB).encode())
        assert b"413" in await reader.readline()
        with contextlib.suppress(ConnectionError):
            while sent < 100 * MIB:
                writer.write(b" " * MIB)
                await writer.drain()
                sent += MIB
    assert sent < 100 * MIB


async def test_a_body_that_stops_coming_is_not_waited_for_long(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "LINGER_S", 0.2)
    async with connected(hub) as (reader, writer):
        writer.write(HEAD.format(2 * MIB).encode() + b" " * 10)
        answer = await reader.read()
    assert (answer.startswith(b"HTTP/1.1 413"), b"larger than" in answer) == (True, True)
