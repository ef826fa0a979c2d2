"""A WebM that grows a picture at a time and can be watched after a kill at any moment.

Every picture is a key frame in a cluster of its own, so the file is whole up to its last whole cluster, and can be gone on with. Ending it
puts the index behind the pictures and the length into the head. Elements: https://www.rfc-editor.org/rfc/rfc9559, their coding:
https://www.rfc-editor.org/rfc/rfc8794.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

CODEC = b"V_VP8"
_EBML, _SEGMENT, _SEEK_HEAD, _SEEK, _INFO = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x11\x4d\x9b\x74", b"\x4d\xbb", b"\x15\x49\xa9\x66"
_TRACKS, _CLUSTER, _CUES, _VOID = b"\x16\x54\xae\x6b", b"\x1f\x43\xb6\x75", b"\x1c\x53\xbb\x6b", b"\xec"
_UNKNOWN_SIZE = b"\x01" + b"\xff" * 7
# The index has a place for so many milliseconds: a player that jumps decodes nothing in between, so finer is of no use.
_INDEX_EVERY_MS = 1_000
# Of one element; a picture of 640 x 960 has a twentieth of it. What claims more is not ours.
_MOST_BYTES = 4 * 2**20


class NotWebm(Exception):
    """The file does not begin as one of ours."""


@dataclass(slots=True)
class Written:
    """What a file holds: width and height in pixels, pictures, and the moments of film time (ms) at which it was marked, with what."""

    width: int
    height: int
    pictures: int = 0
    last_ms: int = 0
    marks: list[tuple[int, int]] = field(default_factory=list)
    """(film time of the next picture, number that the mark carries)."""
    index: list[tuple[int, int]] = field(default_factory=list)
    """(film time, place in the segment)."""


class Webm:
    """One file, open for writing."""

    def __init__(self, file: BinaryIO, written: Written, end: int) -> None:
        self._file = file
        self._end = end
        self.written = written

    @classmethod
    def create(cls, path: Path, width: int, height: int) -> Self:
        """A new file. Raises OSError."""
        file = path.open("xb+", buffering=0)
        head = _head(width, height)
        file.write(head)
        return cls(file, Written(width, height), len(head))

    @classmethod
    def go_on(cls, path: Path) -> Self:
        """A file that was begun: what a kill left half written at its end is cut off, and an index. Raises NotWebm, OSError."""
        file = path.open("rb+", buffering=0)
        try:
            written, end = _scan(file)
            file.truncate(end)
        except BaseException:
            file.close()
            raise
        return cls(file, written, end)

    @property
    def bytes_written(self) -> int:
        """Its length until now."""
        return self._end

    def add(self, picture: bytes, at_ms: int, mark: int | None = None) -> None:
        """Appends a key frame, shown from `at_ms` of the film on; `mark` is a number to find there later.

        Raises OSError; nothing of it is left then.
        """
        begun = b"" if mark is None else _element(_VOID, b"mark" + struct.pack(">qq", at_ms, mark))
        block = _element(b"\xa3", b"\x81\x00\x00\x80", picture)
        cluster = _element(_CLUSTER, _element(b"\xe7", struct.pack(">I", at_ms)), block)
        place = self._end + len(begun) - _START
        self._append(begun + cluster)
        if mark is not None:
            self.written.marks.append((at_ms, mark))
        _note(self.written, at_ms, place)

    def end(self, lasts_ms: int) -> None:
        """Writes index and length, durably; from then on nothing is added. Raises OSError."""
        place = self._end - _START
        self._append(_cues(self.written.index))
        for at, part in _endings(place, self._end - _START, lasts_ms):
            self._file.seek(at)
            self._file.write(part)
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Lets the file go; what is in it stays."""
        self._file.close()

    def _append(self, part: bytes) -> None:
        try:
            self._file.seek(self._end)
            if self._file.write(part) != len(part):
                raise OSError("the disk is full")
        except OSError:
            self._file.truncate(self._end)
            raise
        self._end += len(part)


def read_written(path: Path) -> Written:
    """What a file holds, ended or not. Raises NotWebm, OSError."""
    with path.open("rb") as file:
        return _scan(file)[0]


def _note(written: Written, at_ms: int, place: int) -> None:
    written.pictures += 1
    written.last_ms = at_ms
    if not written.index or at_ms - written.index[-1][0] >= _INDEX_EVERY_MS:
        written.index.append((at_ms, place))


# --- elements -------------------------------------------------------------------------------------------------
def _element(id_: bytes, *content: bytes) -> bytes:
    """With a size of eight bytes, whatever it is: places can be told before anything is written."""
    return b"".join((id_, struct.pack(">Q", 1 << 56 | sum(map(len, content))), *content))


