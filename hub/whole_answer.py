"""One whole answer in one write, past the server's own rendering of heads, which costs as much as the rest of a small answer.

Hypercorn 0.18 hands the application a bound method of its HTTPStream, whose `send` is one of the H11Protocol, whose `send` is one of the
TCPServer. The states of stream and protocol are moved on by their own public ways, only the bytes are ours. Another server or version, an
HTTP/1.0 client, one that ends its connection, a connection near its last request: there the server's own `send` serves.
"""

import time
from email.utils import formatdate
from typing import Any

import h11
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.events import RawData
from hypercorn.protocol.events import StreamClosed
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.http_stream import ASGIHTTPState, HTTPStream

from hub.idle import IdleConnections

# What the protocol is told of an answer. The bytes that it makes of it are thrown away.
_TOLD = {status: h11.Response(status_code=status, headers=[("content-length", "0")]) for status in (200, 304)}
_END = h11.EndOfMessage()
# A copy of so much costs less than a second write.
_JOINED_BYTES = 128 * 1024


async def send_whole(scope: Any, send: object, idle: IdleConnections, status: int, head: bytes, body: bytes) -> bool:
    """Sends status line, `head` (lines that each end with CRLF, no date) and body; False = nothing was sent, the ordinary way is open."""
    stream = getattr(send, "__self__", None)
    if type(stream) is not HTTPStream or status not in _TOLD or stream.state is not ASGIHTTPState.REQUEST:
        return False
    protocol = getattr(stream.send, "__self__", None)
    server = getattr(getattr(protocol, "send", None), "__self__", None)
    if type(protocol) is not H11Protocol or type(server) is not TCPServer:
        return False
    if protocol.connection.our_state is not h11.SEND_RESPONSE or not _stays_open(scope, protocol):
        return False
    if stream.closed:
        # The client is gone; there is nobody to answer.
        return True
    idle.adopt(server)
    protocol.connection.send(_TOLD[status])
    protocol.connection.send(_END)
    stream.state = ASGIHTTPState.CLOSED
    head = b"HTTP/1.1 %d \r\n%sdate: %s\r\n\r\n" % (status, head, _date(int(time.time())))
    if len(body) <= _JOINED_BYTES:
        await protocol.send(RawData(head + body))
    else:
        await protocol.send(RawData(head))
        await protocol.send(RawData(body))
    await stream.send(StreamClosed(stream_id=stream.stream_id))
    return True


def _stays_open(scope: Any, protocol: H11Protocol) -> bool:
    """Whether the connection goes on after this answer: then nothing about it has to be said in the head."""
    if scope["http_version"] != "1.1" or protocol.keep_alive_requests >= protocol.config.keep_alive_max_requests:
        return False
    return all(value.lower() == b"keep-alive" for name, value in scope["headers"] if name == b"connection")


_now: tuple[int, bytes] = (0, b"")


def _date(second: int) -> bytes:
    global _now
    if _now[0] != second:
        _now = second, formatdate(second, usegmt=True).encode()
    return _now[1]
