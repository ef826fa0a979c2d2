"""Downtime that cameras saw."""

from typing import Annotated

from pydantic import BaseModel, Field, RootModel
from quart import Blueprint, Response

from hub.hub import current_hub
from hub.operation import READS, Surface, current_caller, operation
from hub.rendering import json_response
from hub.services.detected_downtimes import parse_optional, parse_since
from storage.entities.detected_downtime import ReasonLabel
from storage.entities.user import Role

blueprint = Blueprint("detected_downtimes", __name__)


class DowntimeQuery(BaseModel):
    """From when; both bounds are inclusive."""

    since: Annotated[str | None, Field(description="ISO 8601 UTC, at or before detected_at; required")] = None
    update_at: Annotated[str | None, Field(description="ISO 8601 UTC, at or before updated_at")] = None
    updated_at: Annotated[str | None, Field(description="the same as update_at")] = None
    line_name: Annotated[str | None, Field(max_length=100, description="one line alone; the answer then has a position")] = None


class ReasonShown(BaseModel):
    """How much of a downtime had one reason."""

    label_name: ReasonLabel
    duration_seconds: float


class DetectedDowntimeShown(BaseModel):
    """One downtime; while it lasts, updated_at and the seconds move."""

    event_id: str
    line_name: str
    roi_name: str
    roi_title: str
    roi_api_name: str
    detected_at: str
    updated_at: str
    downtime_seconds: float
    downtime_reason: list[ReasonShown]


class DetectedDowntimesShown(RootModel[list[DetectedDowntimeShown]]):
    """Downtimes ordered by detected_at, at most 10,000.

    Of one line, Takt-Epoch and Takt-Offset say where the channel downtime:{line} goes on.
    """


class DetectionsQuery(BaseModel):
    """From when; both bounds are inclusive."""

    since: Annotated[str | None, Field(description="ISO 8601 UTC, at or before detected_at; left out = the last ten days")] = None
    updated_at: Annotated[str | None, Field(description="ISO 8601 UTC, at or before updated_at")] = None


class DetectionShown(BaseModel):
    """One reason of one downtime: event_id and label_name together are unique."""

    event_id: str
    line_name: str
    roi_name: str
    roi_title: str
    roi_api_name: str
    label_name: ReasonLabel
    label_title: str
    detected_at: str
    updated_at: str
    duration_seconds: float
    downtime_seconds: float


class DetectionsShown(RootModel[list[DetectionShown]]):
    """Detections ordered by detected_at."""


@blueprint.get("/api/v1/downtime")
@operation(
    "detected_downtimes.list",
    role=Role.VIEWER,
    limit=READS,
    surface=Surface.CERRION,
    query=DowntimeQuery,
    answers={200: DetectedDowntimesShown},
)
async def list_downtimes(query: DowntimeQuery) -> Response:
    """Downtimes that the cameras saw since a time, those that last included."""
    updated_ms = parse_optional("update_at", query.update_at if query.update_at is not None else query.updated_at)
    found = await current_hub().detected_downtimes.since(
        current_caller().organisation, parse_since(query.since), updated_ms, query.line_name
    )
    response = Response(found.json, content_type="application/json")
    if found.position is not None:
        response.headers["Takt-Epoch"], response.headers["Takt-Offset"] = found.position.epoch, found.position.offset
    return response


@blueprint.get("/api/v1/detections")
@operation("detections.list", role=Role.VIEWER, limit=READS, surface=Surface.CERRION, query=DetectionsQuery, answers={200: DetectionsShown})
async def list_detections(query: DetectionsQuery) -> Response:
    """What the cameras saw during downtimes: one row for every reason of every downtime."""
    since_ms, updated_ms = parse_optional("since", query.since), parse_optional("updated_at", query.updated_at)
    return json_response(await current_hub().detected_downtimes.detections(current_caller().organisation, since_ms, updated_ms))
