"""What bench/load.c does, in Python, for machines without a C compiler; slower, so latencies say more about it than about the server.

`python -m bench.load PORT PATH TOKEN SUBSCRIBE`
"""

import asyncio
import json
import re
import sys
import time

import websockets

AT_ONCE = 64
_CAPTURED = re.compile(r'"captured_at_ns":(\d+)')


class Load:
    """The clients and what they have received since the last mark."""

    def __init__(self, port: str, path: str, token: str, subscribe: str) -> None:
        self._url = f"ws://127.0.0.1:{port}{path}"
        self._headers = {} if token == "-" else {"Authorization": f"Bearer {token}"}
        self._subscribe = None if subscribe == "-" else subscribe
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._clients: list[asyncio.Task[None]] = []
        self._settled = asyncio.Condition()
        self._open = 0
        self._failed = 0
        self._messages = 0
        self._ages: list[int] = []

    async def obey(self) -> None:
        """Carries out commands until the input ends."""
        while line := await asyncio.to_thread(sys.stdin.readline):
            word, _, number = line.strip().partition(" ")
            if word == "more":
                await self._more(int(number))
            else:
                self._mark()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _more(self, count: int) -> None:
        self._clients += [asyncio.create_task(self._client()) for _ in range(count)]
        async with self._settled:
            await self._settled.wait_for(lambda: self._open + self._failed >= len(self._clients))
        print(json.dumps({"ready": self._open, "failed": self._failed}), flush=True)

    def _mark(self) -> None:
        ages = sorted(self._ages) or [0]
        p50, p99 = ages[len(ages) // 2] / 1000, ages[len(ages) * 99 // 100] / 1000
        print(json.dumps({"messages": self._messages, "p50_us": p50, "p99_us": p99, "open": self._open}), flush=True)
        self._messages, self._ages = 0, []

    async def _client(self) -> None:
        is_open = False
        try:
            async with self._slots:
                socket = await websockets.connect(self._url, additional_headers=self._headers, compression=None)
                if self._subscribe is not None:
                    await socket.send(self._subscribe)
                    await socket.recv()
            is_open = True
            await self._note(1, 0)
            async for message in socket:
                self._take(message)
        except (OSError, websockets.WebSocketException):
            pass
        finally:
            await self._note(-1 if is_open else 0, 1)

    async def _note(self, opened: int, failed: int) -> None:
        self._open += opened
        self._failed += failed
        async with self._settled:
            self._settled.notify_all()

    def _take(self, message: str | bytes) -> None:
        self._messages += 1
        found = _CAPTURED.search(message) if isinstance(message, str) else None
        if found:
            self._ages.append(max(0, time.time_ns() - int(found[1])))


if __name__ == "__main__":
    asyncio.run(Load(*sys.argv[1:5]).obey())
