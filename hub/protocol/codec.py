"""JSON or msgpack, chosen by the subprotocol: text frames are JSON, binary frames msgpack."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgpack
import orjson

from hub.errors import BadMessage

# Deeper than any message of the protocol; a hostile nesting costs stack and time.
DEPTH_LIMIT = 32


@dataclass(frozen=True, slots=True)
class Codec:
    """How one connection is spoken to. `subprotocol` None = none was offered."""

    name: Literal["json", "msgpack"]
    subprotocol: str | None

    @property
    def binary(self) -> bool:
        """Whether its messages travel in binary frames."""
        return self.name == "msgpack"

    @property
    def has_heartbeat(self) -> bool:
        """Whether the client speaks takt.v1 and so answers {"ping": n}; others get protocol pings."""
        return self.subprotocol is not None

    def encode(self, message: object) -> bytes:
        """One message's bytes, without a frame around them."""
        if self.name == "json":
            return orjson.dumps(message)
        packed = msgpack.packb(message, use_bin_type=True)
        assert isinstance(packed, bytes)
        return packed


JSON = Codec("json", "takt.v1.json")
MSGPACK = Codec("msgpack", "takt.v1.msgpack")
PLAIN = Codec("json", None)

_BY_SUBPROTOCOL = {codec.subprotocol: codec for codec in (JSON, MSGPACK)}
SUBPROTOCOLS = ("takt.v1.json", "takt.v1.msgpack")


def choose(offered: Sequence[str]) -> Codec:
    """The first offered subprotocol that the server speaks; JSON without a subprotocol when it speaks none of them."""
    for name in offered:
        if name in _BY_SUBPROTOCOL:
            return _BY_SUBPROTOCOL[name]
    return PLAIN


def decode(data: str | bytes) -> Any:
    """A message from a text (JSON) or binary (msgpack) frame. Raises BadMessage."""
    try:
        value = orjson.loads(data) if isinstance(data, str) else msgpack.unpackb(data, raw=False)
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        raise BadMessage(f"The message is not readable as {'JSON' if isinstance(data, str) else 'msgpack'}.") from error
    if _is_too_deep(value):
        raise BadMessage(f"The message is nested deeper than {DEPTH_LIMIT} levels.")
    return value


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEPTH_LIMIT):
        level = [inner for item in level for inner in _children(item)]
        if not level:
            return False
    return True


def _children(value: object) -> Sequence[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()
