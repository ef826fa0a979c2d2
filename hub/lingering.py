"""Lets a client end its sentence: whatever of a body is still on its way when the answer is known is read and thrown away.

A server that answers early (413, 401) and closes at once resets the connection under a client that still sends: it then sees a broken pipe
instead of the answer. So the end of the answer waits for the end of the body, up to a limit of bytes and of time.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Asgi = Callable[[Any, Receive, Send], Awaitable[None]]

LINGER_BYTES = 16 * 1024 * 1024
LINGER_S = 5.0
_WITHOUT_BODY = frozenset({"GET", "HEAD"})


class Lingering:
    """ASGI middleware over an application that goes on receiving while it answers, as Quart does."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _WITHOUT_BODY:
            exchange = _Exchange(receive, send)
            receive, send = exchange.receive, exchange.send
        await self._app(scope, receive, send)


class _Exchange:
    """One request and its answer."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._answered = False
        self._thrown_away = 0
        self._is_over = asyncio.Event()
        """Set once no more of the body comes, or no more of it is waited for."""

    async def receive(self) -> Any:
        while True:
            message = await self._receive()
            if message["type"] != "http.request" or not message.get("more_body", False):
                self._is_over.set()
            if message["type"] != "http.request" or not self._answered:
                return message
            self._thrown_away += len(message.get("body", b""))
            if self._thrown_away > LINGER_BYTES:
                self._is_over.set()

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._answered = True
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LINGER_S):
                    await self._is_over.wait()
        await self._send(message)
