"""Steps: operations 63 to 68 of the Supercoach surface. Its writes answer the id alone."""

from quart import Blueprint, Response

from hub.api.shapes import told, told_list
from hub.api.step_answers import IdAnswer, StepAnswer, StepsAnswer
from hub.api.step_bodies import NewStepBody, StepBody, step_wish
from hub.api.step_shapes import step_shown, steps_shown
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.rendering import json_response
from storage.entities.user import Role

blueprint = Blueprint("steps", __name__)


@blueprint.get("/assembly/<assembly_id>/step")
@operation("steps.list", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=63, answers={200: StepsAnswer})
async def list_steps(assembly_id: str) -> Response:
    """All steps of an assembly in the order in which they are coached."""
    assembly, untrained = await current_hub().steps.list(current_caller().organisation, assembly_id)
    shown = steps_shown(assembly, untrained)
    return told_list(shown, len(shown))


@blueprint.post("/assembly/<assembly_id>/step")
@operation(
    "steps.add", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=64, body=NewStepBody, answers={200: IdAnswer}
)
async def add_step(assembly_id: str, body: NewStepBody) -> Response:
    """Appends a step; answers its id, which the hub gives. A unit that is being built gets it as its last step."""
    return id_answer(await current_hub().steps.add(current_caller().organisation, assembly_id, step_wish(body, assembly_id)))


@blueprint.get("/assembly/<assembly_id>/step/<step_id>")
@operation("steps.get", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=65, answers={200: StepAnswer})
async def get_step(assembly_id: str, step_id: str) -> Response:
    """One step of an assembly."""
    assembly, step, untrained = await current_hub().steps.get(current_caller().organisation, assembly_id, step_id)
    return told(step_shown(assembly, step) | {"training_required": untrained})


@blueprint.put("/assembly/<assembly_id>/step/<step_id>")
@operation(
    "steps.change", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=66, body=StepBody, answers={200: IdAnswer}
)
async def change_step(assembly_id: str, step_id: str, body: StepBody) -> Response:
    """Changes a step, and moves it: `previous_step_id` or `next_step_id` names the neighbour that it shall have, an empty text the end.

    Of the two, one that the step has already counts as left over from reading it; two new ones must be next to each other. Moving renames
    nothing. 409 when a step would no longer come after the one that captures the variable it verifies, or when a unit that is being built
    would do a step twice or never.
    """
    wish = step_wish(body, assembly_id, step_id)
    return id_answer(await current_hub().steps.change(current_caller().organisation, assembly_id, step_id, wish))


@blueprint.delete("/assembly/<assembly_id>/step/<step_id>")
@operation("steps.delete", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=67, answers={200: IdAnswer})
async def delete_step(assembly_id: str, step_id: str) -> Response:
    """Deletes a step with its data, labels, recordings and their pictures, and nothing else.

    409 while a later step verifies what it captures, a unit that is being built is at it, a label of it is being recorded, or a training
    reads the recordings.
    """
    return id_answer(await current_hub().steps.delete(current_caller().organisation, assembly_id, step_id))


@blueprint.delete("/assembly/<assembly_id>/step/<step_num>/perspective")
@operation("steps.delete_perspective", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=68, answers={200: IdAnswer})
async def delete_perspective(assembly_id: str, step_num: str) -> Response:
    """Deletes the perspective of the step at this place (from 1) with its label and recordings; answers the step's id."""
    return id_answer(await current_hub().steps.delete_perspective(current_caller().organisation, assembly_id, step_num))


def id_answer(id_: int) -> Response:
    """The id alone, without the source's envelope."""
    return json_response({"id": id_})
