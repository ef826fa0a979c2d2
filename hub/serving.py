"""Serves an application with Hypercorn: its socket, its limits, and its end within 3 s."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from hypercorn.protocol.h11 import H11Protocol

from hub.live.door import FRAME_MESSAGE_LIMIT

log = structlog.get_logger(__name__)

BACKLOG = 4096
# SIGTERM to the end of the process.
EXIT_WITHIN_S = 3.0
# After the sockets are closed: requests under way, then the tasks of the application.
GRACE_S = 1.0
# A slow reader lags by what the kernel holds unsent: megabytes without this, minutes of predictions.
NOTSENT_LOWAT_BYTES = 16 * 1024
# From a connection's beginning to the end of its request's headers, and from an answer to the next request's: however slowly bytes drip in.
HEADERS_WITHIN_S = 5.0
# Several times what a browser sends, tokens included.
HEADERS_LIMIT_BYTES = 16 * 1024
# Messages that Hypercorn keeps for a handler that is busy; frames of a station have up to 4 MiB each.
APP_QUEUE = 4


def listener(host: str, port: int, fd: int | None = None) -> socket.socket:
    """The listening socket: the one that was handed over, else a new one. Accepted sockets inherit its options."""
    if fd is not None:
        listening = socket.socket(fileno=fd)
    else:
        listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    if listening.family in (socket.AF_INET, socket.AF_INET6):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, NOTSENT_LOWAT_BYTES)
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


def raise_descriptor_limit() -> int:
    """Raises RLIMIT_NOFILE as far as it goes; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def configure(listening: socket.socket) -> Config:
    """Hypercorn's settings: HTTP/1.1 over our socket, whole messages bounded, pings our own."""
    config = Config()
    config.bind = [f"fd://{os.dup(listening.fileno())}"]
    config.backlog = BACKLOG
    config.accesslog = None
    config.errorlog = None
    config.alpn_protocols = ["http/1.1"]
    config.keep_alive_timeout = HEADERS_WITHIN_S
    config.h11_max_incomplete_size = HEADERS_LIMIT_BYTES
    config.graceful_timeout = GRACE_S
    config.shutdown_timeout = EXIT_WITHIN_S
    config.include_server_header = False
    config.max_app_queue_size = APP_QUEUE
    config.websocket_max_message_size = FRAME_MESSAGE_LIMIT
    return config


async def _keep_to_http_1(protocol: H11Protocol, request: Any) -> None:
    """Takes the place of Hypercorn's check, which goes over to HTTP/2 for whoever asks: past our time-outs, our limits and a proxy's rules.

    A request with two lengths is read by Transfer-Encoding and ends its connection (RFC 9112, 6.1), so that nothing is smuggled behind it.
    """
    names = {name.lower() for name, _ in request.headers}
    if {b"content-length", b"transfer-encoding"} <= names:
        protocol.keep_alive_requests = protocol.config.keep_alive_max_requests


async def serve(
    app: Any, listening: socket.socket, *, ending: Callable[[], Awaitable[None]], ready: Callable[[], None], stop: asyncio.Event
) -> None:
    """Serves until `stop` is set: then `ending` closes the sockets, and all else ends too. `ready` is called once connections are
    answered."""

    async def trigger() -> None:
        ready()
        await stop.wait()
        await ending()

    H11Protocol._check_protocol = _keep_to_http_1  # type: ignore[assignment, method-assign]  # no setting does it
    await hypercorn_serve(app, configure(listening), shutdown_trigger=trigger)


def stop_on_signals(stop: asyncio.Event, exit_code: int = 0) -> None:
    """SIGTERM and SIGINT set `stop`; whatever hangs then is cut off after EXIT_WITHIN_S."""
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        if not stop.is_set():
            stop.set()
            loop.call_later(EXIT_WITHIN_S - 0.2, _cut_off, exit_code)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)


def _cut_off(exit_code: int) -> None:
    log.warning("something did not end in time, leaving without it")
    os._exit(exit_code)
