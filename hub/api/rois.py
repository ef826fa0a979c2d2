"""Regions of interest, in which vision watches for downtime."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, RootModel, StringConstraints
from quart import Blueprint, Response

from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.rendering import json_response
from hub.services.polygons import POINTS_LIMIT
from hub.services.rois import RoiWish
from storage.entities.roi import Roi
from storage.entities.user import Role

blueprint = Blueprint("rois", __name__)

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Share = Annotated[float, Field(strict=True, allow_inf_nan=False, description="of the picture's width or height, 0 to 1")]
Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False, description="1 to 3600")]


class RoiBody(BaseModel):
    """A region: a polygon in a station's picture, and how long stillness and activity last until they count."""

    line_name: Line
    roi_title: Text
    roi_api_name: Annotated[str, StringConstraints(max_length=200)] = ""
    station_id: Text
    machine_foreign_id: Text | None = None
    # One more than may be kept: the last point may repeat the first.
    polygon: Annotated[list[tuple[Share, Share]], Field(min_length=3, max_length=POINTS_LIMIT + 1)]
    idle_after_seconds: Seconds
    resume_after_seconds: Seconds


class RoiShown(BaseModel):
    """A watched region."""

    roi_name: str
    line_name: str
    roi_title: str
    roi_api_name: str
    station_id: str
    machine_foreign_id: str | None
    polygon: list[tuple[float, float]]
    idle_after_seconds: float
    resume_after_seconds: float


class RoisShown(RootModel[list[RoiShown]]):
    """All regions of the organisation, oldest first."""


@blueprint.get("/api/v1/rois")
@operation("rois.list", role=Role.VIEWER, limit=READS, surface=Surface.CERRION, answers={200: RoisShown})
async def list_rois() -> Response:
    """The regions in which vision watches for downtime."""
    return json_response([_shown(roi) for roi in await current_hub().rois.list(current_caller().organisation)])


@blueprint.put("/api/v1/rois/<roi_name>")
@operation(
    "rois.put",
    role=Role.SUPERVISOR,
    limit=WRITES,
    surface=Surface.CERRION,
    strict=True,
    body=RoiBody,
    answers={200: RoiShown, 201: RoiShown},
)
async def put_roi(roi_name: str, body: RoiBody) -> Response:
    """Makes or changes a region; it is watched at once. Moved to another line, station or machine, its open downtime ends first."""
    wish = RoiWish(
        body.line_name,
        body.roi_title,
        body.roi_api_name,
        body.station_id,
        body.machine_foreign_id,
        body.polygon,
        body.idle_after_seconds,
        body.resume_after_seconds,
    )
    roi, new = await current_hub().rois.put(current_caller().organisation, roi_name, wish)
    return json_response(_shown(roi), 201 if new else 200)


@blueprint.delete("/api/v1/rois/<roi_name>")
@operation("rois.delete", role=Role.SUPERVISOR, limit=WRITES, surface=Surface.CERRION, answers={204: None})
async def delete_roi(roi_name: str) -> Response:
    """Stops watching a region and ends its open downtime; its past downtimes stay."""
    await current_hub().rois.delete(current_caller().organisation, roi_name)
    return Response(b"", 204)


def _shown(roi: Roi) -> dict[str, Any]:
    return {
        "roi_name": roi.name,
        "line_name": roi.line_name,
        "roi_title": roi.title,
        "roi_api_name": roi.api_name,
        "station_id": roi.station_id,
        "machine_foreign_id": roi.machine_identifier,
        "polygon": roi.polygon,
        "idle_after_seconds": roi.idle_after_s,
        "resume_after_seconds": roi.resume_after_s,
    }
