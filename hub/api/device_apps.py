"""Apps on devices: their heartbeats and their uptime."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response

from hub.api.devices import AppShown, Envelope, PlaceShown, StatusShown, device_number, envelope, now_ms, own_device, status_shown
from hub.coaching.uptime import BeatStatus
from hub.errors import Invalid
from hub.hub import current_hub
from hub.operation import READS, Limit, Surface, current_caller, operation
from hub.services.device_apps import AppUptime
from hub.timestamps import iso_ms, parse_iso
from storage.entities.user import Role

blueprint = Blueprint("device_apps", __name__)

# A gateway beats for all the devices of its place with one key: a thousand apps, each every ten seconds.
BEATS = Limit(6000)
# The code stands in keys and addresses.
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


class DeviceUptimeQuery(BaseModel):
    """A window of any length; what of it is still to come is left out."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Annotated[
        str | None, Field(alias="from", description="ISO 8601 with Z or an offset; default: start of today at the server's site")
    ] = None
    to: Annotated[str | None, Field(description="ISO 8601 with Z or an offset, after `from`; default: now")] = None


class Beat(BaseModel):
    """The app works, or was stopped on purpose and still reports."""

    status: Literal["running", "stopped"]


class DeviceNamed(BaseModel):
    """A device, by number and name."""

    id: int
    name: str


class WindowShown(BaseModel):
    """The time that was evaluated."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Annotated[str, Field(alias="from")]
    to: str
    window_seconds: int


class SummaryShown(BaseModel):
    """`running_seconds`: with beats, of either status; `stopped_seconds`: gaps. Together they are the window."""

    running_seconds: int
    stopped_seconds: int
    uptime_pct: float
    interval_count: int


class DeviceUptimeShown(BaseModel):
    """Uptime of an app in a window; `current_status` is its most recent run of beats in it, or null."""

    app: AppShown
    device: DeviceNamed
    network: PlaceShown
    site: PlaceShown
    location: PlaceShown
    window: WindowShown
    summary: SummaryShown
    current_status: StatusShown | None


class UptimeEnvelope(Envelope):
    """The uptime of one app."""

    data: DeviceUptimeShown


class BeatShown(BaseModel):
    """The run of beats that this one belongs to."""

    app: AppShown
    device: DeviceNamed
    current_status: StatusShown


class BeatEnvelope(Envelope):
    """The beat is kept."""

    data: BeatShown


@blueprint.get("/api/v1/device-apps/<device_id>/<app_code>/uptime")
@operation(
    "device_apps.uptime", role=Role.VIEWER, limit=READS, surface=Surface.VIANA, query=DeviceUptimeQuery, answers={200: UptimeEnvelope}
)
async def show_uptime(device_id: str, app_code: str, query: DeviceUptimeQuery) -> Response:
    """How much of a window an app on a device ran, from its heartbeats.

    A gap of more than three heartbeat periods ends a run at its last beat. `from` is the start of today at the server's site
    (TAKT_SITE_TIME_ZONE) unless given, `to` is now.
    """
    hub, at_ms = current_hub(), now_ms()
    number, code = device_number(device_id), _code(app_code)
    from_ms = hub.device_apps.start_of_today(at_ms) if query.from_ is None else _time(query.from_, "from")
    to_ms = at_ms if query.to is None else _time(query.to, "to")
    return envelope(_shown(await hub.device_apps.uptime(current_caller(), number, code, from_ms, to_ms, at_ms)))


@blueprint.post("/api/v1/device-apps/<device_id>/<app_code>/heartbeat")
@operation(
    "device_apps.beat",
    role=Role.OPERATOR,
    limit=BEATS,
    surface=Surface.VIANA,
    body=Beat,
    strict=True,
    answers={200: BeatEnvelope},
)
async def take_beat(device_id: str, app_code: str, body: Beat) -> Response:
    """Takes one heartbeat of an app; answered when it is durable. A change of status ends a run of beats and begins another."""
    number, code = own_device(device_id), _code(app_code)
    device, app = await current_hub().device_apps.beat(current_caller(), number, code, BeatStatus(body.status), now_ms())
    named = {"app": {"code": code}, "device": {"id": device.id, "name": device.name}}
    return envelope({**named, "current_status": status_shown(app.status, app.since_ms, app.seen_ms)})


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise Invalid("appCode has letters, digits, dots, dashes and underscores, at most 64.", field="appCode")
    return text


def _time(text: str, field: str) -> int:
    try:
        at_ms = parse_iso(text)
    except Invalid as error:
        raise Invalid(f"{field} is an ISO 8601 time with Z or an offset, such as 2026-03-30T06:30:00Z.", field=field) from error
    if at_ms < 0:
        raise Invalid(f"{field} is before 1970.", field=field)
    return at_ms


def _shown(found: AppUptime) -> dict[str, Any]:
    device, figures, status = found.device, found.figures, found.status
    return {
        "app": {"code": found.code},
        "device": {"id": device.id, "name": device.name},
        "network": device.network.model_dump(),
        "site": device.site.model_dump(),
        "location": device.location.model_dump(),
        "window": {
            "from": iso_ms(found.from_ms),
            "to": iso_ms(found.to_ms),
            "window_seconds": figures.running_seconds + figures.stopped_seconds,
        },
        "summary": {
            "running_seconds": figures.running_seconds,
            "stopped_seconds": figures.stopped_seconds,
            "uptime_pct": figures.uptime_pct,
            "interval_count": figures.interval_count,
        },
        "current_status": None if status is None else status_shown(status.status, status.since_ms, status.seen_ms),
    }
