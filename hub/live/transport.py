"""From the ASGI `send` to the transport behind it: every step is checked, and anything unexpected means "not in reach".

Hypercorn 0.18 hands the application a bound method of its WSStream, whose `send` is one of the H11Protocol, whose `send` is one of the
TCPServer, which holds the StreamWriter. HTTP/2, another server or another version end the walk, and the server's own `send` serves.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.ws_stream import WSStream

from hub.live.outbox import Tier
from hub.protocol.frames import Opcode, wire

log = structlog.get_logger(__name__)

SELF_TEST_TIMEOUT_S = 5.0
SELF_TEST_END_S = 1.0
_HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: takt\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)

_NEEDED = ("write", "abort", "is_closing", "get_write_buffer_size", "get_extra_info")

Send = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the walk found: the server's stream, where it is one of Hypercorn's, and the transport, where it may be written to."""

    stream: WSStream | None
    transport: asyncio.WriteTransport | None
    tier: Tier


NOTHING = Reach(None, None, Tier.SEND)


def walk(send: object) -> Reach:
    """What stands behind an ASGI `send`."""
    stream = getattr(send, "__self__", None)
    if type(stream) is not WSStream:
        return NOTHING
    protocol = getattr(stream.send, "__self__", None)
    server = getattr(getattr(protocol, "send", None), "__self__", None)
    if type(protocol) is not H11Protocol or type(server) is not TCPServer:
        return Reach(stream, None, Tier.SEND)
    transport = getattr(server.writer, "transport", None)
    # uvloop's transports are no subclasses of asyncio's.
    if transport is None or not all(callable(getattr(transport, name, None)) for name in _NEEDED) or transport.is_closing():
        return Reach(stream, None, Tier.SEND)
    if transport.get_extra_info("ssl_object") is not None or transport.get_extra_info("socket") is None:
        return Reach(stream, transport, Tier.TRANSPORT)
    return Reach(stream, transport, Tier.DESCRIPTOR)


def refuse_deflate(reach: Reach) -> None:
    """Answers the handshake without extensions: a compressed message may inflate a thousandfold before its size is checked."""
    if reach.stream is not None:
        reach.stream.handshake.extensions = None


def limit_message(reach: Reach, size: int) -> None:
    """Lets the server close with 1009 above `size` characters or bytes; bytes of texts are counted by the connection."""
    if reach.stream is not None:
        reach.stream.buffer.max_length = size


async def self_test() -> Tier:
    """The fastest tier that works with this server and loop, found by serving one websocket over a pair of sockets."""
    try:
        async with asyncio.timeout(SELF_TEST_TIMEOUT_S):
            return await _serve_once()
    except Exception:  # whatever goes wrong, the server's own send still works
        log.exception("the way to the transport is not as expected, the server's send serves")
        return Tier.SEND


async def _serve_once() -> Tier:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    found: asyncio.Future[Reach] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(_serve(theirs, found))
    try:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(ours, _HANDSHAKE)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += await _received(ours)
        head, _, rest = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101") or b"permessage-deflate" in head:
            raise RuntimeError(f"the handshake was answered with {head[:200]!r}")
        reach = await found
        if reach.transport is None:
            return Tier.SEND
        probe = wire(Opcode.TEXT, b"takt")
        reach.transport.write(probe)
        while len(rest) < len(probe):
            rest += await _received(ours)
        return reach.tier if rest == probe else Tier.SEND
    finally:
        ours.close()
        await asyncio.wait([server], timeout=SELF_TEST_END_S)
        server.cancel()


async def _received(end: socket.socket) -> bytes:
    data = await asyncio.get_running_loop().sock_recv(end, 4096)
    if not data:
        raise ConnectionError("the server closed during the self-test")
    return data


async def _serve(end: socket.socket, found: "asyncio.Future[Reach]") -> None:
    async def app(scope: Any, receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        await receive()
        reach = walk(send)
        refuse_deflate(reach)
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        found.set_result(reach)
        while (await receive())["type"] != "websocket.disconnect":
            pass

    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    transport, protocol = await loop.connect_accepted_socket(lambda: asyncio.StreamReaderProtocol(reader), end)
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    config = Config()
    config.errorlog = None
    await TCPServer(ASGIWrapper(app), loop, config, WorkerContext(None), {}, reader, writer)
