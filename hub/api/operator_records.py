"""What operators have built: operations 111 to 115 of the Supercoach surface."""

from typing import Literal

from pydantic import BaseModel
from quart import Blueprint, Response

from hub.api.assembly_records import FIGURES, MetricsAnswer, told
from hub.api.record_models import OperatorMetrics, Record, RecordSummary, StepPerformance
from hub.api.record_queries import RecordListQuery, RecordPageQuery
from hub.hub import current_hub
from hub.operation import READS, Surface, current_caller, operation
from hub.paging import PageShown
from storage.entities.user import Role

blueprint = Blueprint("operator_records", __name__)


class OperatorMetricsAnswer(BaseModel):
    """The source's envelope around the figures of an operator."""

    status: Literal["ok"] = "ok"
    msg: OperatorMetrics


class StepPerformanceAnswer(BaseModel):
    """The source's envelope around a step of a record."""

    status: Literal["ok"] = "ok"
    msg: StepPerformance


class OperatorRecords(BaseModel):
    """The newest 1,000, newest end first, without their steps."""

    records: list[RecordSummary]


class OperatorRecordsAnswer(BaseModel):
    """The source's envelope around an operator's records."""

    status: Literal["ok"] = "ok"
    msg: OperatorRecords


class OperatorRecordsPage(PageShown):
    """A page of whole records."""

    records: list[Record]


class OperatorRecordsPageAnswer(BaseModel):
    """The source's envelope around a page."""

    status: Literal["ok"] = "ok"
    msg: OperatorRecordsPage


@blueprint.get("/operator/<operator_id>/metrics")
@operation(
    "operator_records.metrics",
    role=Role.VIEWER,
    limit=FIGURES,
    surface=Surface.SUPERCOACH,
    number=111,
    answers={200: OperatorMetricsAnswer},
)
async def get_operator_metrics(operator_id: str) -> Response:
    """The figures of an operator in all, and for each assembly and step.

    `records` counts all; times are of the newest 1,000 records: `basis` says of how many.
    """
    return told(await current_hub().assembly_records.operator_metrics(current_caller().organisation, operator_id))


@blueprint.get("/operator/<operator_id>/assembly-record/<record_id>/metrics")
@operation(
    "operator_records.record_metrics", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=112, answers={200: MetricsAnswer}
)
async def get_operator_record_metrics(operator_id: str, record_id: str) -> Response:
    """The figures of one record of the operator, as operation 88 answers them."""
    return told(await current_hub().assembly_records.metrics(current_caller().organisation, record_id, operator_id))


@blueprint.get("/operator/<operator_id>/assembly-record/<record_id>/step/<step_id>/performance")
@operation(
    "operator_records.step_performance",
    role=Role.VIEWER,
    limit=FIGURES,
    surface=Surface.SUPERCOACH,
    number=113,
    answers={200: StepPerformanceAnswer},
)
async def get_operator_step_performance(operator_id: str, record_id: str, step_id: str) -> Response:
    """One step of a record beside what the operator, and everyone, take for it in their newest 300 records of the assembly."""
    return told(await current_hub().assembly_records.step_performance(current_caller().organisation, record_id, operator_id, step_id))


@blueprint.get("/operator/<operator_id>/assembly-record")
@operation(
    "operator_records.list",
    role=Role.VIEWER,
    limit=FIGURES,
    surface=Surface.SUPERCOACH,
    number=114,
    query=RecordListQuery,
    answers={200: OperatorRecordsAnswer},
)
async def list_operator_records(operator_id: str, query: RecordListQuery) -> Response:
    """All finished records of an operator, newest end first, without their steps; X-Total-Count counts them all."""
    asked = query.asked(current_caller().organisation, operator_id=operator_id)
    shown, total = await current_hub().assembly_records.list_of_operator(asked, *query.place)
    return told({"records": shown}, total)


@blueprint.get("/operator/<operator_id>/assembly-record/filtered")
@operation(
    "operator_records.filter",
    role=Role.VIEWER,
    limit=READS,
    surface=Surface.SUPERCOACH,
    number=115,
    query=RecordPageQuery,
    answers={200: OperatorRecordsPageAnswer},
)
async def filter_operator_records(operator_id: str, query: RecordPageQuery) -> Response:
    """A page of an operator's finished records with their steps, newest end first, by time of end, assembly and status."""
    asked = query.asked(current_caller().organisation, operator_id=operator_id)
    shown, total = await current_hub().assembly_records.list_of_operator(asked, query.first, query.page_size, whole=True)
    page = {"total": total, "page": query.page, "page_size": query.page_size, "total_pages": -(-total // query.page_size)}
    return told({"records": shown, **page}, total)
