"""Work-instruction videos: operations 75 to 78 of the Supercoach surface."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from quart import Blueprint, Response, request

from hub.api.shapes import Said, said
from hub.hub import current_hub
from hub.operation import READS, Limit, Surface, current_caller, operation
from storage.entities.assembly import Assembly
from storage.entities.user import Role

blueprint = Blueprint("work_instructions", __name__)
SUPERCOACH = Surface.SUPERCOACH
# Each is minutes of work for the jobs process.
VIDEOS = Limit(20)
# A client on a bad radio link gets thirty megabytes in this time.
WATCHED_WITHIN_S = 600
_PIECE = 64 * 1024
_PATH = "/assembly/<assembly_id>/work-instruction/video"


@blueprint.get(_PATH)
@operation(
    "work_instruction.video", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=75, answers={200: "video/webm", 206: "video/webm"}
)
async def get_video(assembly_id: str) -> Response:
    """The work-instruction video as WebM (VP9), or the part of it that a Range header asks for. 404 until one is made."""
    path = await current_hub().work_instructions.video(await _assembly(assembly_id))
    known = await asyncio.to_thread(path.stat)
    part = _asked_part(known.st_size, tag := f"{known.st_mtime_ns:x}-{known.st_size:x}")
    first, end = part or (0, known.st_size)
    response = Response(_read(path, first, end), 206 if part else 200, content_type="video/webm")
    response.content_length, response.timeout = end - first, WATCHED_WITHIN_S
    response.set_etag(tag)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = 'inline; filename="work-instruction.webm"'
    if part:
        response.headers["Content-Range"] = f"bytes {first}-{end - 1}/{known.st_size}"
        return response
    await response.make_conditional(request)
    return response


@blueprint.post(_PATH)
@operation("work_instruction.make", role=Role.SUPERVISOR, limit=VIDEOS, surface=SUPERCOACH, number=76, answers={200: Said})
async def make_video(assembly_id: str) -> Response:
    """Begins to make the video, anew where there is one: of each step its number and name, and the newest recording of its good end.

    A step without a recording has its title only. It takes about as long as watching it, five minutes at most. 409 while one is being
    made, and for an assembly without steps.
    """
    assembly = await _assembly(assembly_id)
    await current_hub().work_instructions.request(assembly)
    return said(f"The work-instruction video of {assembly.name} is being made.")


@blueprint.get(f"{_PATH}/status")
@operation("work_instruction.status", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=77, answers={200: Said})
async def get_video_status(assembly_id: str) -> Response:
    """How far the video is: `none`, `queued`, `running 40%`, `done`, `failed: ` and why, or `cancelled`."""
    return said(await current_hub().work_instructions.status(await _assembly(assembly_id)))


@blueprint.post(f"{_PATH}/cancel")
@operation("work_instruction.cancel", role=Role.SUPERVISOR, limit=VIDEOS, surface=SUPERCOACH, number=78, answers={200: Said})
async def cancel_video(assembly_id: str) -> Response:
    """Ends the making of the video and removes what was half made; an earlier video stays. 409 when none is being made."""
    assembly = await _assembly(assembly_id)
    await current_hub().work_instructions.cancel(assembly)
    return said(f"The work-instruction video of {assembly.name} is cancelled.")


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


async def _assembly(assembly_id: str) -> Assembly:
    return await current_hub().recipes.assembly(current_caller().organisation, assembly_id)
