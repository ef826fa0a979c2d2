"""The downtime of all machines, and MTTR and MTBF of one and of all."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field
from quart import Blueprint, Response

from hub.api.downtime import DIGITS, RecordsPage
from hub.coaching.reliability import Reliability
from hub.hub import current_hub
from hub.operation import READS, Surface, current_caller, operation
from hub.paging import Paging, page_response
from hub.rendering import json_response
from storage.entities.user import Role
from storage.repositories.downtime_records import SortBy

blueprint = Blueprint("fleet", __name__)


class SortDir(StrEnum):
    """Least first, or greatest first."""

    ASC = "asc"
    DESC = "desc"


class FleetQuery(Paging):
    """An open record sorts as ending after, and lasting longer than, all others. Equals come in the order of their start."""

    machine_id: UUID | None = None
    sort_by: SortBy = SortBy.STARTED_AT
    sort_dir: SortDir = SortDir.DESC


class DaysQuery(BaseModel):
    """How far to look back."""

    days: Annotated[int, Field(ge=1, le=3650, description="days of 24 hours up to now")] = 90


class ReliabilityShown(BaseModel):
    """MTTR is null without a repair, MTBF without a failure: `uptime_hours` is its lower bound then."""

    mttr_hours: float | None
    mtbf_hours: float | None
    total_failures: int
    total_repairs: int
    uptime_hours: float
    method: str


@blueprint.get("/api/v1/fleet/downtime")
@operation("fleet.downtime", role=Role.VIEWER, limit=READS, surface=Surface.HALTLESS, query=FleetQuery, answers={200: RecordsPage})
async def fleet_downtime(query: FleetQuery) -> Response:
    """The downtime records of all machines, archived ones too, or of one."""
    page = await current_hub().downtime.of_fleet(
        current_caller().organisation,
        query.sort_by,
        query.first,
        query.page_size,
        descending=query.sort_dir is SortDir.DESC,
        machine_id=None if query.machine_id is None else str(query.machine_id),
    )
    return page_response(page.json, page.total, query)


@blueprint.get("/api/v1/machines/<machine_id>/mttr-mtbf")
@operation("fleet.machine_mttr", role=Role.VIEWER, limit=READS, surface=Surface.HALTLESS, query=DaysQuery, answers={200: ReliabilityShown})
async def machine_reliability(machine_id: str, query: DaysQuery) -> Response:
    """Mean time to repair and mean time between failures of a machine. `method` says how they are counted."""
    return _shown(await current_hub().reliability.of_machine(current_caller().organisation, machine_id, query.days))


@blueprint.get("/api/v1/fleet/mttr-mtbf")
@operation("fleet.mttr", role=Role.VIEWER, limit=READS, surface=Surface.HALTLESS, query=DaysQuery, answers={200: ReliabilityShown})
async def fleet_reliability(query: DaysQuery) -> Response:
    """The same of all machines that are not archived: sums over sums, not a mean of means."""
    return _shown(await current_hub().reliability.of_fleet(current_caller().organisation, query.days))


def _shown(found: Reliability) -> Response:
    return json_response(
        {
            "mttr_hours": None if found.mttr_hours is None else round(found.mttr_hours, DIGITS),
            "mtbf_hours": None if found.mtbf_hours is None else round(found.mtbf_hours, DIGITS),
            "total_failures": found.failures,
            "total_repairs": found.repairs,
            "uptime_hours": round(found.uptime_hours, DIGITS),
            "method": found.method,
        }
    )
