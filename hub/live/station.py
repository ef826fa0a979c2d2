"""/station/{station_id}/frames: a station without a local vision process pushes its camera."""

import orjson
from quart import Blueprint

from hub.errors import BadMessage, Conflict, NotFound, TaktError
from hub.hub import current_hub
from hub.live.allowance import Allowance
from hub.live.connection import Connection
from hub.live.control import Word
from hub.live.live import Live
from hub.live.pushed_frames import Window
from hub.operation import Limit, declare_socket_command
from hub.protocol import live as protocol
from hub.protocol.close_codes import CloseCode
from hub.protocol.parsing import as_map, fit
from hub.protocol.pushed_frames import JPEG_MAGIC, PushedFrameMessage, credit
from hub.services.cameras import PUSH
from storage import keys
from storage.entities.user import Role
from storage.messages import PushedFrame

blueprint = Blueprint("station", __name__)

# Twice the fastest camera.
FRAMES_PER_S = 120.0

declare_socket_command(
    "station.frame",
    role=Role.OPERATOR,
    limit=Limit(int(FRAMES_PER_S) * 60),
    socket="/station/{station_id}/frames",
    document="One picture of the station's own camera; needs credit, which the server grants as frames are inferred.",
)


@blueprint.websocket("/station/<station_id>/frames")
async def frames(station_id: str) -> None:
    """Takes frames for as long as no other connection takes the station over."""
    hub = current_hub()
    allowance = Allowance(FRAMES_PER_S, FRAMES_PER_S)
    async with hub.live.socket("station", role=Role.OPERATOR, render_error=protocol.error, allowance=allowance) as connection:
        organisation = connection.caller.organisation
        station = await hub.store.stations.find(organisation, station_id)
        if station is None:
            raise NotFound(f"There is no station {station_id[:64]}.", code="unknown_station")
        if station.camera != PUSH:
            raise Conflict("This station has a camera of its own; give it the camera push.", code="not_a_push_station")
        pusher = Pusher(hub.live, connection, station_id)
        try:
            await pusher.take_over()
            async for message in connection.messages():
                await pusher.take(message)
        finally:
            pusher.leave()


class Pusher:
    """One connection that pushes; the newest one of a station, whichever hub it reached, is the only one."""

    def __init__(self, room: Live, connection: Connection, station: str) -> None:
        self._room = room
        self._connection = connection
        self._station = station
        self._window: Window | None = None
        self._credit = 0
        self._newest = -1
        self._is_announced = False

    async def take_over(self) -> None:
        """Says that the station is this connection's now, then grants the first credit."""
        organisation = self._connection.caller.organisation
        self._room.control.on_word("station_taken", self._hear)
        word = orjson.dumps({"type": "station_taken", "station": self._station, "by": self._connection.id})
        await self._room.store.channels.publish(keys.control(organisation), word)
        self._window = await self._room.windows.open(organisation, self._station)
        self._window.granted = self._grant
        self._grant(self._window.room)

    async def take(self, message: object) -> None:
        """Takes one frame; what is wrong with it is answered."""
        assert self._window is not None
        try:
            frame = fit(PushedFrameMessage, as_map(message), "frame")
            if not frame.jpeg.startswith(JPEG_MAGIC):
                raise BadMessage("jpeg: this is no JPEG.")
            if self._credit < 1:
                raise BadMessage('A frame needs credit; wait for {"credit": n}.')
            if frame.frame_no <= self._newest:
                raise BadMessage("frame_no must grow.")
        except TaktError as error:
            self._connection.refuse(None, error)
            return
        self._newest = frame.frame_no
        self._credit -= 1
        await self._window.put(PushedFrame(self._station, frame.frame_no, frame.captured_at_ns, frame.jpeg))

    def leave(self) -> None:
        """Gives the window back; frames on their way stay in it."""
        self._room.control.off_word("station_taken", self._hear)
        if self._window is not None:
            if self._window.granted == self._grant:
                self._window.granted = None
            self._room.windows.close(self._window)

    def _grant(self, frames: int) -> None:
        if frames > 0:
            self._credit += frames
            self._connection.send(credit(frames))

    def _hear(self, organisation: str, word: Word) -> None:
        """Whoever speaks after this connection has heard itself came later."""
        if organisation != self._connection.caller.organisation or word.get("station") != self._station:
            return
        if word.get("by") == self._connection.id:
            self._is_announced = True
        elif self._is_announced:
            self._connection.end(CloseCode.CONFLICT, "another connection pushes for this station")
