"""The hub on the wire: HTTP/1.1 and nothing else, and no more time and room for headers than they need."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from hub.serving import HEADERS_LIMIT_BYTES
from tests.support.hub import RunningHub

ANSWER_S = 30.0
GET = b"GET /health/live HTTP/1.1\r\nHost: takt\r\n"
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: takt\r\nContent-Type: application/json\r\n"
CHUNKS = b"2\r\n{}\r\n0\r\n\r\n"


@contextlib.asynccontextmanager
async def wire(hub: RunningHub, sent: bytes) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = hub.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(sent)
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """What comes until the hub closes."""
    async with asyncio.timeout(ANSWER_S):
        with contextlib.suppress(ConnectionResetError):
            return await reader.read()
    return b""


async def test_nobody_is_taken_over_to_http_2(hub: RunningHub) -> None:
    async with wire(hub, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00") as (reader, _):
        assert (await all_of(reader)).startswith(b"HTTP/1.1 4")
    upgrade = b"Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n"
    async with wire(hub, GET + upgrade) as (reader, _):
        assert (await all_of(reader)).startswith(b"HTTP/1.1 200")


async def test_a_request_with_two_lengths_is_the_last_of_its_connection(hub: RunningHub) -> None:
    hidden = GET + b"\r\n"
    both = b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n" % len(CHUNKS + hidden)
    async with wire(hub, LOGIN + both + CHUNKS + hidden) as (reader, _):
        assert (await all_of(reader)).count(b"HTTP/1.1 ") == 1
    # The same request with one length keeps its connection, and what follows is a request.
    last = GET + b"Connection: close\r\n\r\n"
    async with wire(hub, LOGIN + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS + last) as (reader, _):
        assert (await all_of(reader)).count(b"HTTP/1.1 ") == 2


async def test_headers_that_drip_in_do_not_keep_a_connection(hub: RunningHub) -> None:
    async with wire(hub, GET + b"X-Long: ") as (reader, writer):

        async def drip() -> None:
            while True:
                writer.write(b"a")
                await asyncio.sleep(0.5)

        dripping = asyncio.create_task(drip())
        try:
            assert await all_of(reader) == b""
        finally:
            dripping.cancel()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (GET + b"X-Long: " + b"a" * (HEADERS_LIMIT_BYTES + 1), b"431"),
        (GET + b"Host: other\r\n\r\n", b"400"),
        (b"GET /health/live HTTP/1.1\r\n\r\n", b"400"),
        (LOGIN + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}}", b"400"),
    ],
)
async def test_headers_that_can_be_read_in_two_ways_are_refused(hub: RunningHub, sent: bytes, status: bytes) -> None:
    async with wire(hub, sent) as (reader, _):
        assert (await all_of(reader)).startswith(b"HTTP/1.1 " + status)
