"""Why a socket closes; the number alone tells a client whether to come back."""

from enum import IntEnum


class CloseCode(IntEnum):
    """Close codes of the three sockets."""

    GOING_AWAY = 1001
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    RESTART = 1012
    BAD_MESSAGE = 4400
    NOT_AUTHENTICATED = 4401
    NOT_ALLOWED = 4403
    TIMED_OUT = 4408
    """No authentication in 10 s, or no pong in 8 s."""
    CONFLICT = 4409
    """Another connection took the station over."""
    SLOW = 4429
    """Slow consumer, or too many messages."""


_RECONNECT = frozenset({CloseCode.GOING_AWAY, CloseCode.RESTART, CloseCode.INTERNAL_ERROR, CloseCode.TIMED_OUT, CloseCode.SLOW})
# What the network itself says when a connection breaks: no close frame at all, or an abnormal one.
_BROKEN = frozenset({1005, 1006})


def may_reconnect(code: int) -> bool:
    """Whether a client that was closed with `code` should come back, with back-off and jitter."""
    return code in _RECONNECT or code in _BROKEN
