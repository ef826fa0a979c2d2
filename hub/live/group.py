"""The connections of one topic that are sent the same bytes."""

import asyncio
from array import array
from typing import TypeGuard

from hub.live.outbox import Outbox
from hub.live.pressure import Pressure
from hub.live.transport_outbox import TransportOutbox
from hub.native.fan import Fan
from hub.protocol.frames import Frame

# Under pressure frames are joined for so long: one write of several costs two to four times less than several writes.
JOIN_FOR_S = 0.010


class Group:
    """Sends a frame to all its members in one synchronous loop. `key` names what is latest-only; None = facts."""

    def __init__(self, key: str | None, fan: Fan, pressure: Pressure) -> None:
        self.key = key
        self._fan = fan
        self._pressure = pressure
        self._fast: list[TransportOutbox] = []
        # Beside the members, so that the two loops over all of them touch as little memory as can be.
        self._transports: list[asyncio.WriteTransport] = []
        self._fds = array("i")
        self._place: dict[TransportOutbox, int] = {}
        self._others: set[Outbox] = set()
        self._joined: list[Frame] = []

    def __len__(self) -> int:
        return len(self._fast) + len(self._others)

    def members(self) -> list[Outbox]:
        """Everybody."""
        return [*self._fast, *self._others]

    def add(self, outbox: Outbox) -> None:
        """Starts sending to an outbox, from the next frame on."""
        self._flush_joined()
        outbox.groups.add(self)
        if _is_fast(outbox):
            self._enlist(outbox)
        else:
            self._others.add(outbox)

    def remove(self, outbox: Outbox) -> None:
        """Stops sending to an outbox; one that is no member changes nothing."""
        self._flush_joined()
        outbox.groups.discard(self)
        self._others.discard(outbox)
        if isinstance(outbox, TransportOutbox):
            self._delist(outbox)

    def demote(self, outbox: TransportOutbox) -> None:
        """Writes to it one by one from now on: it has stalled."""
        if self._delist(outbox):
            self._others.add(outbox)

    def promote(self, outbox: Outbox) -> None:
        """Writes to its descriptor again: all is sent."""
        if outbox in self._others and _is_fast(outbox):
            self._others.discard(outbox)
            self._enlist(outbox)

    def deliver(self, frame: Frame) -> None:
        """Hands a frame to every member. Under pressure it waits up to JOIN_FOR_S for others to go with it."""
        if not self._joined and not self._pressure.is_high:
            self._write(frame)
            return
        if not self._joined:
            asyncio.get_running_loop().call_later(JOIN_FOR_S, self._flush_joined)
        elif self.key is not None:
            self._joined.clear()
        self._joined.append(frame)

    def _flush_joined(self) -> None:
        if not self._joined:
            return
        frames, self._joined = self._joined, []
        self._write(frames[0] if len(frames) == 1 else Frame(b"", b"".join(frame.wire for frame in frames), frames[0].binary), frames)

    def _write(self, frame: Frame, parts: list[Frame] | None = None) -> None:
        self._step_aside()
        for outbox in list(self._others):
            for part in parts or (frame,):
                if self.key is None:
                    outbox.fact(part)
                else:
                    outbox.latest(self.key, part)
        if not self._fast:
            return
        # Members change places while the short ones are seen to, so names first.
        short = [(self._fast[index], took) for index, took in self._fan(self._fds, frame.wire)]
        for member, took in short:
            member.missed(self.key, frame, took)
            if took < 0:
                self._delist(member)

    def _step_aside(self) -> None:
        """Nobody whose transport is closing (its descriptor may be another's soon) or holds bytes of the server's own is written to
        directly: such bytes may be the first half of a frame."""
        if not [t for t in self._transports if t.is_closing() or t.get_write_buffer_size()]:
            return
        for member in list(self._fast):
            if member.is_closing():
                self._delist(member)
            elif member.backlog():
                member.stall()

    def _enlist(self, outbox: TransportOutbox) -> None:
        if outbox not in self._place:
            self._place[outbox] = len(self._fast)
            self._fast.append(outbox)
            self._transports.append(outbox.transport)
            self._fds.append(outbox.fd)

    def _delist(self, outbox: TransportOutbox) -> bool:
        place = self._place.pop(outbox, None)
        if place is None:
            return False
        last, last_transport, last_fd = self._fast.pop(), self._transports.pop(), self._fds.pop()
        if last is not outbox:
            self._fast[place], self._transports[place], self._fds[place] = last, last_transport, last_fd
            self._place[last] = place
        return True


def _is_fast(outbox: Outbox) -> TypeGuard[TransportOutbox]:
    return isinstance(outbox, TransportOutbox) and outbox.fd >= 0 and outbox.stalled_since is None and outbox.is_open
