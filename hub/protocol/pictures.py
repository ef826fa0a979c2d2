"""A camera picture on the wire: JPEG beside its number and time of capture."""

import struct
from dataclasses import dataclass
from typing import Any

import orjson

from hub.errors import BadMessage
from hub.protocol.codec import MSGPACK

_LENGTH = struct.Struct("!I")


@dataclass(frozen=True, slots=True)
class PictureMessage:
    """One picture of a `frames:*` channel."""

    channel: str
    frame_no: int
    captured_at_ns: int
    width: int
    height: int
    jpeg: bytes

    def head(self) -> dict[str, Any]:
        """Everything but the JPEG."""
        return {
            "channel": self.channel,
            "frame_no": self.frame_no,
            "captured_at_ns": self.captured_at_ns,
            "width": self.width,
            "height": self.height,
        }


def to_json_client(picture: PictureMessage) -> bytes:
    """A binary message: u32 big-endian length, that many bytes of JSON, then the JPEG."""
    head = orjson.dumps(picture.head())
    return _LENGTH.pack(len(head)) + head + picture.jpeg


def to_msgpack_client(picture: PictureMessage) -> bytes:
    """A msgpack message whose `latest` holds the same fields and `jpeg`."""
    return MSGPACK.encode({"channel": picture.channel, "latest": {**picture.head(), "jpeg": picture.jpeg}})


def from_json_client_bytes(data: bytes) -> PictureMessage:
    """What a takt.v1.json client makes of a binary message. Raises BadMessage."""
    try:
        (length,) = _LENGTH.unpack_from(data)
        head = orjson.loads(data[4 : 4 + length])
        return PictureMessage(jpeg=data[4 + length :], **head)
    except (struct.error, ValueError, TypeError) as error:
        raise BadMessage("This is not a picture.") from error
