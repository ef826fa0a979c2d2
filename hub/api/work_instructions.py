"""Work-instruction videos: operations 75 to 78 of the Supercoach surface."""

from quart import Blueprint, Response

from hub.api.shapes import Said, said
from hub.api.video_files import video_response
from hub.hub import current_hub
from hub.operation import READS, Limit, Surface, current_caller, operation
from storage.entities.assembly import Assembly
from storage.entities.user import Role

blueprint = Blueprint("work_instructions", __name__)
SUPERCOACH = Surface.SUPERCOACH
# Each is minutes of work for the jobs process.
VIDEOS = Limit(20)
_PATH = "/assembly/<assembly_id>/work-instruction/video"


@blueprint.get(_PATH)
@operation(
    "work_instruction.video", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=75, answers={200: "video/webm", 206: "video/webm"}
)
async def get_video(assembly_id: str) -> Response:
    """The work-instruction video as WebM (VP9), or the part of it that a Range header asks for. 404 until one is made."""
    path = await current_hub().work_instructions.video(await _assembly(assembly_id))
    return await video_response(path, "work-instruction.webm")


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


async def _assembly(assembly_id: str) -> Assembly:
    return await current_hub().recipes.assembly(current_caller().organisation, assembly_id)
