"""Teaching: the Train operations of the Supercoach surface that the main job needs."""

from typing import Annotated, Any, Literal

import orjson
import structlog
from pydantic import BaseModel, Field, StringConstraints
from quart import Blueprint, Response, request

from hub.api.assemblies import TRAINING_FIELDS, Told
from hub.errors import Invalid
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.rendering import json_response
from hub.services.assemblies import AssemblyWish
from hub.services.labels import LabelWish
from storage.entities.step import LabelType, StepAction
from storage.entities.user import Role

blueprint = Blueprint("model", __name__)
log = structlog.get_logger(__name__)

Short = Annotated[str, StringConstraints(max_length=200)]
Long = Annotated[str, StringConstraints(max_length=4000)]
DataOps = Literal["ADD", "DELETE", "INSERT", "UPDATE", "MOVE"]
# A rectangle is "x,y,w,h" normalised 0..1, as roi_zoom is.
_FRACTION = r"(0|1|0?\.\d+|1\.0+)"
_RECTANGLE = rf"{_FRACTION}(,{_FRACTION}){{3}}"
Rectangle = Annotated[str, StringConstraints(pattern=rf"^{_RECTANGLE}$", max_length=80)]
# Empty = found by itself.
Zoom = Annotated[str, StringConstraints(pattern=rf"^({_RECTANGLE})?$", max_length=80)]


class NewModel(BaseModel):
    """`epochs` and `batch_size` mean nothing to this trainer, which solves for its weights; they are ignored and logged."""

    name: Short | None = None
    description: Long | None = None
    parent_id: Short | None = None
    revision_id: Short | None = None
    epochs: int | None = None
    batch_size: int | None = None
    complete_callback: Long | None = None
    enable_multistep_model: bool | None = None


class StartLabel(BaseModel):
    """Which label is going to be recorded, and what its step says."""

    step_roi_zoom: Zoom | None = None
    step_description: Long | None = None
    step_camera_name: Short | None = None
    step_minimum_predict: Annotated[float, Field(ge=0, le=1)] | None = None
    step_benchmark: Annotated[float, Field(ge=0, le=86_400, description="seconds")] | None = None
    step_index: int | None = None
    label_index: Annotated[int, Field(ge=0)] | None = None
    step_data_infos: list[dict[str, Any]] = []
    record_step: bool | None = None
    ocr_capture_variable_infos: list[dict[str, Any]] = []
    actions: StepAction | None = None
    data_ops: DataOps | None = None
    step_type: LabelType | None = None


class EndLabel(BaseModel):
    """What becomes of the recording that ends; the label is the one that /model/start named."""

    create_overlay: bool | None = None
    overlay_rectangles: Annotated[list[Rectangle], Field(max_length=32)] = []
    step_index: int | None = None
    label_index: int | None = None
    record_step: bool | None = None
    actions: StepAction | None = None
    data_ops: DataOps | None = None
    step_type: LabelType | None = None


class Train(BaseModel):
    """`export` is a word that the source does not explain; it is ignored and logged."""

    export: Short | None = None


class CancelTraining(BaseModel):
    """`cancel_current_training` false lets a running training go on."""

    cancel_current_training: bool = True
    finalize_only: bool = False


@blueprint.post("/model/new/<assembly_id>")
@operation("model.new", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=16, body=NewModel, answers={200: Told})
async def new_model(assembly_id: str, body: NewModel) -> Response:
    """Makes the assembly, and its revision, when absent, and turns the training context to it.

    `complete_callback` is told how each later training of it ends: a POST of `{"assembly_id", "training_run_id", "version", "status",
    "msg"}`, `status` finished, failed or cancelled, at least once (`Idempotency-Key` is the same each time). Only hosts that the
    administrator names in TAKT_CALLBACK_HOSTS; 503 when there are none. A later call without it ends that.
    """
    if body.enable_multistep_model:
        raise Invalid("A model of several steps at once is not supported: each step has its own network.", field="enable_multistep_model")
    _say_ignored("model.new", epochs=body.epochs, batch_size=body.batch_size)
    wish = AssemblyWish(body.name, body.description, body.parent_id, body.revision_id)
    name = await current_hub().training.new(current_caller().organisation, assembly_id, wish, body.complete_callback or "")
    return _told(f"{name} is ready to be taught.")


@blueprint.post("/model/start/<assembly_id>")
@operation("model.start", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=18, body=StartLabel, answers={200: Told})
async def start_label(assembly_id: str, body: StartLabel) -> Response:
    """Starts to record a label from the camera of the station that `step_camera_name` names.

    `step_index` 0 with MASTER is the bench before step 1; n with MASTER how step n looks done; the next free number adds a step. OCCLUDED
    without an index serves the whole assembly. `data_ops` ADD (the default) keeps earlier recordings, UPDATE replaces them, INSERT puts
    a new step at `step_index`.
    """
    wish = _wish(body)
    name = await current_hub().training.start(current_caller().organisation, assembly_id, body.step_camera_name, wish)
    return _told(f"{name} is being recorded.")


