"""What waits for one connection. Facts are never lost: overflow closes. Of everything else only the newest waits.

Three tiers behind one interface: the socket's descriptor, the transport, and the server's own `send`.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from hub.protocol.close_codes import CloseCode
from hub.protocol.frames import Frame

if TYPE_CHECKING:
    from hub.live.group import Group

# What a connection may hold unsent in this process. The kernel holds some more, see NOTSENT_LOWAT in hub/live/door.py.
UNSENT_LIMIT = 256 * 1024

End = Callable[[CloseCode, str], None]


def nobody(code: CloseCode, reason: str) -> None:
    """Ends nothing: the outbox has no connection yet."""


class Tier(IntEnum):
    """How frames reach a socket, slowest first."""

    SEND = 0
    TRANSPORT = 1
    DESCRIPTOR = 2


class Outbox(Protocol):
    """The way out of one connection. Nothing here waits."""

    tier: Tier
    stalled_since: float | None
    """Time of the loop since when something waits; None while nothing does."""
    groups: "set[Group]"

    @property
    def unsent(self) -> int:
        """Bytes that wait in this process."""

    @property
    def is_open(self) -> bool:
        """Whether there still is a connection to write to."""

    end: "End"
    """Ends the connection, with a close code and a reason."""

    def fact(self, frame: Frame) -> None:
        """Sends in order, never skips; more than UNSENT_LIMIT waiting closes the connection."""

    def latest(self, key: str, frame: Frame) -> None:
        """Sends; a newer frame of the same key takes the place of one that waits."""

    def raw(self, wire: bytes) -> None:
        """Sends a control frame, where the tier can."""

    def forget(self, key: str) -> None:
        """Drops what waits under a key."""

    def flush(self) -> bool:
        """Sends what waits, as far as the socket takes it. Returns whether all is sent."""

    def shut(self) -> None:
        """Sends nothing more from now on."""

    def abort(self) -> None:
        """Drops the connection and all that waits."""


class Waiting:
    """The newest frame of each key, oldest key first, within UNSENT_LIMIT: the oldest key gives way."""

    def __init__(self, dropped: Callable[[int], None]) -> None:
        self._frames: dict[str, Frame] = {}
        self._dropped = dropped
        self.size = 0

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, key: str, frame: Frame) -> None:
        """Takes the place of the key's frame."""
        if self.drop(key):
            self._dropped(1)
        self._frames[key] = frame
        self.size += len(frame.wire)
        while self.size > UNSENT_LIMIT and len(self._frames) > 1:
            self.drop(next(iter(self._frames)))
            self._dropped(1)

    def drop(self, key: str) -> bool:
        """Forgets a key. Returns whether a frame waited."""
        frame = self._frames.pop(key, None)
        if frame is None:
            return False
        self.size -= len(frame.wire)
        return True

    def take(self) -> Frame | None:
        """The frame that has waited longest; None when nothing waits."""
        if not self._frames:
            return None
        frame = self._frames.pop(next(iter(self._frames)))
        self.size -= len(frame.wire)
        return frame

    def clear(self) -> None:
        """Forgets everything."""
        self._frames.clear()
        self.size = 0
