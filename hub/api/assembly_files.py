"""What there is of an assembly: operations 58 to 62 of the Supercoach surface."""

from typing import Any, Literal

from pydantic import BaseModel
from quart import Blueprint, Response

from hub.api.shapes import Said, said, told
from hub.api.step_shapes import variable_shown
from hub.hub import current_hub
from hub.operation import READS, Surface, current_caller, operation
from storage.entities.assembly import Assembly
from storage.entities.user import Role

blueprint = Blueprint("assembly_files", __name__)
SUPERCOACH = Surface.SUPERCOACH


class CaptureVariablesAnswer(BaseModel):
    """The source's envelope around OCR capture variables."""

    status: Literal["ok"] = "ok"
    msg: list[dict[str, Any]]


@blueprint.get("/assembly/<assembly_id>/ocr-capture-variable")
@operation(
    "assembly.ocr_capture_variables", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=58, answers={200: CaptureVariablesAnswer}
)
async def list_ocr_capture_variables(assembly_id: str) -> Response:
    """The variables that the assembly's serial number capture steps define, in the order of the steps."""
    assembly = await _assembly(assembly_id)
    return told([variable_shown(v) for step in assembly.steps for data in step.step_data for v in data.captures])


@blueprint.get("/assembly/<assembly_id>/training-dataset/exists")
@operation("assembly.training_dataset_exists", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=59, answers={200: Said})
async def training_dataset_exists(assembly_id: str) -> Response:
    """Whether frames of any label are recorded: "true" or "false"."""
    return _truth(await current_hub().assembly_files.has_dataset(await _assembly(assembly_id)))


@blueprint.get("/assembly/<assembly_id>/alignment/exists")
@operation("assembly.alignment_exists", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=60, answers={200: Said})
async def alignment_exists(assembly_id: str) -> Response:
    """Whether the active model has the reference pictures by which a moved camera is noticed and made up for: "true" or "false"."""
    return _truth(await current_hub().assembly_files.has_alignment(await _assembly(assembly_id)))


@blueprint.get("/assembly/<assembly_id>/video/exists")
@operation("assembly.video_exists", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=61, answers={200: Said})
async def video_exists(assembly_id: str) -> Response:
    """Whether the work-instruction video has been made: "true" or "false"."""
    return _truth(await current_hub().assembly_files.has_video(await _assembly(assembly_id)))


@blueprint.get("/assembly/<assembly_id>/video/<step_label>/exists")
@operation("assembly.step_video_exists", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=62, answers={200: Said})
async def step_video_exists(assembly_id: str, step_label: str) -> Response:
    """Whether the frames of a label (such as step-3_good) are recorded: "true" or "false"."""
    return _truth(await current_hub().assembly_files.has_label_video(await _assembly(assembly_id), step_label))


async def _assembly(assembly_id: str) -> Assembly:
    return await current_hub().recipes.assembly(current_caller().organisation, assembly_id)


def _truth(holds: bool) -> Response:
    return said("true" if holds else "false")
