"""Coaching over REST: operations 2 to 7 of the Supercoach surface. What they change is told to everybody on the sockets."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, Field, StringConstraints
from quart import Blueprint, Response

from hub.errors import Invalid
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.rendering import json_response
from hub.services.coaching_changes import Changed
from hub.services.coaching_messages import placed
from storage.entities.user import Role

blueprint = Blueprint("coaching", __name__)

Short = Annotated[str, StringConstraints(max_length=200)]
Switch = bool | Short
"""The source types the same field as a string in operation 4 and as a boolean in operation 7: both are taken."""


class Coached(BaseModel):
    """The source's envelope around a coaching message."""

    status: Literal["ok"] = "ok"
    msg: dict[str, Any]


class Done(BaseModel):
    """The source's envelope where there is nothing more to say."""

    status: Literal["ok"] = "ok"
    msg: str = ""


class Begin(BaseModel):
    """The source has no body here. `station_id` names the station where there are several, `operator_id` the person; both are ours."""

    station_id: Short | None = None
    operator_id: Short | None = None


class PauseCoaching(BaseModel):
    """Left out, the record is the only open one of the assembly."""

    assembly_record_id: Short | None = None


class CompleteCoaching(BaseModel):
    """`step_index`: how far the unit has come, from 1."""

    step_index: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = None
    assembly_record_id: Short | None = None
    auto_coach_enabled: Switch | None = None


class SetStep(BaseModel):
    """`end_time`: when the step that is left ended, ISO 8601. It and the record are needed, as the source's text says."""

    assembly_record_id: Short | None = None
    end_time: Short | None = None
    auto_coach_enabled: Switch | None = None


@blueprint.post("/coach/start/<assembly_id>/<step_id>")
@operation("coaching.begin", role=Role.OPERATOR, limit=WRITES, surface=Surface.SUPERCOACH, number=2, body=Begin, answers={200: Coached})
async def begin(assembly_id: str, step_id: str, body: Begin) -> Response:
    """Begins coaching of the assembly at the given step; answers COACHING_STARTED. 409 while the station builds another unit."""
    caller = current_caller()
    started = await current_hub().coaching.begin(caller.organisation, assembly_id, step_id, body.operator_id or caller.id, body.station_id)
    return json_response({"status": "ok", "msg": _first_fact(started)})


@blueprint.post("/coach/pause/<assembly_id>")
@operation(
    "coaching.pause", role=Role.OPERATOR, limit=WRITES, surface=Surface.SUPERCOACH, number=3, body=PauseCoaching, answers={200: Done}
)
async def pause(assembly_id: str, body: PauseCoaching) -> Response:
    """Pauses coaching of the assembly until it is resumed on the coaching socket."""
    await current_hub().coaching.pause(current_caller().organisation, assembly_id, body.assembly_record_id)
    return json_response(Done().model_dump())


@blueprint.post("/coach/complete/<assembly_id>")
@operation(
    "coaching.complete", role=Role.OPERATOR, limit=WRITES, surface=Surface.SUPERCOACH, number=4, body=CompleteCoaching, answers={200: Done}
)
async def complete(assembly_id: str, body: CompleteCoaching) -> Response:
    """Declares that the unit is complete, whatever the camera says; one more part is counted."""
    await current_hub().coaching.complete(
        current_caller().organisation,
        assembly_id,
        body.assembly_record_id,
        step_index=body.step_index,
        auto_coach_enabled=_switch(body.auto_coach_enabled),
    )
    return json_response(Done().model_dump())


@blueprint.post("/coach/io-monitor/restart")
@operation("coaching.restart_io_monitor", role=Role.ADMIN, limit=WRITES, surface=Surface.SUPERCOACH, number=5, answers={200: Done})
async def restart_io_monitor() -> Response:
    """Restarts the monitor of hardware IO; 503 while no IO hardware is configured."""
    await current_hub().coaching.restart_io_monitor()
    return json_response(Done().model_dump())


@blueprint.get("/coach/history")
@operation("coaching.history", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=6, answers={200: Coached})
async def history() -> Response:
    """All assemblies that have been coached: how often, how it ended, the newest records. X-Total-Count counts all records."""
    shown, total = await current_hub().coaching.history(current_caller().organisation)
    return json_response({"status": "ok", "msg": shown}, headers={"X-Total-Count": str(total)})


@blueprint.post("/coach/step/<assembly_id>/<step>")
@operation("coaching.set_step", role=Role.OPERATOR, limit=WRITES, surface=Surface.SUPERCOACH, number=7, body=SetStep, answers={200: Done})
async def set_step(assembly_id: str, step: str, body: SetStep) -> Response:
    """Moves coaching to another step (by its id). To the next one, the step that is left counts as done; to any other, as left undone."""
    await current_hub().coaching.set_step(
        current_caller().organisation,
        assembly_id,
        step,
        record_id=body.assembly_record_id,
        end_time=body.end_time,
        auto_coach_enabled=_switch(body.auto_coach_enabled),
    )
    return json_response(Done().model_dump())


def _first_fact(changed: Changed) -> Any:
    fact = changed.facts[0]
    return orjson.loads(placed(fact.fact, fact.epoch, fact.offset))


def _switch(value: Switch | None) -> bool | None:
    """A switch as a boolean; an empty text is none. Raises Invalid."""
    if value is None or isinstance(value, bool):
        return value
    known = {"true": True, "1": True, "false": False, "0": False, "": None}
    if value.strip().lower() not in known:
        raise Invalid("auto_coach_enabled is true or false.", field="auto_coach_enabled")
    return known[value.strip().lower()]
