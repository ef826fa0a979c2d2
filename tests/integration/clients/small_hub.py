"""A small websocket server that speaks the sockets of a hub as they are written down, and nothing more."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import msgpack
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

EPOCH = "e1"
RECORD = "00000000-0000-4000-8000-000000000001"
SUBPROTOCOLS = ["takt.v1.json", "takt.v1.msgpack"]


class SmallHub:
    """Facts are kept and replayed; frames are taken as far as credit was granted; a test cuts when it likes."""

    def __init__(self) -> None:
        self.url = ""
        self.first_credit = 2
        self.facts: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.frames: list[dict[str, Any]] = []
        self.pongs: list[Any] = []
        self.tokens: list[str | None] = []
        self.connections = 0
        self.open: set[ServerConnection] = set()
        self.forgets = False
        self.swallows = ""
        """A request of this name breaks the connection, once, instead of being answered."""
        self.busy = False
        self.happened = asyncio.Condition()

    async def until(self, true: Any) -> None:
        """Waits until a condition on what happened holds."""
        async with asyncio.timeout(10), self.happened:
            await self.happened.wait_for(true)

    async def _note(self) -> None:
        async with self.happened:
            self.happened.notify_all()

    def fact(self, status: str, **more: Any) -> dict[str, Any]:
        """Appends a fact; nobody is told."""
        place = {"epoch": EPOCH, "offset": f"{1000 + len(self.facts)}-0"}
        self.facts.append({"status": status, "assembly_record_id": RECORD, "station_id": "st", **more, **place})
        return self.facts[-1]

    async def tell(self, msg: dict[str, Any], **envelope: Any) -> None:
        """Sends a coaching message to everybody."""
        for connection in list(self.open):
            await self.say(connection, {"status": "ok", "msg": msg, **envelope})

    async def say(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        """Sends one message in the connection's codec."""
        with contextlib.suppress(ConnectionClosed):
            packed = msgpack.packb(message) if connection.subprotocol == "takt.v1.msgpack" else json.dumps(message)
            await connection.send(packed)

    async def cut(self, code: int = 1012) -> None:
        """Closes every connection with a code; 0 = the network breaks."""
        for connection in list(self.open):
            if code:
                await connection.close(code, "as the test wants")
            else:
                connection.transport.abort()

    async def handle(self, connection: ServerConnection) -> None:
        """One connection from its handshake to its end."""
        assert connection.request is not None
        self.connections += 1
        self.tokens.append(connection.request.headers.get("Authorization"))
        self.open.add(connection)
        await self._note()
        try:
            if connection.request.path.endswith("/frames"):
                await self.say(connection, {"credit": self.first_credit})
            async for data in connection:
                message = json.loads(data) if isinstance(data, str) else msgpack.unpackb(data)
                await self._take(connection, message)
                await self._note()
        except ConnectionClosed:
            pass
        finally:
            self.open.discard(connection)
            await self._note()

    async def _take(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        if "pong" in message:
            self.pongs.append(message["pong"])
        elif "jpeg" in message:
            self.frames.append(message)
        else:
            self.requests.append(message)
            await self._answer(connection, message)

    async def _answer(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        id_ = message["id"]
        if "resume" in message:
            place = message["resume"]
            is_known = place["epoch"] == EPOCH and not self.forgets
            if not is_known:
                await self.say(connection, {"id": id_, "status": "ok", "msg": {"recovered": False, "snapshot": self.facts[-1]}})
                return
            await self.say(connection, {"id": id_, "status": "ok", "msg": {"recovered": True}})
            for fact in self.facts:
                if int(fact["offset"].split("-")[0]) > int(place["offset"].split("-")[0]):
                    await self.say(connection, {"status": "ok", "msg": fact})
        elif self.busy:
            error = {"status": "ERROR", "error": "station_busy", "message": f"Station st is building {RECORD}."}
            await self.say(connection, {"id": id_, "status": "error", "msg": error})
        elif self.swallows in message:
            self.swallows = ""
            connection.transport.abort()
        else:
            status = "COACHING_STARTED" if "start" in message else "COACHING_PAUSED"
            await self.say(connection, {"id": id_, "status": "ok", "msg": self.fact(status)})


@contextlib.asynccontextmanager
async def small_hub() -> AsyncIterator[SmallHub]:
    """Serves on a free port of 127.0.0.1 until the block ends."""
    hub = SmallHub()
    async with serve(hub.handle, "127.0.0.1", 0, subprotocols=SUBPROTOCOLS) as server:  # type: ignore[arg-type]
        port = next(iter(server.sockets)).getsockname()[1]
        hub.url = f"http://127.0.0.1:{port}"
        yield hub
