"""One channel while it has subscribers: hears the bus, sends to its groups."""

import asyncio
from collections import deque
from typing import Protocol

import structlog

from hub.live.channel import Channel, order, pause
from hub.live.group import Group
from hub.live.outbox import Outbox
from hub.live.pressure import Pressure
from hub.live.push import CodecName, MessagePush, Push
from hub.native.fan import Fan
from hub.protocol.close_codes import CloseCode
from hub.protocol.live import latest
from storage.errors import StoreError
from storage.facts import Position

log = structlog.get_logger(__name__)

# Facts heard since the topic was opened, for subscribers that are just joining: they read the stream and need what came meanwhile.
RECENT = 512
# A state that was read so long ago still serves: what came since is replayed.
STATE_S = 1.0
# As many missed facts are replayed; who missed more starts from the state.
REPLAY_LIMIT = 5_000


class Aside(Protocol):
    """A subscriber that is sent every push on its own (hub/live/aside.py)."""

    def take(self, push: Push) -> None:
        """Takes the next push, in order."""


class Topic:
    """Facts leave in the order of their stream, each once; after a gap on the bus they wait until what is missing has been read."""

    def __init__(self, channel: Channel, fan: Fan, pressure: Pressure) -> None:
        self.channel = channel
        self.users = 0
        self.delivered = 0
        self.asides: dict[Outbox, Aside] = {}
        key = None if channel.facts else channel.key
        self._groups: dict[CodecName, Group] = {"json": Group(key, fan, pressure), "msgpack": Group(key, fan, pressure)}
        self._recent: deque[Push] = deque()
        self._floor = ""
        """Offset of the newest fact that `_recent` has let go; empty = none yet."""
        self._last = Position("", "")
        self._gaps = 0
        self._state: asyncio.Future[tuple[object | None, Position]] | None = None
        self._state_at = 0.0
        self._heard_in_gap: list[Push] = []

    @property
    def members(self) -> list[Outbox]:
        """Everybody who is sent this topic."""
        return [*self._groups["json"].members(), *self._groups["msgpack"].members(), *self.asides]

    @property
    def position(self) -> Position:
        """The last fact that was heard; the end of the stream when the topic was opened."""
        return self._last

    async def state(self) -> tuple[object | None, Position]:
        """The channel's state; read once for all who ask within STATE_S, as when many screens come back at once."""
        now = asyncio.get_running_loop().time()
        if self._state is None or now - self._state_at > STATE_S or (self._state.done() and self._state.exception() is not None):
            self._state_at = now
            self._state = asyncio.ensure_future(self.channel.state())
        return await asyncio.shield(self._state)

    async def open(self) -> None:
        """Learns where the stream stands, so that a later gap has a beginning. Called when the bus listens already."""
        if self.channel.facts is not None:
            self._last = (await self.channel.facts.since("", "", 0)).position

    def join(self, outbox: Outbox, codec: CodecName) -> None:
        """Sends to an outbox from the next push on."""
        self._groups[codec].add(outbox)

    def leave(self, outbox: Outbox) -> None:
        """Stops sending to an outbox."""
        self.asides.pop(outbox, None)
        for group in self._groups.values():
            group.remove(outbox)
        if self.channel.facts is None:
            outbox.forget(self.channel.key)

    def since(self, offset: str) -> list[Push] | None:
        """The facts heard after `offset`; None when some of them have been let go."""
        if self._floor and order(offset) < order(self._floor):
            return None
        return [push for push in self._recent if order(push.offset) > order(offset)]

    def hear(self, payload: bytes) -> None:
        """Takes a payload of the bus."""
        try:
            push = self.channel.read(payload)
        except Exception:
            log.exception("a message of the bus is not readable", channel=self.channel.name)
            if self.channel.facts is not None:
                self._end_all(CloseCode.INTERNAL_ERROR, "a fact is not readable")
            return
        if push is None:
            return
        if self.channel.facts is None:
            self._deliver(push)
        elif self._gaps:
            self._hear_in_gap(push)
        else:
            self._next_fact(push)

    def _hear_in_gap(self, push: Push) -> None:
        self._heard_in_gap.append(push)
        if len(self._heard_in_gap) > REPLAY_LIMIT:
            self._heard_in_gap.clear()
            self._end_all(CloseCode.RESTART, "too much was missed, resume")

    def open_gap(self) -> None:
        """From now on facts wait until `close_gap` has read what the bus did not bring."""
        self._gaps += 1

    async def close_gap(self) -> None:
        """Reads what the bus did not bring, then sends it and what waited."""
        try:
            if self.channel.facts is None:
                await self._tell_state()
            else:
                while not await self._catch_up():
                    await pause()
        finally:
            self._gaps -= 1
            if not self._gaps:
                heard, self._heard_in_gap = self._heard_in_gap, []
                for push in heard:
                    self._next_fact(push)

    async def _catch_up(self) -> bool:
        assert self.channel.facts is not None
        try:
            missed = await self.channel.facts.since(self._last.epoch, self._last.offset, REPLAY_LIMIT)
        except StoreError:
            return False
        if missed.recovered:
            for fact in missed.facts:
                self._next_fact(self.channel.facts.push(fact))
        else:
            self._last = missed.position
            self._end_all(CloseCode.RESTART, "facts were lost on the way, resume")
        return True

    async def _tell_state(self) -> None:
        try:
            state, _ = await self.channel.state()
        except StoreError:
            return
        if state is not None:
            self._deliver(MessagePush(latest(self.channel.name, state)))

    def _next_fact(self, push: Push) -> None:
        if self._last.epoch and push.epoch != self._last.epoch:
            self._last = Position(push.epoch, push.offset)
            self._end_all(CloseCode.RESTART, "the stream began anew, resume")
            return
        if order(push.offset) <= order(self._last.offset):
            return
        self._last = Position(push.epoch, push.offset)
        self._recent.append(push)
        if len(self._recent) > RECENT:
            self._floor = self._recent.popleft().offset
        self._deliver(push)

    def _deliver(self, push: Push) -> None:
        self.delivered += 1
        if self.channel.facts is None:
            # Nothing would tell a newcomer what has changed since; of facts all that came since is replayed.
            self._state = None
        for codec, group in self._groups.items():
            if len(group):
                group.deliver(push.frame(codec))
        for aside in list(self.asides.values()):
            aside.take(push)

    def _end_all(self, code: CloseCode, reason: str) -> None:
        for outbox in self.members:
            outbox.end(code, reason)
