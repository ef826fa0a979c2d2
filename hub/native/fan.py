"""One frame to many descriptors: the compiled call, and the loop over os.write that is its equal in behaviour."""

import ctypes
import errno
import os
from array import array
from typing import Protocol

# Errors that mean "not now"; every other one means that the connection is gone.
_NOT_NOW = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR, errno.ENOBUFS})

Shortfall = tuple[int, int]
"""Index of a descriptor that did not take the whole frame, and the bytes it took, or -errno when it is broken."""


class Fan(Protocol):
    """Writes a frame to every descriptor and tells of those that did not take it whole."""

    name: str

    def __call__(self, fds: "array[int]", frame: bytes) -> list[Shortfall]: ...


class WriteFan:
    """os.write, one descriptor after the other."""

    name = "descriptor"

    def __call__(self, fds: "array[int]", frame: bytes) -> list[Shortfall]:
        short: list[Shortfall] = []
        write, length = os.write, len(frame)
        rest = enumerate(fds)
        while True:
            # The handler stands outside the loop: an error is rare, and a quick way in and out of `try` for each socket is not.
            index = -1
            try:
                for index, fd in rest:
                    took = write(fd, frame)
                    if took != length:
                        short.append((index, took))
                return short
            except OSError as error:
                short.append((index, 0 if error.errno in _NOT_NOW else -(error.errno or errno.EIO)))


class CompiledFan:
    """One C call for all descriptors."""

    name = "compiled"

    def __init__(self, library: ctypes.CDLL) -> None:
        self._call = library.takt_fan_out
        self._bad = array("i")
        self._took = array("i")

    def __call__(self, fds: "array[int]", frame: bytes) -> list[Shortfall]:
        count = len(fds)
        if len(self._bad) < count:
            self._bad = array("i", bytes(4 * 2 * count))
            self._took = array("i", bytes(4 * 2 * count))
        bad, took = self._bad, self._took
        filled = self._call(fds.buffer_info()[0], count, frame, len(frame), bad.buffer_info()[0], took.buffer_info()[0])
        return [(bad[i], took[i]) for i in range(filled)] if filled else []
