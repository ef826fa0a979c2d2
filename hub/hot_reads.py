"""The one read that dashboards repeat all day, GET /api/v1/events, answered before the framework where nothing about it is unusual.

The framework costs about as much as all the rest of such a read. So a plain question takes the same four moves here: parse, authorise,
call the one service, render. Whatever is unusual (an error of any kind, another method, a body) is left to the route in hub/api/events.py,
which answers as if nobody had looked before. A test holds the two to the same answers.
"""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import structlog

from hub.caller import Caller
from hub.errors import TaktError
from hub.gate import ALWAYS, CORRELATION, CSP, bucket
from hub.hub import Hub
from hub.idle import IdleConnections
from hub.operation import REGISTRY
from hub.services.events import Timeline, parse_types, parse_window, split_list
from hub.services.limits import Allowance
from hub.whole_answer import send_whole
from storage.entities.event import EventType
from storage.entities.user import Role
from storage.errors import StoreError

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Asgi = Callable[[Any, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

log = structlog.get_logger(__name__)

PATH, OPERATION = "/api/v1/events", "events.list"
# As long as the framework lets a client take to read its answer.
SEND_WITHIN_S = 60.0
LONGEST_QUERY = 16 * 1024
_LISTS = ("machine_foreign_ids", "types")
_TAG = re.compile(rb'"([0-9a-f]{32})"')
_CONSTANT = b"".join(f"{name.lower()}: {value}\r\n".encode() for name, value in (*ALWAYS, ("Content-Security-Policy", CSP)))
# Dashboards ask for the same few windows all day: what their queries say is remembered, some megabytes at most.
REMEMBERED_WINDOWS, REMEMBERED_BYTES = 1_024, 1_024


@dataclass(frozen=True, slots=True)
class _Window:
    """What a query asks for."""

    machines: tuple[str, ...]
    types: frozenset[EventType]
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """A plain question; nothing about it is believed yet."""

    token: str
    request_id: str
    window: _Window
    known: list[str]


class HotReads:
    """ASGI middleware: answers plain reads of the timeline, passes on all else."""

    def __init__(self, app: Asgi, hub: Hub) -> None:
        self._app = app
        self._hub = hub
        self._idle = IdleConnections()
        self._declared = declared = REGISTRY[OPERATION]
        self._may = frozenset(role for role in Role if declared.role is None or role.may(declared.role))

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        try:
            answer = await self._answer(scope)
        except (TaktError, StoreError):
            # The route finds the same, and knows how to say it.
            answer = None
        except Exception:
            log.exception("a read failed before the framework", path=PATH)
            answer = None
        if answer is None:
            await self._app(scope, receive, send)
            return
        status, head, body = answer
        self._hub.metrics.http(OPERATION, status, time.perf_counter() - begun)
        async with asyncio.timeout(SEND_WITHIN_S):
            if await send_whole(scope, send, self._idle, status, head, body):
                return
            await send({"type": "http.response.start", "status": status, "headers": _split(head)})
            await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Any) -> tuple[int, bytes, bytes] | None:
        asked = _read(scope)
        if asked is None:
            return None
        declared = self._declared
        caller = await self._hub.auth.verify_token(asked.token)
        if caller.role not in self._may:
            return None
        allowance = await self._hub.limits.take(declared.name, bucket(caller), declared.limit)
        if not allowance.granted:
            return None
        timeline = await self._timeline(asked, caller)
        status = 304 if timeline.json is None else 200
        return status, _head(asked, allowance, timeline), timeline.json or b""

    async def _timeline(self, asked: _Asked, caller: Caller) -> Timeline:
        window = asked.window
        known = asked.known if window.to_ms <= time.time() * 1000 else None
        return await self._hub.events.window(caller.organisation, window.machines, window.types, window.from_ms, window.to_ms, known)


def _read(scope: Any) -> _Asked | None:
    """What is asked; None when it is for the route. Raises Invalid."""
    # Names are lower case here; of several the first counts.
    headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))
    query: bytes = scope["query_string"]
    if b"content-length" in headers or b"transfer-encoding" in headers or len(query) > LONGEST_QUERY or not query.isascii():
        return None
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    window = _remembered_window(query) if len(query) <= REMEMBERED_BYTES else _window(query)
    if window is None:
        return None
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return _Asked(
        token=token.strip(),
        request_id=given if CORRELATION.fullmatch(given) else secrets.token_hex(8),
        window=window,
        known=[tag.decode() for tag in _TAG.findall(headers.get(b"if-none-match", b""))],
    )


def _window(query: bytes) -> _Window | None:
    """What a query asks for; None when it is for the route. Raises Invalid."""
    singles: dict[str, str] = {}
    lists: dict[str, list[str]] = {name: [] for name in _LISTS}
    for name, value in parse_qsl(query.decode(), keep_blank_values=True):
        plain = name.removesuffix("[]")
        if plain in lists:
            lists[plain].append(value)
        elif name in ("from", "to"):
            singles[name] = value
        else:
            return None
    from_ms, to_ms = parse_window(singles.get("from"), singles.get("to"))
    machines, types = split_list(lists["machine_foreign_ids"]), parse_types(split_list(lists["types"]))
    return _Window(tuple(machines), frozenset(types), from_ms, to_ms)


_remembered_window = lru_cache(REMEMBERED_WINDOWS)(_window)


def _head(asked: _Asked, allowance: Allowance, timeline: Timeline) -> bytes:
    """The lines of the answer's head, each ended; none of the values can hold the end of a line: CORRELATION lets none through."""
    lines = (
        f"content-type: application/json\r\ntakt-epoch: {timeline.epoch}\r\ntakt-offset: {timeline.offset}\r\n"
        f"x-ratelimit-limit: {allowance.limit}\r\nx-ratelimit-remaining: {allowance.remaining}\r\nx-request-id: {asked.request_id}\r\n"
    )
    if timeline.json is not None:
        lines += f"content-length: {len(timeline.json)}\r\n"
    lines += f'cache-control: private, no-cache\r\netag: "{timeline.etag}"\r\n' if timeline.etag else "cache-control: no-store\r\n"
    return lines.encode() + _CONSTANT


def _split(head: bytes) -> Headers:
    """The lines of a head as a server wants them that renders it itself."""
    pairs = (line.partition(b": ") for line in head.splitlines())
    return [(name, value) for name, _, value in pairs]
