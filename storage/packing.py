"""Messages between processes as msgpack: the fields in order, so that a newer sender may append fields with defaults."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

import msgpack

from storage.messages import Answer, Command, Picture, Prediction, PushedFrame, SourceState

Message = Prediction | Picture | SourceState | PushedFrame | Command | Answer
M = TypeVar("M", Prediction, Picture, SourceState, PushedFrame, Command, Answer)
# Frames of a station are at most 4 MiB; nothing on the bus is larger.
_LARGEST = 8 * 1024 * 1024


def _shape(kind: type[Any]) -> tuple[Callable[[Any], tuple[Any, ...]], int]:
    names = [f.name for f in fields(kind)]
    return attrgetter(*names), len(names)


_SHAPES = {kind: _shape(kind) for kind in (Prediction, Picture, SourceState, PushedFrame, Command, Answer)}


def pack(message: Message) -> bytes:
    """The message as bytes."""
    values, _ = _SHAPES[type(message)]
    return bytes(msgpack.packb(values(message)))


def unpack(kind: type[M], payload: bytes) -> M:
    """The message of this kind. Raises ValueError when the bytes are none."""
    try:
        # Bodies of commands are free JSON and keep their lists; the fields of the others are tuples.
        if len(payload) > _LARGEST:
            raise ValueError("too large")
        values = msgpack.unpackb(payload, use_list=kind in (Command, Answer))
        return kind(*values[: _SHAPES[kind][1]])
    except (TypeError, ValueError, msgpack.UnpackException) as error:
        raise ValueError(f"no {kind.__name__}") from error