def _head(width: int, height: int) -> bytes:
    ebml = (b"\x42\x86\x81\x01", b"\x42\xf7\x81\x01", b"\x42\xf2\x81\x04", b"\x42\xf3\x81\x08", b"\x42\x82\x84webm", b"\x42\x87\x81\x04")
    video = _element(b"\xe0", _element(b"\xb0", struct.pack(">H", width)), _element(b"\xba", struct.pack(">H", height)))
    number, kind = b"\xd7\x81\x01\x73\xc5\x81\x01\x9c\x81\x00", b"\x83\x81\x01"
    tracks = _element(_TRACKS, _element(b"\xae", number, kind, _element(b"\x86", CODEC), video))
    return _element(_EBML, *ebml, b"\x42\x85\x81\x02") + _SEGMENT + _UNKNOWN_SIZE + _seek_head(0) + _info(0) + tracks


def _seek_head(cues: int) -> bytes:
    """Where the index is; nothing of the same length until there is one."""
    told = _element(_SEEK_HEAD, _element(_SEEK, b"\x53\xab\x84", _CUES, b"\x53\xac\x88", struct.pack(">Q", cues)))
    return told if cues else _element(_VOID, bytes(len(told) - len(_VOID) - 8))


def _info(lasts_ms: int) -> bytes:
    """Times are in milliseconds. How long it lasts is not said until it is known, in the same length."""
    duration = b"\x44\x89\x88" + struct.pack(">d", lasts_ms) if lasts_ms else _VOID + b"\x89" + bytes(9)
    return _element(_INFO, b"\x2a\xd7\xb1\x83\x0f\x42\x40", b"\x4d\x80\x84takt", b"\x57\x41\x84takt", duration)


def _cues(index: list[tuple[int, int]]) -> bytes:
    points = (
        _element(b"\xbb", b"\xb3\x84", struct.pack(">I", at_ms), _element(b"\xb7", b"\xf7\x81\x01\xf1\x88", struct.pack(">Q", place)))
        for at_ms, place in index
    )
    return _element(_CUES, *points)


def _endings(cues: int, size: int, lasts_ms: int) -> list[tuple[int, bytes]]:
    """What is written over the head at the end, and where: size, place of the index, length."""
    return [
        (_START - len(_UNKNOWN_SIZE), struct.pack(">Q", 1 << 56 | size)),
        (_START, _seek_head(cues)),
        (_START + len(_seek_head(0)), _info(lasts_ms)),
    ]


_START = _head(0, 0).index(_SEGMENT) + len(_SEGMENT) + len(_UNKNOWN_SIZE)
"""Where the content of the segment begins: places in it are counted from there."""


# --- reading what is there -----------------------------------------------------------------------------------
def _scan(file: BinaryIO) -> tuple[Written, int]:
    """The pictures that are whole in the file, and where they end: an index behind them is made anew. Raises NotWebm."""
    length = len(_head(0, 0))
    head = file.read(length)
    written = _read_head(head)
    end = length
    for id_, content, place, after in _elements(file, length):
        if id_ == _CLUSTER:
            _note(written, int.from_bytes(content[9:13], "big"), place - _START)
        elif content.startswith(b"mark") and len(content) == 20:
            at_ms, mark = struct.unpack(">qq", content[4:])
            written.marks.append((at_ms, mark))
            # A mark belongs to the picture after it.
            continue
        end = after
    # That picture is gone with the kill.
    written.marks = [mark for mark in written.marks if mark[0] <= written.last_ms and written.pictures]
    return written, end


def _read_head(head: bytes) -> Written:
    at = head.find(b"\xb0\x01")
    width, height = int.from_bytes(head[at + 9 : at + 11], "big"), int.from_bytes(head[at + 20 : at + 22], "big")
    start = _START - len(_UNKNOWN_SIZE)
    if at < 0 or len(head) != len(_head(0, 0)) or not head.startswith(_head(width, height)[:start]) or not (width and height):
        raise NotWebm("the file does not begin as a film")
    return Written(width, height)


def _elements(file: BinaryIO, start: int) -> Iterator[tuple[bytes, bytes, int, int]]:
    """(id, first bytes of the content, where it begins, where it ends) of every whole picture and mark from `start` on."""
    size = file.seek(0, os.SEEK_END)
    at = start
    while at + 12 <= size:
        file.seek(at)
        begin = file.read(12 + 20)
        id_length = 1 if begin[:1] == _VOID else 4
        id_, coded = begin[:id_length], begin[id_length : id_length + 8]
        length = int.from_bytes(coded, "big") ^ 1 << 56
        after = at + id_length + 8 + length
        known = id_ in (_CLUSTER, _VOID) and coded[:1] == b"\x01"
        if not known or length > _MOST_BYTES or after > size:
            return
        yield id_, begin[id_length + 8 : id_length + 8 + min(length, 20)], at, after
        at = after
