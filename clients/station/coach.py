"""Coaching from a station: start and interrupt up, events down, through every cut of the connection."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import structlog
from websockets.exceptions import ConnectionClosed as Closed

from clients.station.errors import OutcomeUnknown, Refused, StationError
from clients.station.events import CoachEvent, Place, read_event
from clients.station.inbox import Inbox
from clients.station.link import CodecName, Connection, stay_connected
from hub.protocol.coaching_message import CoachingStatus

log = structlog.get_logger(__name__)

REPLY_S = 15.0
# After these answers to a resume there is nothing to follow any more.
_GONE = ("not_found", "invalid", "bad_request")


class CoachLink:
    """The station's side of /coach. It follows the unit that was started, interrupted or adopted last."""

    def __init__(self, url: str, token: str, codec: CodecName = "json") -> None:
        self._url = url
        self._token = token
        self._codec = codec
        self._inbox = Inbox()
        self._ids = itertools.count(1)
        self._replies: dict[int, asyncio.Future[CoachEvent]] = {}
        self._connection: Connection | None = None
        self._connected = asyncio.Event()
        self._fault: StationError | None = None
        self._resume_id: int | None = None
        self.record_id = ""
        """The unit that is followed; empty when none is."""
        self.place: Place | None = None
        """The last fact that was heard."""
        self.cuts = 0
        """How many times the connection was lost."""

    async def run(self) -> None:
        """Stays connected until cancelled. Raises ConnectionClosed when the hub says not to come back."""
        try:
            await stay_connected(self._url, self._token, self._codec, self._talk)
        except StationError as fault:
            self._fault = fault
            self._connected.set()
            await self._inbox.fail(fault)
            raise

    async def request(self, body: dict[str, Any], timeout_s: float = REPLY_S) -> CoachEvent:
        """Sends start or interrupt and awaits the fact that answers it. Raises Refused, OutcomeUnknown, ConnectionClosed."""
        id_ = next(self._ids)
        reply: asyncio.Future[CoachEvent] = asyncio.get_running_loop().create_future()
        self._replies[id_] = reply
        try:
            async with asyncio.timeout(timeout_s):
                connection = await self._ready()
                await connection.send({"id": id_, **body})
                return await reply
        except TimeoutError as error:
            raise OutcomeUnknown(f"The hub did not answer within {timeout_s:g} s.") from error
        except Closed as error:
            raise OutcomeUnknown("The connection broke before the hub answered.") from error
        finally:
            self._replies.pop(id_, None)
            reply.cancel()

    async def adopt(self, record_id: str) -> None:
        """Follows a unit that was started elsewhere, or whose start was not answered; its state comes as an event."""
        self.record_id, self.place = record_id, self.place or Place("none", "0-0")
        if self._connection is not None:
            await self._resume(self._connection)

    async def events(self) -> AsyncIterator[CoachEvent]:
        """All facts in order, each once, and the newest predictions between them. Raises ConnectionClosed at the end of all."""
        while True:
            yield await self._inbox.get()

    async def _ready(self) -> Connection:
        while self._connection is None:
            if self._fault is not None:
                raise self._fault
            await self._connected.wait()
        return self._connection

    async def _talk(self, connection: Connection) -> None:
        if self.record_id:
            await self._resume(connection)
        self._connection = connection
        self._connected.set()
        try:
            async for message in connection.messages():
                await self._take(message)
        finally:
            self.cuts += 1
            self._connection = None
            self._connected.clear()
            for reply in self._replies.values():
                if not reply.done():
                    reply.set_exception(OutcomeUnknown("The connection broke before the hub answered."))

    async def _resume(self, connection: Connection) -> None:
        place = self.place or Place("none", "0-0")
        self._resume_id = next(self._ids)
        body = {"assembly_record_id": self.record_id, "epoch": place.epoch, "offset": place.offset}
        await connection.send({"id": self._resume_id, "resume": body})

    async def _take(self, message: dict[str, Any]) -> None:
        id_, msg = message.get("id"), message.get("msg")
        if not isinstance(msg, dict):
            return
        if id_ is not None and id_ == self._resume_id:
            await self._resumed(message.get("status") == "ok", msg)
            return
        try:
            event = read_event(msg)
        except (KeyError, ValueError):
            log.warning("the hub said something that this client does not know", status=msg.get("status"))
            return
        if event.status is CoachingStatus.ERROR:
            await self._refused(id_, event)
        elif event.place is None or event.place.is_after(self.place):
            self._note(event)
            self._answer(id_, event)
            await self._inbox.put(event)

    def _note(self, event: CoachEvent) -> None:
        if event.place is None:
            return
        self.place = event.place
        self.record_id = "" if event.is_end else event.assembly_record_id

    def _answer(self, id_: Any, event: CoachEvent) -> None:
        reply = self._replies.get(id_) if isinstance(id_, int) else None
        if reply is not None and not reply.done():
            reply.set_result(event)

    async def _resumed(self, is_ok: bool, msg: dict[str, Any]) -> None:
        self._resume_id = None
        if not is_ok:
            code = str(msg.get("error", ""))
            if code not in _GONE:
                # The store may be away for a moment: come back for the missed facts, rather than go on without them.
                raise ConnectionResetError(str(msg.get("message", code)))
            self.record_id = ""
            await self._inbox.put(read_event(msg))
        elif not msg.get("recovered") and isinstance(msg.get("snapshot"), dict):
            event = read_event(msg["snapshot"], recovered=False)
            self._note(event)
            await self._inbox.put(event)

    async def _refused(self, id_: Any, event: CoachEvent) -> None:
        reply = self._replies.get(id_) if isinstance(id_, int) else None
        if reply is not None and not reply.done():
            reply.set_exception(Refused(event.message, event.error))
        else:
            await self._inbox.put(event)
