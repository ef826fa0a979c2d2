"""Step data and their infos: operations 81 to 87 of the Supercoach surface."""

from quart import Blueprint, Response

from hub.api.shapes import Said, said, told, told_list
from hub.api.step_answers import IdAnswer, InfosAnswer, StepDataAnswer
from hub.api.step_bodies import StepDataBody, StepDataInfoBody, data_wish, info_wish
from hub.api.step_shapes import step_data_info_shown, step_data_shown
from hub.api.steps import id_answer
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from storage.entities.user import Role

blueprint = Blueprint("step_data", __name__)


@blueprint.get("/step/<step_id>/step-data")
@operation("step_data.list", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=81, answers={200: StepDataAnswer})
async def list_step_data(step_id: str) -> Response:
    """All data of a step: what happens in it. `msg` is an object with the array `step_data`."""
    step = await current_hub().step_data.step(current_caller().organisation, step_id)
    return told({"step_data": [step_data_shown(step.id, data) for data in step.step_data]})


@blueprint.post("/step/<step_id>/step-data")
@operation(
    "step_data.add", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=82, body=StepDataBody, answers={200: IdAnswer}
)
async def add_step_data(step_id: str, body: StepDataBody) -> Response:
    """Adds data to a step; answers their id, which the hub gives. `data_type` is `ml` unless it is said.

    `ocr_capture_variable_info` of an `ocr-capture` is what it captures; of any other type, what must have been captured before. A step
    that the camera was not taught, and without `ml` data, waits for a person or a tool instead of the camera.
    """
    return id_answer(await current_hub().step_data.add(current_caller().organisation, step_id, data_wish(body, step_id)))


@blueprint.get("/step/<step_id>/step-data/<step_data_id>/step-data-info")
@operation("step_data.infos", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=83, answers={200: InfosAnswer})
async def list_step_data_info(step_id: str, step_data_id: str) -> Response:
    """All infos of step data: keys and values that depend on its `data_type`."""
    data = await current_hub().step_data.get(current_caller().organisation, step_id, step_data_id)
    return told_list([step_data_info_shown(data.id, info) for info in data.infos], len(data.infos))


@blueprint.post("/step/<step_id>/step-data/<step_data_id>/step-data-info")
@operation(
    "step_data.add_info",
    role=Role.SUPERVISOR,
    limit=WRITES,
    surface=Surface.SUPERCOACH,
    number=84,
    body=StepDataInfoBody,
    answers={200: IdAnswer},
)
async def add_step_data_info(step_id: str, step_data_id: str, body: StepDataInfoBody) -> Response:
    """Adds an info to step data; answers its id, which the hub gives."""
    wish = info_wish(body, data_id=step_data_id)
    return id_answer(await current_hub().step_data.add_info(current_caller().organisation, step_id, step_data_id, wish))


@blueprint.put("/step/<step_id>/step-data/<step_data_id>")
@operation(
    "step_data.put", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=85, body=StepDataBody, answers={200: IdAnswer}
)
async def put_step_data(step_id: str, step_data_id: str, body: StepDataBody) -> Response:
    """Adds step data under this id, or changes them: what is left out stays. 409 when another step has the id.

    409 also when a later step verifies a variable that would no longer be captured.
    """
    wish = data_wish(body, step_id, step_data_id)
    return id_answer(await current_hub().step_data.put(current_caller().organisation, step_id, step_data_id, wish))


@blueprint.put("/step-data-info/<step_data_info_id>")
@operation(
    "step_data.put_info",
    role=Role.SUPERVISOR,
    limit=WRITES,
    surface=Surface.SUPERCOACH,
    number=86,
    body=StepDataInfoBody,
    answers={200: IdAnswer},
)
async def put_step_data_info(step_data_info_id: str, body: StepDataInfoBody) -> Response:
    """Changes an info: what is left out stays; or adds it under this id to the step data that `step_data_id` names.

    409 when it belongs to other step data than the body says.
    """
    data_id = None if body.step_data_id is None else str(body.step_data_id)
    wish = info_wish(body, info_id=step_data_info_id)
    return id_answer(await current_hub().step_data.put_info(current_caller().organisation, step_data_info_id, data_id, wish))


@blueprint.delete("/step-data-info/<step_data_info_id>")
@operation("step_data.delete_info", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=87, answers={200: Said})
async def delete_step_data_info(step_data_info_id: str) -> Response:
    """Deletes one info of step data."""
    await current_hub().step_data.delete_info(current_caller().organisation, step_data_info_id)
    return said(f"Step data info {step_data_info_id} is gone.")
