"""Cuts the pictures out of what a camera sends as multipart/x-mixed-replace (RFC 2046, with the liberties that cameras take)."""

MOST_PICTURE = 16 * 2**20
"""Bytes: a JPEG of 33 megapixels, the most that is decoded, has less."""
_MOST_HEADERS = 8 * 2**10
_MOST_BETWEEN = 64 * 2**10
"""Bytes without a boundary, which no camera sends between two pictures."""


class NoMultipart(ValueError):
    """What came is not what it said to be; the message says why."""


class Parts:
    """The bodies of the parts, however the bytes are split. `boundary` is the one of the Content-Type, with or without its dashes."""

    def __init__(self, boundary: str) -> None:
        self._marker = b"--" + boundary.strip().strip('"').lstrip("-").encode("latin-1", "replace")
        self._bytes = bytearray()
        self._in_body = False
        self._length: int | None = None
        self._searched = 0
        self._skipped = 0

    def feed(self, data: bytes) -> None:
        """Takes what came."""
        self._bytes += data

    def take(self) -> bytes | None:
        """The next whole body, None when it has not all come. Raises NoMultipart when a limit is passed."""
        while self._in_body or self._enter():
            body = self._known() if self._length is not None else self._delimited()
            if body is None:
                return None
            self._in_body, self._searched = False, 0
            if body:
                return body
        return None

    def _enter(self) -> bool:
        """Past the boundary and the part's headers."""
        begins = self._bytes.find(self._marker)
        if begins < 0:
            drop = max(0, len(self._bytes) - len(self._marker))
            self._skipped += drop
            del self._bytes[:drop]
            if self._skipped > _MOST_BETWEEN:
                raise NoMultipart("what it sends is not divided into pictures")
            return False
        ends = self._bytes.find(b"\r\n\r\n", begins)
        if ends < 0:
            if len(self._bytes) - begins > _MOST_HEADERS:
                raise NoMultipart("the headers of a picture have no end")
            return False
        self._length = _length(bytes(self._bytes[begins:ends]))
        del self._bytes[: ends + 4]
        self._in_body, self._skipped = True, 0
        return True

    def _known(self) -> bytes | None:
        assert self._length is not None
        return self._cut(self._length, 0) if len(self._bytes) >= self._length else None

    def _delimited(self) -> bytes | None:
        ends = self._bytes.find(b"\n" + self._marker, self._searched)
        if ends >= 0:
            return self._cut(ends, 1)
        if len(self._bytes) > MOST_PICTURE:
            raise NoMultipart("a picture has no end")
        self._searched = max(0, len(self._bytes) - len(self._marker) - 1)
        return None

    def _cut(self, length: int, separator: int) -> bytes:
        body = bytes(self._bytes[:length])
        del self._bytes[: length + separator]
        return body


def _length(headers: bytes) -> int | None:
    for line in headers.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            if len(value.strip()) > len(str(MOST_PICTURE)) or int(value) > MOST_PICTURE:
                raise NoMultipart("a picture is larger than any camera's")
            return int(value)
    return None
