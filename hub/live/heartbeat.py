"""Asks every client once in 25 s whether it is there; one task for all of them."""

import asyncio

from hub.live.connection import Connection
from hub.live.push import CodecName, encode
from hub.protocol.close_codes import CloseCode
from hub.protocol.frames import PING
from hub.protocol.live import ping

PING_EVERY_S = 25
PONG_WITHIN_S = 8
TICK_S = 1.0


class Heartbeat:
    """Clients that speak takt.v1 are sent {"ping": n} and end without {"pong": n}; others are sent protocol pings."""

    def __init__(self, tick_s: float = TICK_S) -> None:
        self._tick_s = tick_s
        self._tick = 0
        self._due: list[set[Connection]] = [set() for _ in range(PING_EVERY_S)]
        self._place: dict[Connection, int] = {}
        self._asked: dict[int, set[Connection]] = {}

    def add(self, connection: Connection) -> None:
        """Looks after a connection; its first ping comes after PING_EVERY_S ticks."""
        place = self._tick % PING_EVERY_S
        self._place[connection] = place
        self._due[place].add(connection)

    def discard(self, connection: Connection) -> None:
        """Stops looking after a connection."""
        place = self._place.pop(connection, None)
        if place is not None:
            self._due[place].discard(connection)
        for asked in self._asked.values():
            asked.discard(connection)

    async def run(self) -> None:
        """Ticks until cancelled."""
        while True:
            await asyncio.sleep(self._tick_s)
            self.beat()

    def beat(self) -> None:
        """One tick: asks those whose turn it is, and ends those who were asked PONG_WITHIN_S ticks ago and did not answer."""
        self._tick += 1
        for connection in self._asked.pop(self._tick - PONG_WITHIN_S, ()):
            if connection.last_pong != self._tick - PONG_WITHIN_S:
                connection.end(CloseCode.TIMED_OUT, "no pong")
        due = self._due[self._tick % PING_EVERY_S]
        if due:
            self._ask(list(due))

    def _ask(self, due: list[Connection]) -> None:
        frames = {codec: encode(ping(self._tick), codec) for codec in _CODECS}
        asked = {connection for connection in due if connection.codec.has_heartbeat}
        for connection in due:
            if connection in asked:
                connection.outbox.fact(frames[connection.codec.name])
            else:
                connection.outbox.raw(PING)
        if asked:
            self._asked[self._tick] = asked


_CODECS: tuple[CodecName, ...] = ("json", "msgpack")
