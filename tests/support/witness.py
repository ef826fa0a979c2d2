"""A client that writes down every fact it is told, and the comparison of its log with what the store holds."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

RECONNECT_S = 0.05


@dataclass(frozen=True)
class Told:
    """One fact as a client was told it."""

    offset: tuple[int, int]
    content: dict[str, Any]


def as_offset(text: str) -> tuple[int, int]:
    """The two numbers of a stream's id, in the order of the stream."""
    milliseconds, _, sequence = text.partition("-")
    return int(milliseconds), int(sequence)


@dataclass
class Witness:
    """Follows one channel of facts on /live, through every cut, and logs what it is told."""

    url: str
    token: str
    channel: str
    log: list[Told] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)
    cuts: int = 0
    _position: dict[str, str] | None = None

    async def run(self) -> None:
        """Follows the channel until cancelled."""
        address = self.url.replace("http", "ws", 1) + "/live"
        while True:
            with contextlib.suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                headers = {"Authorization": f"Bearer {self.token}"}
                async with connect(address, additional_headers=headers, subprotocols=["takt.v1.json"], open_timeout=5) as socket:  # type: ignore[list-item]
                    await self._follow(socket)
            self.cuts += 1
            await asyncio.sleep(RECONNECT_S)

    async def _follow(self, socket: Any) -> None:
        request: dict[str, Any] = {"channel": self.channel}
        if self._position is not None:
            request["since"] = self._position
        await socket.send(json.dumps({"id": 1, "subscribe": request}))
        async for message in socket:
            value = json.loads(message)
            if "ping" in value:
                await socket.send(json.dumps({"pong": value["ping"]}))
            elif "subscribed" in value:
                self._subscribed(value["subscribed"])
            elif value.get("channel") == self.channel and "event" in value:
                self._hear(value)
            elif "error" in value:
                # The store may be down at this moment: hang up and ask again.
                return

    def _subscribed(self, answer: dict[str, Any]) -> None:
        if self._position is not None and not answer["recovered"]:
            self.problems.append(
                f"lost: after {self._position} the hub could not recover; it stands at {answer['epoch']} {answer['offset']}"
            )
        if self._position is None or not answer["recovered"]:
            self._position = {"epoch": answer["epoch"], "offset": answer["offset"]}

    def _hear(self, value: dict[str, Any]) -> None:
        event = value["event"]
        epoch = event.get("epoch") or (self._position or {}).get("epoch", "")
        self.log.append(Told(as_offset(value["offset"]), event))
        self._position = {"epoch": epoch, "offset": value["offset"]}
        self.told.set()
        self.told.clear()


def compare(log: list[Told], stored: list[Told]) -> list[str]:
    """Every way in which the log is not exactly the stored facts from its first one on: lost, doubled, out of order, skipped, changed."""
    problems = []
    for before, after in zip(log, log[1:], strict=False):
        if after.offset == before.offset:
            problems.append(f"doubled: {after.offset}")
        elif after.offset < before.offset:
            problems.append(f"out of order: {after.offset} after {before.offset}")
    kept = {fact.offset: fact for fact in stored}
    for fact in log:
        if fact.offset not in kept:
            problems.append(f"lost: {fact.offset} was told ({fact.content.get('status')}) and is not stored")
        elif _bare(kept[fact.offset].content) != _bare(fact.content):
            problems.append(f"changed: {fact.offset} was told as {_bare(fact.content)} and is stored as {_bare(kept[fact.offset].content)}")
    told = {fact.offset for fact in log}
    if log:
        problems += [
            f"skipped: {offset} is stored and was never told"
            for offset in kept
            if log[0].offset < offset < log[-1].offset and offset not in told
        ]
    return problems


def _bare(content: dict[str, Any]) -> dict[str, Any]:
    """Without what is added when a fact is sent."""
    return {name: value for name, value in content.items() if name not in ("epoch", "offset", "id", "type")}
