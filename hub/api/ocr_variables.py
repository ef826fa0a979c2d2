"""OCR capture variables: operations 72 to 74 (of the organisation), 79 and 80 (of a step) of the Supercoach surface."""

from typing import Any

from quart import Blueprint, Response

from hub.api.shapes import Said, said, told, told_list
from hub.api.step_answers import RemovedAnswer, RenamedAnswer, UsageAnswer, VariablesAnswer
from hub.api.step_bodies import RenameBody, VariableQuery
from hub.api.step_shapes import variable_shown
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.services.ocr_variables import Use
from storage.entities.user import Role

blueprint = Blueprint("ocr_variables", __name__)


@blueprint.get("/ocr-capture-variable/in-use")
@operation(
    "ocr_variables.in_use",
    role=Role.VIEWER,
    limit=READS,
    surface=Surface.SUPERCOACH,
    number=72,
    query=VariableQuery,
    answers={200: UsageAnswer},
)
async def get_use(query: VariableQuery) -> Response:
    """Whether any assembly uses a variable, by its name or as the type of others, and which steps of which assemblies do."""
    uses = await current_hub().ocr_variables.uses(current_caller().organisation, query.variable)
    return told({"variable": query.variable, "in_use": bool(uses), "assemblies": [_user_shown(use) for use in uses]})


@blueprint.delete("/ocr-capture-variable")
@operation(
    "ocr_variables.remove",
    role=Role.SUPERVISOR,
    limit=WRITES,
    surface=Surface.SUPERCOACH,
    number=73,
    query=VariableQuery,
    answers={200: RemovedAnswer},
)
async def remove_variable(query: VariableQuery) -> Response:
    """Removes a custom variable from the OCR settings, which know it since its first use; 409 while an assembly uses it."""
    await current_hub().ocr_variables.remove(current_caller().organisation, query.variable)
    return told({"variable": query.variable})


@blueprint.put("/ocr-capture-variable")
@operation(
    "ocr_variables.rename",
    role=Role.SUPERVISOR,
    limit=WRITES,
    surface=Surface.SUPERCOACH,
    number=74,
    body=RenameBody,
    answers={200: RenamedAnswer},
)
async def rename_variable(body: RenameBody) -> Response:
    """Renames a variable in all steps of all assemblies that use it, or in none. Records of finished units keep the name of their day.

    409 when the new name is known already, or a unit that is being built has captured the variable.
    """
    changed = await current_hub().ocr_variables.rename(current_caller().organisation, body.current_name, body.new_name)
    named = [{"id": assembly.id, "name": assembly.name} for assembly in changed]
    return told({"current_name": body.current_name, "new_name": body.new_name, "assemblies": named})


@blueprint.get("/step/<step_id>/ocr-capture-variable")
@operation("ocr_variables.of_step", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=79, answers={200: VariablesAnswer})
async def list_variables_of_step(step_id: str) -> Response:
    """The variables that one step captures."""
    variables = await current_hub().step_data.variables(current_caller().organisation, step_id)
    return told_list([variable_shown(variable) for variable in variables], len(variables))


@blueprint.delete("/step/<step_id>/ocr-capture-variable")
@operation("ocr_variables.delete_of_step", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.SUPERCOACH, number=80, answers={200: Said})
async def delete_variables_of_step(step_id: str) -> Response:
    """Deletes all variables that one step captures; 409 while a later step verifies one of them."""
    count = await current_hub().step_data.delete_variables(current_caller().organisation, step_id)
    return said(f"{count} variables of the step are gone.")


def _user_shown(use: Use) -> dict[str, Any]:
    numbers = {step.id: number for number, step in enumerate(use.assembly.steps, start=1)}
    steps = [{"id": str(step.id), "number": numbers[step.id], "name": step.name} for step in use.steps]
    return {"id": use.assembly.id, "name": use.assembly.name, "steps": steps}
