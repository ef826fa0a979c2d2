"""Charts of machines, and what each did from moment to moment."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, RootModel
from quart import Blueprint, Response

from hub.coaching.activities import ActivityState
from hub.hub import current_hub
from hub.operation import Limit, Surface, current_caller, operation
from hub.rendering import json_response
from hub.services.charts import MachineActivities
from hub.services.events import parse_window, split_list
from hub.services.timeline_reader import DAY_MS, parse_span
from hub.timestamps import iso
from storage.entities.user import Role

blueprint = Blueprint("charts", __name__)

# Each may read and reckon for a second.
DRAWINGS = Limit(120)
LONGEST_CHART_DAYS = 31
TOO_LONG = f"the window between from and to must not be longer than {LONGEST_CHART_DAYS} days"


class MachinesWindow(BaseModel):
    """A window, and the machines that are meant; both ends are required."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Annotated[str | None, Field(alias="from", description="ISO 8601 with Z or an offset; required")] = None
    to: Annotated[str | None, Field(description="ISO 8601 with Z or an offset, after `from`; required")] = None
    machine_foreign_ids: Annotated[
        list[str] | None, Field(description="comma separated, repeated, or with []; unknown ones are ignored; none = all unarchived")
    ] = None


class ActivityShown(BaseModel):
    """A span in which a machine had one state: active = a cycle or step ran and no reason said otherwise; idle = it did not, within a
    shift, or the machine has no shifts; off = outside its shifts."""

    machine_foreign_id: str
    from_: Annotated[str, Field(alias="from")]
    to: str
    duration_seconds: float
    status: ActivityState


class ActivitiesShown(RootModel[list[ActivityShown]]):
    """Spans by machine, then time; those of a machine touch and cover the window up to now."""


class SeriesShown(BaseModel):
    """One line or row of bars: points of [time or label, value]."""

    name: str
    points: list[tuple[str, float]]


class ChartShown(BaseModel):
    """A chart in one unit: percent, hours or seconds."""

    chart_type: str
    from_: Annotated[str, Field(alias="from")]
    to: str
    unit: str
    series: list[SeriesShown]


@blueprint.get("/api/v1/machine_activities")
@operation(
    "machine_activities.list",
    role=Role.VIEWER,
    limit=DRAWINGS,
    surface=Surface.TRACKMYMACHINES,
    query=MachinesWindow,
    answers={200: ActivitiesShown},
)
async def list_machine_activities(query: MachinesWindow) -> Response:
    """What each machine did in a window of at most one day, up to now: active, idle or off, without a hole."""
    from_ms, to_ms = parse_window(query.from_, query.to)
    machines = split_list(query.machine_foreign_ids or [])
    found = await current_hub().charts.activities(current_caller().organisation, machines, from_ms, to_ms)
    return json_response([shown for each in found for shown in _activities_shown(each)])


@blueprint.get("/api/v1/charts/<chart_type>")
@operation(
    "charts.show",
    role=Role.VIEWER,
    limit=DRAWINGS,
    surface=Surface.TRACKMYMACHINES,
    query=MachinesWindow,
    answers={200: ChartShown},
)
async def show_chart(chart_type: str, query: MachinesWindow) -> Response:
    """One of eight charts over a window of at most 31 days and 200,000 events.

    machine_utilisation, machine_hours, downtime_analysis, downtime_reason, downtime_reason_category, shift_breakdown, cycle, step_cycle;
    any other is 404 {"message": "Chart not found"}.
    """
    charts = current_hub().charts
    if not charts.knows(chart_type):
        return json_response({"message": "Chart not found"}, 404)
    from_ms, to_ms = parse_span(query.from_, query.to, LONGEST_CHART_DAYS * DAY_MS, TOO_LONG)
    machines = split_list(query.machine_foreign_ids or [])
    chart = await charts.chart(current_caller().organisation, chart_type, machines, from_ms, to_ms)
    series = [{"name": each.name, "points": [[_place(at), value] for at, value in each.points]} for each in chart.series]
    return json_response({"chart_type": chart_type, "from": iso(from_ms), "to": iso(to_ms), "unit": chart.unit, "series": series})


def _place(at: int | str) -> str:
    return at if isinstance(at, str) else iso(at)


def _activities_shown(found: MachineActivities) -> list[dict[str, object]]:
    return [
        {
            "machine_foreign_id": found.machine,
            "from": iso(each.start_ms),
            "to": iso(each.end_ms),
            "duration_seconds": (each.end_ms - each.start_ms) / 1000,
            "status": each.state,
        }
        for each in found.activities
    ]
