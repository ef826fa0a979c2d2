"""The sockets of the fake hub: /live and /coach."""

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from quart import Quart, websocket

if TYPE_CHECKING:
    from tests.support.fake_hub import FakeHub


def add(app: Quart, hub: "FakeHub") -> None:
    """Adds both sockets."""

    async def welcome() -> Any:
        await websocket.accept(subprotocol="takt.v1.json")
        if hub.refusing:
            await websocket.close(1012)
            raise asyncio.CancelledError
        hub.auths.append((websocket.path, orjson.loads(await websocket.receive())["auth"]["token"]))
        await _say({"auth": {"role": hub.role, "organisation": "default", "expires_in": 900}})
        return websocket._get_current_object()  # type: ignore[attr-defined]

    @app.websocket("/live")
    async def live() -> None:
        socket = await welcome()
        hub.lives[socket] = {}
        try:
            while True:
                await _live(hub, hub.lives[socket], orjson.loads(await websocket.receive()))
        finally:
            hub.lives.pop(socket, None)

    @app.websocket("/coach")
    async def coach() -> None:
        socket = await welcome()
        hub.coaches.add(socket)
        try:
            while True:
                await _coach(hub, orjson.loads(await websocket.receive()))
        finally:
            hub.coaches.discard(socket)


async def _say(message: dict[str, Any]) -> None:
    await websocket.send(orjson.dumps(message).decode())


async def _live(hub: "FakeHub", channels: dict[str, Any], message: dict[str, Any]) -> None:
    if "unsubscribe" in message:
        channels.pop(message["unsubscribe"]["channel"], None)
        return
    if "subscribe" not in message:
        return
    asked = message["subscribe"]
    channel = asked["channel"]
    body: dict[str, Any] = {"channel": channel, "recovered": False}
    missed: list[dict[str, Any]] = []
    if channel.startswith("coaching:"):
        since = asked.get("since")
        body |= hub.position
        body["recovered"] = bool(since and since["epoch"] == hub.epoch)
        missed = hub.missed(since["offset"]) if body["recovered"] else []
    await _say({"id": message.get("id"), "subscribed": body})
    for fact in missed:
        await _say({"channel": channel, "offset": fact["offset"], "event": {"type": fact["status"], **fact}})
    channels[channel] = asked


INTERRUPTS = {
    "PAUSE": [("COACHING_PAUSED", 0, "ACTIVE")],
    "RESUME": [("COACHING_RESUMED", 0, "ACTIVE")],
    "CANCEL": [("COACHING_CANCELLED", 0, "ACTIVE")],
    "STEP_BACK": [("STEP_INTERRUPT", 0, "PENDING"), ("STEP_ADVANCE", -1, "ACTIVE")],
    "SKIP_STEP": [("STEP_INTERRUPT", 0, "SKIPPED"), ("STEP_ADVANCE", 1, "ACTIVE")],
}


async def _coach(hub: "FakeHub", message: dict[str, Any]) -> None:
    hub.coach_requests.append(message)
    if "resume" in message:
        await _say({"status": "ok", "msg": {"recovered": True}})
    elif "start" in message:
        await _fact(hub, message, "COACHING_STARTED", 1, "ACTIVE")
    elif "interrupt" in message and hub.session:
        now = int(hub.session["step"]["id"])
        for status, move, step_status in INTERRUPTS[message["interrupt"]["interrupt_type"]]:
            await _fact(hub, message, status, now + move, step_status)


def _append(hub: "FakeHub", status: str, step: int, step_status: str) -> dict[str, Any]:
    msg = hub.message(status, step, step_status) | {"epoch": hub.epoch, "offset": f"{1000 + len(hub.facts)}-0"}
    hub.facts.append(msg)
    hub.session = None if status == "COACHING_CANCELLED" else msg
    return msg


async def tell(hub: "FakeHub", status: str, step: int, step_status: str) -> None:
    """Appends a fact from inside the fake's own loop and tells it to whoever listens."""
    await hub.push_fact(_append(hub, status, step, step_status))


async def _fact(hub: "FakeHub", request: dict[str, Any], status: str, step: int, step_status: str) -> None:
    """The same as the answer to a request of /coach."""
    msg = _append(hub, status, step, step_status)
    await _say({"id": request.get("id"), "status": "ok", "msg": msg})
    await hub.push_fact(msg)
