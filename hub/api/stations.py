"""Stations, their cameras, and what a station's screen starts from."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, RootModel, StringConstraints
from quart import Blueprint, Response

from hub.api.assemblies import TaughtAssemblyShown, assembly_shown
from hub.hub import current_hub
from hub.operation import READS, WRITES, current_caller, operation
from hub.rendering import json_response, list_response
from hub.services.assemblies import AssemblyView
from hub.services.cameras import mask_camera
from hub.services.coaching import StationView
from hub.services.stations import StationWish
from storage.entities.assembly import Assembly
from storage.entities.session import StepResult, StepStatus
from storage.entities.station import Station
from storage.entities.user import Role
from storage.messages import SourceState

blueprint = Blueprint("stations", __name__)

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class StationBody(BaseModel):
    """A station: its camera is a device number, an rtsp(s) or http(s) URL, a folder of images, a video, or `push`."""

    name: Text
    camera: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    machine_identifier: Text | None = None
    line_name: Text | None = None


class SourceShown(BaseModel):
    """How the camera fares: connecting, live, lost or ended, since when and why."""

    station: str
    state: str
    since_ms: int
    reason: str
    frames_per_second: float
    frame_age_ms: float | None
    dropped: int


class StationShown(BaseModel):
    """A station; credentials in the camera's URL are told to administrators only."""

    id: str
    name: str
    camera: str
    machine_identifier: str
    line_name: str | None
    source: SourceShown | None


class StationsShown(RootModel[list[StationShown]]):
    """All stations of the organisation."""


class PositionShown(BaseModel):
    """Where a channel stands."""

    epoch: str
    offset: str


class VisitShown(BaseModel):
    """One visit of a step in the open session."""

    step_id: int
    number: int | None
    status: StepStatus
    started_at_ms: int
    finished_at_ms: int
    duration_ms: int
    confidence: float
    wrong_seen: int
    reason: str


class StationSession(BaseModel):
    """What a screen starts from; it goes on with the channel `coaching:{station}` from `position`."""

    station: StationShown
    source: SourceShown | None
    session: dict[str, Any] | None
    position: PositionShown
    results: list[VisitShown]
    assembly: TaughtAssemblyShown | None


@blueprint.get("/api/v1/stations")
@operation("stations.list", role=Role.VIEWER, limit=READS, answers={200: StationsShown})
async def list_stations() -> Response:
    """All stations with the state of their cameras."""
    stations, organisation = current_hub().stations, current_caller().organisation
    return list_response([await _shown(station) for station in await stations.list(organisation)], await stations.count(organisation))


@blueprint.get("/api/v1/stations/<station_id>")
@operation("stations.get", role=Role.VIEWER, limit=READS, answers={200: StationShown})
async def get_station(station_id: str) -> Response:
    """One station with the state of its camera."""
    return json_response(await _shown(await current_hub().stations.get(current_caller().organisation, station_id)))


@blueprint.put("/api/v1/stations/<station_id>")
@operation("stations.put", role=Role.SUPERVISOR, limit=WRITES, body=StationBody, answers={200: StationShown, 201: StationShown})
async def put_station(station_id: str, body: StationBody) -> Response:
    """Makes or changes a station; its machine is made with it, and vision opens the camera at once."""
    wish = StationWish(body.name, body.camera, body.machine_identifier, body.line_name)
    station, new = await current_hub().stations.put(current_caller().organisation, station_id, wish)
    return json_response(await _shown(station), 201 if new else 200)


@blueprint.delete("/api/v1/stations/<station_id>")
@operation("stations.delete", role=Role.SUPERVISOR, limit=WRITES, answers={204: None})
async def delete_station(station_id: str) -> Response:
    """Removes a station; 409 while a unit is built there."""
    await current_hub().stations.delete(current_caller().organisation, station_id)
    return Response(b"", 204)


@blueprint.get("/api/v1/stations/<station_id>/session")
@operation("stations.session", role=Role.VIEWER, limit=READS, answers={200: StationSession})
async def get_station_session(station_id: str) -> Response:
    """What is being built at a station now: its last state, the visits so far, the recipe, and where the channel stands."""
    hub, organisation = current_hub(), current_caller().organisation
    shown = await _shown(await hub.stations.get(organisation, station_id))
    now = await hub.coaching.station_view(organisation, station_id)
    view = await hub.assemblies.view(organisation, now.session.assembly_id) if now.session else None
    return json_response(
        {
            "station": shown,
            "source": shown["source"],
            "session": _session_shown(now, view),
            "position": {"epoch": now.position.epoch, "offset": now.position.offset},
            "results": [_visit(view.assembly, visit) for visit in now.session.results] if now.session and view else [],
            "assembly": assembly_shown(view) if view else None,
        }
    )


def _session_shown(now: StationView, view: AssemblyView | None) -> dict[str, Any] | None:
    """The last message of /coach, and what the messages do not say: who builds, whether it goes on by itself, whether it is filmed."""
    session = now.session
    if session is None:
        return None
    filmed = session.filmed and view is not None and view.assembly.record_videos
    more = {"auto_coach_enabled": session.options.auto_coach_enabled, "filmed": filmed}
    return {**(now.message or {}), "operator_id": session.operator_id, "operator_name": session.operator_name, **more}


def _visit(assembly: Assembly, visit: StepResult) -> dict[str, Any]:
    numbers = {step.id: number for number, step in enumerate(assembly.steps, start=1)}
    shown = visit.model_dump(mode="json", include=set(VisitShown.model_fields))
    return {**shown, "number": numbers.get(visit.step_id), "duration_ms": visit.finished_at_ms - visit.started_at_ms}


async def _shown(station: Station) -> dict[str, Any]:
    caller = current_caller()
    source: SourceState | None = await current_hub().stations.source(caller.organisation, station.id)
    return {
        "id": station.id,
        "name": station.name,
        "camera": station.camera if caller.is_admin else mask_camera(station.camera),
        "machine_identifier": station.machine_identifier,
        "line_name": station.line_name,
        "source": asdict(source) if source else None,
    }
