"""Videos of the file store as answers: whole, or the part of them that a player asks for."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from quart import Response, request

from hub.errors import NotFound

# A client on a bad radio link gets thirty megabytes in this time.
WATCHED_WITHIN_S = 600
_PIECE = 64 * 1024


async def video_response(path: Path, name: str) -> Response:
    """The WebM at `path`, or the part that a Range header asks for; `name` is what a browser saves it as. Raises NotFound."""
    try:
        known = await asyncio.to_thread(path.stat)
    except FileNotFoundError as error:
        # Removed since it was found.
        raise NotFound("This video is not there any more.") from error
    part = _asked_part(known.st_size, tag := f"{known.st_mtime_ns:x}-{known.st_size:x}")
    first, end = part or (0, known.st_size)
    response = Response(_read(path, first, end), 206 if part else 200, content_type="video/webm")
    response.content_length, response.timeout = end - first, WATCHED_WITHIN_S
    response.set_etag(tag)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    if part:
        response.headers["Content-Range"] = f"bytes {first}-{end - 1}/{known.st_size}"
        return response
    await response.make_conditional(request)
    return response


def _asked_part(size: int, tag: str) -> tuple[int, int] | None:
    """First byte and the one after the last that a Range header asks for: a player wants the end first, where the index is.

    None = the whole, which also answers several parts at once, a part of an older video, and one beyond the end (RFC 9110 section 14.2).
    The framework's own way fails for the last n bytes.
    """
    asked = request.range
    is_older = request.headers.get("If-Range", f'"{tag}"') != f'"{tag}"'
    return None if asked is None or asked.units != "bytes" or is_older else asked.range_for_length(size)


async def _read(path: Path, first: int, end: int) -> AsyncIterator[bytes]:
    """That part of a file. (The framework's own way leaves the file open when the client goes.)"""
    file = path.open("rb")
    try:
        file.seek(first)
        while first < end and (piece := await asyncio.to_thread(file.read, min(_PIECE, end - first))):
            first += len(piece)
            yield piece
    finally:
        file.close()
