"""Assembly records: operations 71, 88 to 91 and 94 to 96 of the Supercoach surface."""

from typing import Any, Literal

from pydantic import BaseModel
from quart import Blueprint, Response

from hub.api.record_models import Analytics, Performance, Record, RecordMetrics, RecordSummary, RecordWithReport, StepVisit
from hub.api.record_queries import RecordListQuery, RecordQuery
from hub.errors import Invalid
from hub.hub import current_hub
from hub.operation import READS, Limit, Surface, current_caller, operation
from hub.rendering import json_response
from hub.services.record_shapes import record_shown
from storage.entities.user import Role
from storage.repositories.assembly_records import RecordFilter

blueprint = Blueprint("assembly_records", __name__)

# Each reads up to a thousand records.
FIGURES = Limit(60)


class RecordAnswer(BaseModel):
    """The source's envelope around a record."""

    status: Literal["ok"] = "ok"
    msg: RecordWithReport


class RecordsAnswer(BaseModel):
    """The source's envelope around records."""

    status: Literal["ok"] = "ok"
    msg: list[Record]


class SummariesAnswer(BaseModel):
    """The source's envelope around records without their steps."""

    status: Literal["ok"] = "ok"
    msg: list[RecordSummary]


class MetricsAnswer(BaseModel):
    """The source's envelope around the figures of a record."""

    status: Literal["ok"] = "ok"
    msg: RecordMetrics


class PerformanceAnswer(BaseModel):
    """The source's envelope around a performance."""

    status: Literal["ok"] = "ok"
    msg: Performance


class VisitsAnswer(BaseModel):
    """The source's envelope around visits of a step."""

    status: Literal["ok"] = "ok"
    msg: list[StepVisit]


class AnalyticsAnswer(BaseModel):
    """The source's envelope around analytics."""

    status: Literal["ok"] = "ok"
    msg: Analytics


@blueprint.get("/assembly-record/<record_id>")
@operation("assembly_records.get", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=91, answers={200: RecordAnswer})
async def get_record(record_id: str) -> Response:
    """One record with every visit of a step, interruptions, how far its QA report is, and its film if it has one.

    A unit that is still being built is answered as far as it is, with status active or paused.
    """
    hub, organisation = current_hub(), current_caller().organisation
    session = await hub.assembly_records.get(organisation, record_id)
    film = await hub.films.shown(session)
    report = await hub.qa_reports.progress(organisation, record_id)
    return told({**record_shown(session, filmed=film is not None), "qa_report": report, "film": film})


@blueprint.get("/assembly-record/assembly/<assembly_id>")
@operation(
    "assembly_records.list",
    role=Role.VIEWER,
    limit=FIGURES,
    surface=Surface.SUPERCOACH,
    number=90,
    query=RecordListQuery,
    answers={200: SummariesAnswer},
)
async def list_records(assembly_id: str, query: RecordListQuery) -> Response:
    """The finished records of an assembly, newest end first, without their steps; X-Total-Count counts all that are asked for.

    An assembly that was deleted still has its records.
    """
    asked = query.asked(current_caller().organisation, assembly_id=assembly_id)
    shown, total = await current_hub().assembly_records.of_assembly(asked, *query.place)
    return told(shown, total)


@blueprint.get("/assembly-record/assembly/<assembly_id>/recent/<limit>")
@operation(
    "assembly_records.newest_of_assembly",
    role=Role.VIEWER,
    limit=READS,
    surface=Surface.SUPERCOACH,
    number=94,
    answers={200: RecordsAnswer},
)
async def get_newest_of_assembly(assembly_id: str, limit: str) -> Response:
    """An array with only the record of the assembly that ended last. `limit` is required, a whole number, and without effect."""
    _check_limit(limit)
    asked = RecordFilter(current_caller().organisation, assembly_id=assembly_id)
    return told(await current_hub().assembly_records.newest(asked))


@blueprint.get("/assembly-record/operator/<operator_id>/recent/<limit>")
@operation(
    "assembly_records.newest_of_operator",
    role=Role.VIEWER,
    limit=READS,
    surface=Surface.SUPERCOACH,
    number=95,
    answers={200: RecordsAnswer},
)
async def get_newest_of_operator(operator_id: str, limit: str) -> Response:
    """An array with only the record of the operator that ended last. `limit` is required, a whole number, and without effect."""
    _check_limit(limit)
    asked = RecordFilter(current_caller().organisation, operator_id=operator_id)
    return told(await current_hub().assembly_records.newest(asked))


@blueprint.get("/assembly-record/<record_id>/operator/<operator_id>/metrics")
@operation("assembly_records.metrics", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=88, answers={200: MetricsAnswer})
async def get_metrics(record_id: str, operator_id: str) -> Response:
    """The figures of one record and of its steps; 404 when another operator built it."""
    return told(await current_hub().assembly_records.metrics(current_caller().organisation, record_id, operator_id))


@blueprint.get("/assembly-record/<record_id>/operator/<operator_id>/performance")
@operation(
    "assembly_records.performance",
    role=Role.VIEWER,
    limit=FIGURES,
    surface=Surface.SUPERCOACH,
    number=71,
    answers={200: PerformanceAnswer},
)
async def get_performance(record_id: str, operator_id: str) -> Response:
    """One record beside what its operator, and everyone, take for the assembly in their newest 300 records."""
    return told(await current_hub().assembly_records.performance(current_caller().organisation, record_id, operator_id))


@blueprint.get("/assembly-record/<record_id>/operator/<operator_id>/step/<step_id>/performance")
@operation(
    "assembly_records.step_performance",
    role=Role.VIEWER,
    limit=READS,
    surface=Surface.SUPERCOACH,
    number=96,
    answers={200: VisitsAnswer},
)
async def get_step_performance(record_id: str, operator_id: str, step_id: str) -> Response:
    """The visits of one step in a record, in order; operation 113 sets them beside other records."""
    return told(await current_hub().assembly_records.step_visits(current_caller().organisation, record_id, operator_id, step_id))


@blueprint.get("/assembly-record/analytics")
@operation(
    "assembly_records.analytics",
    role=Role.VIEWER,
    limit=FIGURES,
    surface=Surface.SUPERCOACH,
    number=89,
    query=RecordQuery,
    answers={200: AnalyticsAnswer},
)
async def get_analytics(query: RecordQuery) -> Response:
    """The figures of everything that was built, by assembly, step and operator.

    `records` counts all that is asked for; times are of the newest 1,000 records, or of fewer with very many steps: see `basis`.
    """
    return told(await current_hub().assembly_records.analytics(query.asked(current_caller().organisation)))


def told(msg: Any, total: int | None = None) -> Response:
    """The source's envelope, with the number of all in X-Total-Count."""
    return json_response({"status": "ok", "msg": msg}, headers=None if total is None else {"X-Total-Count": str(total)})


def _check_limit(limit: str) -> None:
    if not (limit.isascii() and limit.isdecimal() and len(limit) < 10):
        raise Invalid("limit must be a whole number.", field="limit")
