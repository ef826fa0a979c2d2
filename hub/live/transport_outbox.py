"""The outbox of a connection whose transport is in reach: it writes whole frames to the descriptor, or to the transport."""

import asyncio
import errno
import os
from typing import TYPE_CHECKING, Protocol

from hub.live.outbox import UNSENT_LIMIT, End, Tier, Waiting, nobody
from hub.protocol.close_codes import CloseCode
from hub.protocol.frames import Frame

if TYPE_CHECKING:
    from hub.live.group import Group

# A transport writes at the end of the loop's round at the earliest, so a message in it does not mean a slow client.
TRANSPORT_SLACK = 2 * 1024
_NOT_NOW = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR, errno.ENOBUFS})


class Stalls(Protocol):
    """Who watches stalled outboxes (hub/live/stalled.py)."""

    def add(self, outbox: "TransportOutbox") -> None:
        """Looks after it until all is sent."""

    def count_dropped(self, frames: int) -> None:
        """Counts frames that gave way to newer ones."""


class TransportOutbox:
    """Writes straight to the descriptor while the transport holds nothing, so that whole frames of both never mix.

    The server itself writes pongs and closes to the same transport. A socket that takes only part of a frame is stalled: the rest and
    all facts go through the transport, in order; the newest of everything else waits here until the transport is empty.
    """

    def __init__(self, transport: asyncio.WriteTransport, tier: Tier, stalls: Stalls) -> None:
        self.tier = tier
        self.end: End = nobody
        self.transport = transport
        self.fd = transport.get_extra_info("socket").fileno() if tier is Tier.DESCRIPTOR else -1
        self.is_closing = transport.is_closing
        self.backlog = transport.get_write_buffer_size
        """Bytes in the transport, the server's own included."""
        self.stalled_since: float | None = None
        self.groups: set[Group] = set()
        self._stalls = stalls
        self._waiting = Waiting(stalls.count_dropped)
        self._slack = 0 if tier is Tier.DESCRIPTOR else TRANSPORT_SLACK
        self._shut = False

    @property
    def unsent(self) -> int:
        return self.backlog() + self._waiting.size

    @property
    def is_open(self) -> bool:
        return not self._shut and not self.is_closing()

    @property
    def has_room(self) -> bool:
        """Whether a frame may go to the socket now."""
        return not self._waiting and self.backlog() <= self._slack

    def fact(self, frame: Frame) -> None:
        if not self.is_open:
            return
        unsent = self.unsent
        if unsent and unsent + len(frame.wire) > UNSENT_LIMIT:
            self.end(CloseCode.SLOW, "too slow")
            return
        self._write(frame.wire)

    def latest(self, key: str, frame: Frame) -> None:
        if not self.is_open:
            return
        if self.has_room:
            self._write(frame.wire)
        else:
            self._waiting.put(key, frame)
            self.stall()

    def raw(self, wire: bytes) -> None:
        if self.is_open:
            self._write(wire)

    def forget(self, key: str) -> None:
        self._waiting.drop(key)

    def flush(self) -> bool:
        while self.is_open and self.backlog() <= self._slack:
            frame = self._waiting.take()
            if frame is None:
                return True
            self._write(frame.wire)
        return False

    def shut(self) -> None:
        self._shut = True
        self._waiting.clear()
        for group in list(self.groups):
            group.remove(self)

    def abort(self) -> None:
        self.shut()
        self.transport.abort()

    def missed(self, key: str | None, frame: Frame, took: int) -> None:
        """Tells that a group's write to the descriptor fell short: `took` bytes went out, or -errno for a broken socket."""
        if took < 0:
            self.abort()
        elif took == 0 and key is not None:
            self._waiting.put(key, frame)
            self.stall()
        else:
            self.transport.write(frame.wire[took:])
            self.stall()

    def _write(self, wire: bytes) -> None:
        if self.fd < 0 or self.backlog():
            self.transport.write(wire)
            if self.fd >= 0 or self.backlog() > self._slack:
                self.stall()
            return
        try:
            took = os.write(self.fd, wire)
        except OSError as error:
            if error.errno not in _NOT_NOW:
                self.abort()
                return
            took = 0
        if took != len(wire):
            self.transport.write(wire[took:])
            self.stall()

    def stall(self) -> None:
        """Leaves the fast way until all is sent."""
        if self.stalled_since is None:
            self.stalled_since = asyncio.get_running_loop().time()
            for group in self.groups:
                group.demote(self)
            self._stalls.add(self)
