"""Films of assembly records. Ours: the source keeps a switch for them, `record_videos`, and names no operation that shows one."""

from quart import Blueprint, Response

from hub.api.video_files import video_response
from hub.hub import current_hub
from hub.operation import READS, Surface, current_caller, operation
from storage.entities.user import Role

blueprint = Blueprint("films", __name__)


@blueprint.get("/assembly-record/<record_id>/video")
@operation("films.watch", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, answers={200: "video/webm", 206: "video/webm"})
async def watch_film(record_id: str) -> Response:
    """The film of a record as WebM, or the part of it that a Range header asks for.

    A unit is filmed when `record_videos` of its assembly is on. 404 (`not_filmed`) where there is no film, or none any more, and
    (`still_built`) until the unit has ended. Where each step begins in it stands in the record, as `film`.
    """
    path = await current_hub().films.file(current_caller().organisation, record_id)
    return await video_response(path, "unit.webm")
