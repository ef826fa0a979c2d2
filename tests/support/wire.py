"""HTTP as it stands on the wire: requests written by hand, answers read one by one."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.support.hub import RunningHub

TARGET = "/api/v1/events?from=2025-05-27T08:00:00Z&to=2025-05-27T16:00:00Z&machine_foreign_ids=M"
Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(hub: RunningHub, limit: int = 64 * 1024) -> AsyncIterator[Wire]:
    """An open connection; `limit` bounds what is taken from it unread."""
    address = urlsplit(hub.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=limit)
    try:
        async with asyncio.timeout(30):
            yield reader, writer
    finally:
        writer.close()


def request(token: str, *lines: str, version: str = "1.1", target: str = TARGET) -> bytes:
    """A GET with more header lines."""
    return "\r\n".join((f"GET {target} HTTP/{version}", "Host: takt", f"Authorization: Bearer {token}", *lines, "", "")).encode()


async def read_one(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The head of one answer, and its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)\r\n", head, re.IGNORECASE)
    return head, await reader.readexactly(int(length[1])) if length else b""
