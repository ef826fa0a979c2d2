"""Patterns of shifts."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints
from quart import Blueprint, Response

from hub.api.moments import MachineForeignId
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.rendering import json_response, list_response
from hub.services.shift_patterns import PatternWish
from hub.timestamps import iso
from storage.entities.shift_pattern import Shift, ShiftPattern
from storage.entities.user import Role

blueprint = Blueprint("shift_patterns", __name__)

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
# Each machine's timeline is written by the request; each shift may come every week.
MACHINES_LIMIT = 1_000
SHIFTS_LIMIT = 100


class WeeklyShift(BaseModel):
    """A shift of every week; an end at or before the start is on the next day."""

    model_config = ConfigDict(extra="forbid")

    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    start: TimeOfDay
    end: TimeOfDay


class ShiftPatternPut(BaseModel):
    """Who works when: `weekly` on the clock of `time_zone`, an IANA name."""

    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    machine_foreign_ids: Annotated[list[MachineForeignId], Field(max_length=MACHINES_LIMIT)]
    weekly: Annotated[list[WeeklyShift], Field(max_length=SHIFTS_LIMIT)]


class ShiftPatternShown(BaseModel):
    """A pattern as it is now."""

    name: str
    time_zone: str
    machine_foreign_ids: list[str]
    weekly: list[WeeklyShift]
    created_at: str
    updated_at: str


class ShiftPatternsShown(RootModel[list[ShiftPatternShown]]):
    """All patterns, oldest first."""


@blueprint.get("/api/v1/shift-patterns")
@operation(
    "shift_patterns.list", role=Role.VIEWER, limit=READS, surface=Surface.TRACKMYMACHINES, strict=True, answers={200: ShiftPatternsShown}
)
async def list_shift_patterns() -> Response:
    """All shift patterns of the organisation."""
    patterns = await current_hub().shift_patterns.list(current_caller().organisation)
    return list_response([_shown(pattern) for pattern in patterns], len(patterns))


@blueprint.put("/api/v1/shift-patterns/<name>")
@operation(
    "shift_patterns.put",
    role=Role.ADMIN,
    limit=WRITES,
    surface=Surface.TRACKMYMACHINES,
    body=ShiftPatternPut,
    strict=True,
    answers={200: ShiftPatternShown, 201: ShiftPatternShown},
)
async def put_shift_pattern(name: str, body: ShiftPatternPut) -> Response:
    """Makes or changes a pattern, and writes the shift periods of its machines, the one in flight included.

    A machine that is new to it gets the last 400 days too (at most 5,000 periods a request, the newest). A change holds from now on: past
    periods stay; the one in flight ends, unless it has the same start in the new pattern.
    """
    weekly = tuple(Shift(day=shift.day, start=shift.start, end=shift.end) for shift in body.weekly)
    wish = PatternWish(body.time_zone, tuple(dict.fromkeys(body.machine_foreign_ids)), weekly)
    pattern, is_new = await current_hub().shift_patterns.put(current_caller().organisation, name, wish)
    return json_response(_shown(pattern), 201 if is_new else 200)


def _shown(pattern: ShiftPattern) -> dict[str, object]:
    return {
        "name": pattern.id,
        "time_zone": pattern.time_zone,
        "machine_foreign_ids": [machine.identifier for machine in pattern.working],
        "weekly": [shift.model_dump() for shift in pattern.weekly],
        "created_at": iso(pattern.created_at_ms),
        "updated_at": iso(pattern.updated_at_ms),
    }
