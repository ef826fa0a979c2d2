"""Websocket frames as a server sends them: whole, unmasked, uncompressed (RFC 6455, section 5.2)."""

import struct
from dataclasses import dataclass
from enum import IntEnum


class Opcode(IntEnum):
    """What a frame holds."""

    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


@dataclass(frozen=True, slots=True)
class Frame:
    """One message, ready for every socket: `wire` is the whole frame, `payload` what is in it."""

    payload: bytes
    wire: bytes
    binary: bool


def build(payload: bytes, *, binary: bool) -> Frame:
    """A message's frame."""
    return Frame(payload, wire(Opcode.BINARY if binary else Opcode.TEXT, payload), binary)


def wire(opcode: Opcode, payload: bytes) -> bytes:
    """Bytes of one final, unmasked frame."""
    length = len(payload)
    first = 0x80 | opcode
    if length < 126:
        return bytes((first, length)) + payload
    if length < 65536:
        return struct.pack("!BBH", first, 126, length) + payload
    return struct.pack("!BBQ", first, 127, length) + payload


PING = wire(Opcode.PING, b"takt")
"""A protocol ping, for clients that do not speak takt.v1."""
