"""One thing that goes to every subscriber, encoded once per codec."""

from typing import Any, Literal, Protocol

import orjson

from hub.protocol.codec import JSON, MSGPACK
from hub.protocol.frames import Frame, build
from hub.protocol.pictures import PictureMessage, to_json_client, to_msgpack_client

CodecName = Literal["json", "msgpack"]


class Push(Protocol):
    """A message with its frames. `offset` is a fact's place in its stream, "" for everything else."""

    epoch: str
    offset: str

    def frame(self, codec: CodecName) -> Frame:
        """The message in a codec; encoded at the first call."""

    def with_id(self, id_: int | str) -> "Push":
        """The same message as the reply to a request."""


def encode(message: dict[str, Any], codec: CodecName) -> Frame:
    """A message's frame in a codec."""
    return build((JSON if codec == "json" else MSGPACK).encode(message), binary=codec == "msgpack")


class MessagePush:
    """A message as a map."""

    __slots__ = ("_frames", "epoch", "message", "offset")

    def __init__(self, message: dict[str, Any], epoch: str = "", offset: str = "") -> None:
        self.message = message
        self.epoch = epoch
        self.offset = offset
        self._frames: dict[str, Frame] = {}

    def frame(self, codec: CodecName) -> Frame:
        if codec not in self._frames:
            self._frames[codec] = encode(self.message, codec)
        return self._frames[codec]

    def with_id(self, id_: int | str) -> "MessagePush":
        """The same message as the reply to a request."""
        return MessagePush({"id": id_, **self.message}, self.epoch, self.offset)


class JsonPush:
    """A message that is ready JSON: its bytes go to JSON clients as they are."""

    __slots__ = ("_frames", "_json", "epoch", "offset")

    def __init__(self, json: bytes, epoch: str = "", offset: str = "") -> None:
        self._json = json
        self.epoch = epoch
        self.offset = offset
        self._frames: dict[str, Frame] = {}

    def frame(self, codec: CodecName) -> Frame:
        if codec not in self._frames:
            self._frames[codec] = build(self._json, binary=False) if codec == "json" else encode(orjson.loads(self._json), "msgpack")
        return self._frames[codec]

    def with_id(self, id_: int | str) -> "JsonPush":
        """The same message as the reply to a request."""
        return JsonPush(b'{"id":' + orjson.dumps(id_) + b"," + self._json[1:], self.epoch, self.offset)


class PicturePush:
    """A camera picture: a binary message of its own for JSON clients."""

    __slots__ = ("_frames", "_picture", "epoch", "offset")

    def __init__(self, picture: PictureMessage) -> None:
        self._picture = picture
        self._frames: dict[str, Frame] = {}
        self.epoch = ""
        self.offset = ""

    def frame(self, codec: CodecName) -> Frame:
        if codec not in self._frames:
            payload = to_json_client(self._picture) if codec == "json" else to_msgpack_client(self._picture)
            self._frames[codec] = build(payload, binary=True)
        return self._frames[codec]

    def with_id(self, id_: int | str) -> "PicturePush":
        """A picture answers no request."""
        return self
