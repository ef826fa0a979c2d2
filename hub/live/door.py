"""The ASGI middleware in front of every websocket: refuses before the handshake, and hands the handler the way to the transport."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson

from hub.live.outbox import Tier
from hub.live.transport import Reach, limit_message, refuse_deflate, walk
from hub.origins import origin_is_allowed

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Asgi = Callable[[Any, Receive, Send], Awaitable[None]]

MESSAGE_LIMIT = 64 * 1024
FRAME_MESSAGE_LIMIT = 4 * 1024 * 1024
# What may be taken from the server before the handler has dealt with it; more stays in the kernel and slows the sender down.
INBOUND_MESSAGES = 16
INBOUND_BYTES = 1024 * 1024
SEND_BUFFER = 2 * 1024
LONGEST_PONG = 32


class InboundGate:
    """Lets messages in only as fast as the handler deals with them."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages = 0
        self._bytes = 0
        self._room = asyncio.Event()
        self._room.set()
        self._discards = False
        self.on_pong: Callable[[int], bool] | None = None
        """Takes a pong here and now; False = it goes the way of all messages. At thousands of clients pongs are most of what comes in."""

    async def receive(self) -> Any:
        """The next event of the server, once there is room for it."""
        while True:
            await self._room.wait()
            event = await self._receive()
            if event["type"] != "websocket.receive":
                return event
            if self._takes_pong(event.get("text")):
                continue
            if not self._discards:
                self._count(1, _size(event.get("bytes") or event.get("text") or ""))
                return event

    def _takes_pong(self, text: str | None) -> bool:
        if text is None or self.on_pong is None or len(text) > LONGEST_PONG or not text.startswith('{"pong":'):
            return False
        number = text[8:-1].strip()
        return number.isdecimal() and self.on_pong(int(number))

    def handled(self, data: str | bytes) -> None:
        """Tells that the handler has taken a message."""
        self._count(-1, -_size(data))

    def discard(self) -> None:
        """Lets no message through any more, only the end of the connection."""
        self._discards = True
        self._room.set()

    def _count(self, messages: int, size: int) -> None:
        self._messages += messages
        self._bytes += size
        if self._discards or (self._messages < INBOUND_MESSAGES and self._bytes < INBOUND_BYTES):
            self._room.set()
        else:
            self._room.clear()


@dataclass(frozen=True, slots=True)
class Entrance:
    """What the door gives the handler, in the scope under `takt.entrance`."""

    reach: Reach
    gate: InboundGate
    message_limit: int


class Door:
    """Asks Origin, room and state before each websocket; other requests pass."""

    def __init__(self, app: Asgi, origins: frozenset[str]) -> None:
        self._app = app
        self._origins = origins
        self.tier = Tier.SEND
        """The fastest tier that may be used."""
        self.most_sockets = 100_000
        self.is_closed = False
        """Whether the process is ending."""
        self.inside = 0
        self.empty = asyncio.Event()
        """Set while nobody is inside."""
        self.empty.set()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        if (refusal := self._refusal(scope)) is not None:
            await _refuse(send, *refusal)
            return
        self.inside += 1
        self.empty.clear()
        try:
            entrance = self._open(scope, receive, send)
            await self._app({**scope, "takt.entrance": entrance}, entrance.gate.receive, send)
        finally:
            self.inside -= 1
            if not self.inside:
                self.empty.set()

    def _refusal(self, scope: Any) -> tuple[int, str, str] | None:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if not origin_is_allowed(headers.get(b"origin"), headers.get(b"host", ""), self._origins):
            return 403, "origin_not_allowed", "This origin may not connect. Add it to TAKT_ALLOWED_ORIGINS."
        if self.is_closed:
            return 503, "restarting", "Takt is restarting. Try again."
        if self.inside >= self.most_sockets:
            return 503, "full", "There are too many connections."
        return None

    def _open(self, scope: Any, receive: Receive, send: Send) -> Entrance:
        reach = walk(send)
        refuse_deflate(reach)
        limit = FRAME_MESSAGE_LIMIT if scope["path"].startswith("/station/") else MESSAGE_LIMIT
        limit_message(reach, limit)
        tier = min(reach.tier, self.tier)
        if tier is Tier.SEND and reach.transport is not None:
            # The server's `send` then waits for the client instead of filling the transport with what will be old.
            reach.transport.set_write_buffer_limits(high=SEND_BUFFER)
        return Entrance(Reach(reach.stream, reach.transport, tier), InboundGate(receive), limit)


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    body = orjson.dumps({"status": "error", "code": code, "msg": message})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body, "more_body": False})


def _size(data: str | bytes) -> int:
    return len(data)
