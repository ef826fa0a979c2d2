"""A station in one object: frames up, start and interrupt, events down, reconnect and resume."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any

from clients.station.coach import CoachLink
from clients.station.errors import OutcomeUnknown, Refused
from clients.station.events import CoachEvent, read_event
from clients.station.frames import FrameCounts, FramePusher
from clients.station.link import CodecName
from clients.station.rest import RestClient

# How often a start is sent again when the connection broke before its answer.
START_TRIES = 5


class StationClient:
    """`async with StationClient(url, token, station_id) as station:`; url is the hub's http(s) address, token a JWT or an API key."""

    def __init__(self, url: str, token: str, station_id: str, codec: CodecName = "json") -> None:
        base = url.rstrip("/")
        sockets = "ws" + base.removeprefix("http")
        self.station_id = station_id
        self.rest = RestClient(base, token, again_for_s=20.0)
        self._coach = CoachLink(f"{sockets}/coach", token, codec)
        self._frames = FramePusher(f"{sockets}/station/{station_id}/frames", token, codec)
        self._tasks: list[asyncio.Task[None]] = []
        self._pushing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "StationClient":
        self._tasks.append(asyncio.create_task(self._coach.run(), name="coach"))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends both sockets. The unit goes on at the hub."""
        for task in self._tasks:
            task.cancel()
        # A fault that ended a socket was told by events() or push().
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    # --- frames up ------------------------------------------------------------------------------------------
    def push(self, jpeg: bytes, captured_at_ns: int | None = None) -> int:
        """Hands a JPEG over to be sent and returns its frame number; never waits. Raises ConnectionClosed when pushing has ended."""
        if self._pushing is None:
            self._pushing = asyncio.create_task(self._frames.run(), name="frames")
            self._tasks.append(self._pushing)
        if self._pushing.done() and not self._pushing.cancelled():
            self._pushing.result()
        return self._frames.push(jpeg, captured_at_ns)

    @property
    def frames(self) -> FrameCounts:
        """How many frames were pushed, sent and dropped."""
        return self._frames.counts

    # --- coaching -------------------------------------------------------------------------------------------
    async def start(self, assembly_id: str, operator_id: str, **options: Any) -> CoachEvent:
        """Begins a unit; options as in the protocol (step_id, step_progression_delay, …). The answer is COACHING_STARTED.

        When the connection breaks before the answer, the unit is looked for and adopted, or started again: never two.
        Raises Refused (station_busy names the running unit), ConnectionClosed, OutcomeUnknown.
        """
        body = {"start": {"assembly_id": assembly_id, "operator_id": operator_id, "station_id": self.station_id, **options}}
        is_unsure = False
        for left in reversed(range(START_TRIES)):
            try:
                return await self._coach.request(body)
            except OutcomeUnknown:
                is_unsure = True
                if not left:
                    raise
            except Refused as error:
                if not is_unsure or error.code != "station_busy":
                    raise
                return await self._adopt(assembly_id, operator_id, error)
        raise AssertionError("unreachable")

    async def interrupt(self, kind: str = "PAUSE", reason: str = "", record_id: str = "") -> CoachEvent:
        """PAUSE, RESUME, CANCEL, STEP_BACK or SKIP_STEP the unit; the answer is the fact that follows.

        Raises Refused, ConnectionClosed, and OutcomeUnknown when the connection broke: the events tell.
        """
        record = record_id or self._coach.record_id
        return await self._coach.request({"interrupt": {"assembly_record_id": record, "interrupt_type": kind, "reason": reason}})

    async def follow(self, record_id: str) -> None:
        """Follows a unit that is already running; its state comes as an event with `recovered` False."""
        await self._coach.adopt(record_id)

    def events(self) -> AsyncIterator[CoachEvent]:
        """Every fact once and in order, and the newest predictions between them. Raises ConnectionClosed at the end of all."""
        return self._coach.events()

    @property
    def record_id(self) -> str:
        """The unit that is followed; empty when none is."""
        return self._coach.record_id

    @property
    def cuts(self) -> int:
        """How many times the coaching socket was lost."""
        return self._coach.cuts

    async def _adopt(self, assembly_id: str, operator_id: str, busy: Refused) -> CoachEvent:
        """The unit that our unanswered start made; somebody else's is not touched."""
        state = await self.rest.get(f"/api/v1/stations/{self.station_id}/session")
        running = state.get("session") or {}
        if running.get("assembly_id") != assembly_id or operator_id not in (running.get("operator_id"), running.get("operator_name")):
            raise busy
        await self.follow(running["assembly_record_id"])
        return read_event(running, recovered=False)
