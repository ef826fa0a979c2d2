"""Downtime records of a machine, and what they say of its uptime."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, StringConstraints, WithJsonSchema
from quart import Blueprint, Response

from hub.changes import may_be_left_out
from hub.errors import Invalid
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.paging import PageShown, Paging, page_response
from hub.parsing import BadFields
from hub.rendering import json_response
from hub.services.downtime import RecordChange, RecordWish
from hub.timestamps import iso, parse_iso
from storage.entities.downtime_record import Category
from storage.entities.user import Role

blueprint = Blueprint("downtime", __name__)

HOUR_MS = 3_600_000
# With an offset even the last day of 9999 reaches beyond; no answer could say so.
YEAR_10000_MS = 253_402_300_800_000
# Digits of hours and percentages: a thousandth of a second is still told apart, the noise of floating point is not.
DIGITS = 6


def _moment(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError("must be text: an ISO 8601 time with Z or an offset")
    try:
        at_ms = parse_iso(value)
    except Invalid as error:
        raise ValueError(error.message) from error
    if not 0 <= at_ms < YEAR_10000_MS:
        raise ValueError("must lie in the years 1970 to 9999")
    return at_ms


Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Moment = Annotated[int, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Id = Annotated[str, StringConstraints(max_length=100)]


class NewRecord(BaseModel):
    """A downtime; without `ended_at` it lasts. `detected_event_id` confirms a downtime that a camera saw."""

    reason: Reason
    category: Category
    reason_code_id: Id | None = None
    started_at: Moment
    ended_at: Moment | None = None
    detected_event_id: Id | None = None


class RecordPut(BaseModel):
    """What changes; a field that is left out stays. `ended_at` null opens the record again."""

    reason: Reason = may_be_left_out()
    category: Category = may_be_left_out()
    reason_code_id: Id | None = may_be_left_out()
    started_at: Moment = may_be_left_out()
    ended_at: Moment | None = may_be_left_out()


class RecordShown(BaseModel):
    """A downtime record; `ended_at` and `duration_seconds` are null while it lasts. `detected_event_id` only where it confirms one."""

    id: str
    machine_id: str
    reason: str
    category: Category
    reason_code_id: str | None
    started_at: str
    ended_at: str | None
    duration_seconds: float | None
    created_at: str
    updated_at: str
    detected_event_id: str | None = None


class RecordsPage(PageShown):
    """A page of records."""

    items: list[RecordShown]


class UptimeQuery(BaseModel):
    """The window; an end in the future is now."""

    start: Moment
    end: Moment


class UptimeShown(BaseModel):
    """The window in figures; the categories add up to the downtime."""

    machine_id: str
    start: str
    end: str
    total_hours: float
    uptime_hours: float
    downtime_hours: float
    uptime_percentage: float
    downtime_by_category: dict[Category, float]
    record_count: int
    method: str


@blueprint.post("/api/v1/machines/<machine_id>/downtime")
@operation("downtime.create", role=Role.OPERATOR, limit=WRITES, surface=Surface.HALTLESS, body=NewRecord, answers={201: RecordShown})
async def create_record(machine_id: str, body: NewRecord) -> Response:
    """Records a downtime of a machine; it is also an activity_reason on the machine's timeline."""
    wish = RecordWish(body.reason, body.category, body.started_at, body.ended_at, body.reason_code_id, body.detected_event_id)
    return _ready(await current_hub().downtime.record(current_caller(), machine_id, wish), 201)


@blueprint.get("/api/v1/machines/<machine_id>/downtime")
@operation("downtime.list", role=Role.VIEWER, limit=READS, surface=Surface.HALTLESS, query=Paging, answers={200: RecordsPage})
async def list_records(machine_id: str, query: Paging) -> Response:
    """The records of a machine, newest first."""
    page = await current_hub().downtime.of_machine(current_caller().organisation, machine_id, query.first, query.page_size)
    return page_response(page.json, page.total, query)


@blueprint.put("/api/v1/machines/<machine_id>/downtime/<record_id>")
@operation("downtime.update", role=Role.OPERATOR, limit=WRITES, surface=Surface.HALTLESS, body=RecordPut, answers={200: RecordShown})
async def update_record(machine_id: str, record_id: str, body: RecordPut) -> Response:
    """Corrects a record; the earlier version stays in its history. 409 when somebody else changes it at the same time."""
    change = RecordChange(body.reason, body.category, body.started_at, body.ended_at, body.reason_code_id)
    return _ready(await current_hub().downtime.change(current_caller(), machine_id, record_id, change))


@blueprint.post("/api/v1/machines/<machine_id>/downtime/<record_id>/end")
@operation("downtime.end", role=Role.OPERATOR, limit=WRITES, surface=Surface.HALTLESS, answers={200: RecordShown})
async def end_record(machine_id: str, record_id: str) -> Response:
    """Ends a record now; 409 when it has ended already."""
    return _ready(await current_hub().downtime.end(current_caller(), machine_id, record_id))


@blueprint.get("/api/v1/machines/<machine_id>/uptime-summary")
@operation("downtime.uptime", role=Role.VIEWER, limit=READS, surface=Surface.HALTLESS, query=UptimeQuery, answers={200: UptimeShown})
async def uptime_summary(machine_id: str, query: UptimeQuery) -> Response:
    """A window in figures: downtime is the union of the records in it, uptime the rest. `method` says how it is counted."""
    try:
        found = await current_hub().reliability.uptime(current_caller().organisation, machine_id, query.start, query.end)
    except Invalid as error:
        raise BadFields("query", [{"loc": ["query", error.field], "msg": error.message, "type": "value_error"}]) from error
    summary = found.summary
    return json_response(
        {
            "machine_id": machine_id,
            "start": iso(found.start_ms),
            "end": iso(found.end_ms),
            "total_hours": hours(summary.total_ms),
            "uptime_hours": hours(summary.uptime_ms),
            "downtime_hours": hours(summary.downtime_ms),
            "uptime_percentage": round(summary.uptime_percentage, DIGITS),
            "downtime_by_category": {each.value: hours(summary.downtime_by_category[each]) for each in Category},
            "record_count": summary.record_count,
            "method": summary.method,
        }
    )


def hours(ms: int) -> float:
    """Milliseconds as hours."""
    return round(ms / HOUR_MS, DIGITS)


def _ready(shown: bytes, status: int = 200) -> Response:
    return Response(shown, status, content_type="application/json")