@blueprint.post("/model/end/<assembly_id>")
@operation("model.end", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=21, body=EndLabel, answers={200: Told})
async def end_label(assembly_id: str, body: EndLabel) -> Response:
    """Ends the recording that is open and puts it into its label; 409 when none is open."""
    overlay = tuple(body.overlay_rectangles) if body.create_overlay else None
    name, frames = await current_hub().training.end(current_caller().organisation, assembly_id, overlay)
    return _told(f"{frames} frames of {name}.")


@blueprint.post("/model/revert")
@operation("model.revert", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=22, answers={200: Told})
async def revert_label() -> Response:
    """Undoes the last start that has not ended, with all it recorded; 409 when none is open."""
    name = await current_hub().training.recordings.revert(current_caller().organisation)
    return _told(f"The recording of {name} is gone.")


@blueprint.post("/model/train/<assembly_id>")
@operation("model.train", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=30, body=Train, answers={200: Told})
async def train_model(assembly_id: str, body: Train) -> Response:
    """Trains the model now; when it is done it becomes the active one.

    409 while a training runs, 422 naming a label without a recording.
    """
    _say_ignored("model.train", export=body.export)
    run = await current_hub().training.train(current_caller().organisation, assembly_id)
    return _told(f"Training {run.id} has begun.")


@blueprint.get("/model/train/progress/<assembly_id>")
@operation("model.progress", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=31, answers={200: Told})
async def get_progress(assembly_id: str) -> Response:
    """How far the newest training is.

    `msg` is a string of JSON with state, stage, fraction, loss, accuracy, seconds_left, model_version, error, and of the
    call-back: callback ("", due, delivered or given_up) and callback_error.
    """
    run = await current_hub().training.progress(current_caller().organisation, assembly_id)
    return _told(orjson.dumps(run.model_dump(mode="json", include=TRAINING_FIELDS)).decode())


@blueprint.post("/model/train/cancel/<assembly_id>")
@operation(
    "model.cancel", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=37, body=CancelTraining, answers={200: Told}
)
async def cancel_training(assembly_id: str, body: CancelTraining) -> Response:
    """Cancels the running training; recordings and earlier models stay. 409 when none runs."""
    current = body.cancel_current_training and not body.finalize_only
    state = await current_hub().training.cancel(current_caller().organisation, assembly_id, current=current)
    return _told(f"The training is {state.value}.")


@blueprint.get("/model/sample/image/<assembly_id>/<label>")
@operation("model.sample_image", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=32, answers={200: "image/jpeg"})
async def get_sample_image(assembly_id: str, label: str) -> Response:
    """The picture of a label (such as step-3_good): the middle frame of its newest recording, as JPEG."""
    hub = current_hub()
    assembly = await hub.assemblies.get(current_caller().organisation, assembly_id)
    response = Response(await hub.training.recordings.sample(assembly, label), content_type="image/jpeg")
    await response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    await response.make_conditional(request)
    return response


def _wish(body: StartLabel) -> LabelWish:
    if body.actions not in (None, StepAction.ML):
        raise Invalid("Only ML steps can be taught yet.", field="actions")
    if body.data_ops in ("DELETE", "MOVE"):
        raise Invalid(f"{body.data_ops} is not supported here: a recording adds, inserts or updates.", field="data_ops")
    if body.record_step is False:
        raise Invalid("A start without a recording is not supported.", field="record_step")
    if body.step_data_infos or body.ocr_capture_variable_infos:
        raise Invalid("Data and OCR of a step are not supported yet.", field="step_data_infos")
    said = {
        "description": body.step_description,
        "roi_zoom": body.step_roi_zoom,
        "camera_name": body.step_camera_name,
        "minimum_predict": body.step_minimum_predict,
        "benchmark_s": body.step_benchmark,
    }
    fields = {name: value for name, value in said.items() if value is not None}
    kind = body.step_type or LabelType.MASTER
    return LabelWish(kind, body.step_index, body.label_index, body.data_ops == "UPDATE", body.data_ops == "INSERT", fields)


def _say_ignored(operation_name: str, **fields: object) -> None:
    given = sorted(name for name, value in fields.items() if value is not None)
    if given:
        log.info("fields without an effect here", operation=operation_name, fields=given)


def _told(sentence: str) -> Response:
    return json_response({"status": "ok", "msg": sentence})
