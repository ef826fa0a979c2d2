"""Devices and how they are now."""

import re
import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints
from quart import Blueprint, Response

from hub.errors import Invalid
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.rendering import json_response
from hub.services.device_apps import is_over
from hub.services.devices import DeviceWish, Listed
from hub.services.events import split_list
from hub.timestamps import iso_ms
from storage.entities.device import TAKT_DEVICE, Device, Place
from storage.entities.device_app import DeviceApp
from storage.entities.user import Role

blueprint = Blueprint("devices", __name__)

# What every reader of JSON keeps exactly.
GREATEST_ID = 2**53 - 1
_INTEGER = re.compile(r"-?[0-9]{1,16}", re.ASCII)
Number = Annotated[int, Field(strict=True, ge=1, le=GREATEST_ID)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class PlaceBody(BaseModel):
    """A network, a site or a location, by the number and name that its owner gave it."""

    id: Number
    name: Name


class DeviceBody(BaseModel):
    """What a device shall be. Each app on it beats every `heartbeat_seconds`; after three without a beat it counts as gone."""

    name: Name
    network: PlaceBody
    site: PlaceBody
    location: PlaceBody
    time_zone: Annotated[str, StringConstraints(max_length=64)]
    heartbeat_seconds: Annotated[int, Field(strict=True, ge=1, le=3600)]


class DevicesQuery(BaseModel):
    """Some of the networks that the token may see."""

    network_ids: Annotated[list[str] | None, Field(description="comma separated, repeated, or with []; none = all of the token's")] = None


class PlaceShown(BaseModel):
    """A network, a site or a location."""

    id: int
    name: str


class DeviceShown(BaseModel):
    """A device. Number 0 is Takt itself, whose apps are its components."""

    id: int
    name: str
    network: PlaceShown
    site: PlaceShown
    location: PlaceShown
    time_zone: str
    heartbeat_seconds: int


class AppShown(BaseModel):
    """An app, by its code."""

    code: str


class StatusShown(BaseModel):
    """The last run of beats: of which status, since when, and its last beat."""

    status: Literal["running", "stopped"]
    since: str
    hb_last_seen_at: str
    source: Literal["heartbeat"] = "heartbeat"


class AppNow(BaseModel):
    """An app now; `online` = it was heard within three periods."""

    app: AppShown
    online: bool
    current_status: StatusShown


class DeviceNow(DeviceShown):
    """A device now: online while one of its apps is."""

    online: bool
    hb_last_seen_at: str | None
    apps: list[AppNow]


class Envelope(BaseModel):
    """What surrounds every good answer."""

    status: Literal[True] = True
    message: Literal["Success"] = "Success"


class DeviceEnvelope(Envelope):
    """One device."""

    data: DeviceShown


class DevicesEnvelope(Envelope):
    """The newest 1,000 devices of the token's networks, oldest of them first; X-Total-Count tells how many there are."""

    data: list[DeviceShown]


class DevicesNowEnvelope(Envelope):
    """As the list of devices, each with its apps."""

    data: list[DeviceNow]


@blueprint.get("/api/v1/devices")
@operation(
    "devices.list", role=Role.VIEWER, limit=READS, surface=Surface.VIANA, query=DevicesQuery, strict=True, answers={200: DevicesEnvelope}
)
async def list_devices(query: DevicesQuery) -> Response:
    """The devices of the token's networks, an administrator's are all; 403 FORBIDDEN_NETWORKS for a network that is not the token's."""
    listed = await _listed(query)
    return envelope([shown(device) for device in listed.devices], total=listed.total)


@blueprint.put("/api/v1/devices/<device_id>")
@operation(
    "devices.put",
    role=Role.ADMIN,
    limit=WRITES,
    surface=Surface.VIANA,
    body=DeviceBody,
    strict=True,
    answers={200: DeviceEnvelope, 201: DeviceEnvelope},
)
async def put_device(device_id: str, body: DeviceBody) -> Response:
    """Makes or replaces a device; another period holds from now on. Its number is its owner's, from 1 on."""
    network, site, location = (Place(id=place.id, name=place.name) for place in (body.network, body.site, body.location))
    wish = DeviceWish(body.name, network, site, location, body.time_zone, body.heartbeat_seconds)
    device, new = await current_hub().devices.put(current_caller().organisation, own_device(device_id), wish, now_ms())
    return envelope(shown(device), 201 if new else 200)


@blueprint.get("/api/v1/devices/status")
@operation(
    "devices.status",
    role=Role.VIEWER,
    limit=READS,
    surface=Surface.VIANA,
    query=DevicesQuery,
    strict=True,
    answers={200: DevicesNowEnvelope},
)
async def show_status(query: DevicesQuery) -> Response:
    """Every device of the token's networks with its apps: what they are, and whether they are still heard."""
    listed, at_ms = await _listed(query), now_ms()
    apps = await current_hub().device_apps.of_devices(listed.devices)
    return envelope([_now(device, apps[device.id], at_ms) for device in listed.devices], total=listed.total)


async def _listed(query: DevicesQuery) -> Listed:
    wanted = frozenset(device_number(text, "network_ids") for text in split_list(query.network_ids or []))
    return await current_hub().devices.list(current_caller(), wanted)


def now_ms() -> int:
    """The time at the door."""
    return time.time_ns() // 1_000_000


def device_number(text: str, field: str = "deviceId") -> int:
    """An integer in an address. Raises Invalid."""
    if not _INTEGER.fullmatch(text) or abs(int(text)) > GREATEST_ID:
        raise Invalid(f"{field} must be an integer.", field=field)
    return int(text)


def own_device(text: str) -> int:
    """The number of a device that people keep. Raises Invalid."""
    number = device_number(text)
    if number <= TAKT_DEVICE:
        raise Invalid("Devices are numbered from 1 on; 0 is Takt itself, which keeps it.", field="deviceId")
    return number


def envelope(data: Any, status: int = 200, total: int | None = None) -> Response:
    """A good answer of this surface."""
    headers = {} if total is None else {"X-Total-Count": str(total)}
    return json_response({"status": True, "message": "Success", "data": data}, status, headers)


def shown(device: Device) -> dict[str, Any]:
    """The device as it is told."""
    return device.model_dump(mode="json", include=set(DeviceShown.model_fields))


def status_shown(status: str, since_ms: int, seen_ms: int) -> dict[str, str]:
    """A status as it is told."""
    return {"status": status, "since": iso_ms(since_ms), "hb_last_seen_at": iso_ms(seen_ms), "source": "heartbeat"}


def _now(device: Device, apps: list[DeviceApp], at_ms: int) -> dict[str, Any]:
    told = [
        {
            "app": {"code": app.code},
            "online": app.is_open and not is_over(app, at_ms, device.period_ms),
            "current_status": status_shown(app.status, app.since_ms, app.seen_ms),
        }
        for app in apps
    ]
    last_ms = max((app.seen_ms for app in apps), default=None)
    last = None if last_ms is None else iso_ms(last_ms)
    return {**shown(device), "online": any(app["online"] for app in told), "hb_last_seen_at": last, "apps": told}
