"""Jobs clocked on and off at machines."""

import re
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, StringConstraints
from quart import Blueprint, Response

from hub.api.moments import Moment
from hub.errors import Invalid
from hub.hub import current_hub
from hub.operation import WRITES, Limit, Surface, current_caller, operation
from hub.rendering import json_response
from hub.services.events import REQUIRED, split_list
from hub.services.step_events import JobRow, JobWish
from hub.services.timeline_reader import DAY_MS, check_span
from hub.timestamps import parse_iso
from storage.entities.user import Role

blueprint = Blueprint("step_events", __name__)

# Each may read and reckon for a second.
FIGURES = Limit(120)
LONGEST_DAYS = 31
TOO_LONG = f"the window between from and to must not be longer than {LONGEST_DAYS} days"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def _blank_is_none(value: object) -> object:
    """What a client has nothing to say about it may send as an empty text."""
    return None if isinstance(value, str) and not value.strip() else value


Blank = BeforeValidator(_blank_is_none)
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Word = Annotated[Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)] | None, Blank]
Email = Annotated[Annotated[str, StringConstraints(max_length=254, strip_whitespace=True)] | None, Blank]
Number = Annotated[Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None, Blank]


class StepEventFields(BaseModel):
    """A job: where, since when, and what is made. Expected times are seconds."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    machine_display_name: Name
    start: Moment
    finish: Annotated[Moment | None, Blank] = None
    user_email: Email = None
    part_unique_identifier: Word = None
    recipe_version: Word = None
    step_number: Word = None
    step_expected_cycle_time: Number = None
    step_expected_setup_time: Number = None
    qty_expected: Number = None
    wo_number: Word = None


class NewStepEvent(BaseModel):
    """A job to be clocked on; with `finish`, off."""

    step_event: StepEventFields


class StepEventsQuery(BaseModel):
    """A window of at most 31 days; a date alone is its midnight on the site's clock."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Annotated[str | None, Field(alias="from", description="ISO 8601 time or date; default: Monday of this week")] = None
    to: Annotated[str | None, Field(description="ISO 8601 time or date; default: now")] = None
    machine_ids: Annotated[list[str] | None, Field(description="ids or identifiers of machines, comma separated or repeated")] = None


class Metadata(BaseModel):
    """What the work order says, as text; empty where it says nothing."""

    work_order_id: str
    quantity_expected: str


class StepEventShown(BaseModel):
    """A job, or a step of one, with its figures in seconds; null where there is nothing to measure."""

    id: str
    tzrange: str
    started_at: str
    ended_at: str | None
    eventable_type: str
    eventable_id: str
    machine_id: str
    cycle_count: int
    minimum_cycle_time: float | None
    median_cycle_time: float | None
    maximum_cycle_time: float | None
    total_in_cycle_time: float
    part_count: int
    time_to_first_part_count: float | None
    minimum_time_between_part_counts: float | None
    maximum_time_between_part_counts: float | None
    median_time_between_part_counts: float | None
    load_time: float
    total_part_count_time: float
    total_dead_time: float
    metadata: Metadata
    machine_name: str
    display_name: str
    range: str


class StepEventsShown(RootModel[list[StepEventShown]]):
    """Jobs and steps by their start, the newest 1,000 of the window."""


@blueprint.get("/api/v1/step_events")
@operation(
    "step_events.list",
    role=Role.VIEWER,
    limit=FIGURES,
    surface=Surface.TRACKMYMACHINES,
    query=StepEventsQuery,
    answers={200: StepEventsShown},
)
async def list_step_events(query: StepEventsQuery) -> Response:
    """Jobs clocked on at machines, and steps worked there, that touch a window of at most 31 days, with what the machines made of them.

    Cycles and parts are those of the machine's timeline during the job; of a job of over 31 days, during the last 31.
    """
    jobs = current_hub().step_events
    from_ms = jobs.this_week_ms() if query.from_ is None else _at(query.from_)
    to_ms = jobs.now_ms() if query.to is None else _at(query.to)
    check_span(from_ms, to_ms, LONGEST_DAYS * DAY_MS, TOO_LONG)
    rows = await jobs.list(current_caller().organisation, split_list(query.machine_ids or []), from_ms, to_ms)
    return json_response([_shown(row) for row in rows])


@blueprint.post("/api/v1/step_events")
@operation(
    "step_events.clock",
    role=Role.OPERATOR,
    limit=WRITES,
    surface=Surface.TRACKMYMACHINES,
    body=NewStepEvent,
    strict=True,
    answers={200: StepEventShown},
)
async def clock_step_event(body: NewStepEvent) -> Response:
    """Clocks a job on at the machine of this name or identifier, which is made if there is none; with `finish`, off.

    Machine, start, work order, part and step number say which job it is: sent again it changes nothing, with `finish` it ends. A machine
    works one job at a time: the one in flight ends where the next starts. The job is a `work_order_operation` of the timeline.
    """
    said = body.step_event
    wish = JobWish(
        machine_display_name=said.machine_display_name,
        start_ms=said.start,
        end_ms=said.finish,
        user_email=said.user_email,
        part=said.part_unique_identifier,
        recipe_version=said.recipe_version,
        step_number=said.step_number,
        expected_cycle_s=said.step_expected_cycle_time,
        expected_setup_s=said.step_expected_setup_time,
        quantity_expected=said.qty_expected,
        work_order=said.wo_number,
    )
    return json_response(_shown(await current_hub().step_events.clock(current_caller().organisation, wish)))


def _at(text: str) -> int:
    try:
        if _DATE.fullmatch(text.strip()):
            return current_hub().step_events.midnight_ms(date.fromisoformat(text.strip()).toordinal() - _EPOCH_DAY)
        return parse_iso(text)
    except (Invalid, ValueError) as error:
        raise Invalid(REQUIRED) from error


def _shown(row: JobRow) -> dict[str, object]:
    ended_at, job, figures = row.end_ms, row.details, row.figures
    tzrange = f"{_in_range(row.start_ms)}...{'Infinity' if ended_at is None else _in_range(ended_at)}"
    return {
        "id": row.id,
        "tzrange": tzrange,
        "started_at": _time(row.start_ms),
        "ended_at": None if ended_at is None else _time(ended_at),
        "eventable_type": "Step",
        "eventable_id": "/".join(filter(None, (job.part, job.recipe_version, job.step_number))) if job is not None else row.label,
        "machine_id": row.machine.id,
        **{name: _number(value) for name, value in asdict(figures).items()},
        "metadata": {
            "work_order_id": (job.work_order if job is not None else None) or "",
            "quantity_expected": "" if job is None or job.quantity_expected is None else str(_number(job.quantity_expected)),
        },
        "machine_name": row.machine.name,
        "display_name": row.display_name,
        "range": tzrange,
    }


def _time(at_ms: int) -> str:
    """`2025-06-18T09:00:00.000Z`"""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def _in_range(at_ms: int) -> str:
    """`2025-06-18 09:00:00 UTC`"""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _number(value: float | None) -> float | None:
    """Whole numbers without a fraction, as the source has them."""
    return int(value) if value is not None and value == int(value) else value
