"""HTTP clients that ask one server again and again, in a process of their own.

`python -m bench.timeline_load PORT TOKENS` (a file, a token a line) obeys lines of JSON {"target", "etag", "clients", "requests", "body"}
on its input: so many requests by so many clients on connections that stay open, the tokens in turn; with a body they are POSTs, and "{n}"
in it becomes another number each time. Each line is answered with a line of JSON
{"seconds", "p50_ms", "p99_ms", "statuses", "bytes", "etag"}.
"""

import asyncio
import collections
import gc
import itertools
import json
import re
import sys
import time
from pathlib import Path

import uvloop

ANSWER_WITHIN_S = 30.0
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_ETAG = re.compile(rb'etag: "([^"]+)"', re.IGNORECASE)
_CHUNK = 1 << 20
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Load:
    """Connections to one server, made when they are first needed."""

    def __init__(self, port: int, tokens: list[str]) -> None:
        self._port = port
        self._tokens = itertools.cycle(tokens)
        self._numbers = itertools.count()
        self._idle: list[Streams] = []

    async def run(self, target: str, etag: str, clients: int, requests: int, body: str = "") -> dict[str, object]:
        """See the module."""
        # A server closes a connection that was idle for some seconds.
        self._idle = [(reader, writer) for reader, writer in self._idle if not reader.at_eof()]
        while len(self._idle) < clients:
            self._idle.append(await self._connect())
        left = iter(range(requests))
        took: list[float] = []
        statuses: collections.Counter[str] = collections.Counter()
        said: dict[str, object] = {"bytes": 0, "etag": ""}

        async def client(number: int) -> None:
            for _ in left:
                sent = body.replace("{n}", str(next(self._numbers)))
                also = f'If-None-Match: "{etag}"\r\n' if etag else ""
                also += f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n" if body else ""
                move = "POST" if body else "GET"
                head = f"{move} {target} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {next(self._tokens)}\r\n{also}\r\n{sent}"
                begun = time.perf_counter()
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    try:
                        answer, size = await _ask(*self._idle[number], head.encode())
                    except (asyncio.IncompleteReadError, ConnectionError):
                        self._idle[number] = await self._connect()
                        answer, size = await _ask(*self._idle[number], head.encode())
                took.append(time.perf_counter() - begun)
                statuses[answer[9:12].decode()] += 1
                found = _ETAG.search(answer)
                said["bytes"], said["etag"] = size, found[1].decode() if found else ""

        started = time.perf_counter()
        await asyncio.gather(*(client(number) for number in range(clients)))
        seconds = time.perf_counter() - started
        took.sort()
        p50_ms, p99_ms = took[len(took) // 2] * 1000, took[min(len(took) - 1, len(took) * 99 // 100)] * 1000
        return {"seconds": seconds, "p50_ms": p50_ms, "p99_ms": p99_ms, "statuses": statuses, **said}

    async def _connect(self) -> Streams:
        return await asyncio.open_connection("127.0.0.1", self._port, limit=_CHUNK)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[bytes, int]:
    """The head of the answer and the size of its body, both read."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    size = int(length[1]) if length and not head.startswith(b"HTTP/1.1 304") else 0
    await reader.readexactly(size)
    return head, size


async def obey(port: int, tokens: list[str]) -> None:
    """Carries out what the input says until it ends."""
    load = Load(port, tokens)
    gc.freeze()
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await load.run(**json.loads(line))), flush=True)


if __name__ == "__main__":
    uvloop.run(obey(int(sys.argv[1]), Path(sys.argv[2]).read_text().split()))
