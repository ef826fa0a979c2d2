"""Machines of the floor."""

from enum import StrEnum
from typing import Annotated

import orjson
from pydantic import BaseModel, Field, StringConstraints
from quart import Blueprint, Response

from hub.api.fleet import SortDir
from hub.api.moments import MachineForeignId
from hub.changes import may_be_left_out
from hub.coaching.machine_status import MachineStatus
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.paging import PageShown, Paging, page_response
from hub.rendering import json_response
from hub.services.machines import MachineChange, MachineList, MachineSort, MachineWish, SeenMachine
from hub.timestamps import iso
from storage.entities.user import Role

blueprint = Blueprint("machines", __name__)

Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class Protocol(StrEnum):
    """How a machine tells of itself."""

    OPC_UA = "opc_ua"
    MODBUS_TCP = "modbus_tcp"
    CSV = "csv"
    JSON = "json"


class NewMachine(BaseModel):
    """A machine; `machine_identifier` is the foreign id of its events."""

    name: Text
    machine_identifier: MachineForeignId
    protocol: Protocol
    location: Text | None = None
    line_name: Text | None = None


class MachinePatch(BaseModel):
    """What changes; a field that is left out stays. `is_active` false archives the machine."""

    name: Text = may_be_left_out()
    protocol: Protocol = may_be_left_out()
    location: Text | None = may_be_left_out()
    line_name: Text | None = may_be_left_out()
    is_active: bool = may_be_left_out()


class MachinesQuery(Paging):
    """Which machines, in which order."""

    search: Annotated[str, Field(max_length=200, description="part of the name, identifier, location or line")] = ""
    status: MachineStatus | None = None
    sort_by: MachineSort = MachineSort.NAME
    sort_dir: SortDir = SortDir.ASC


class MachineShown(BaseModel):
    """A machine, and how it fares.

    `status`: critical = an unplanned downtime record is open; warning = another stop is; healthy = an event is in flight or ended in the
    last 15 minutes; offline = nothing was heard in them.
    """

    id: str
    name: str
    machine_identifier: str
    protocol: str
    location: str | None
    line_name: str | None
    status: MachineStatus
    is_active: bool
    created_at: str
    updated_at: str


class MachinesPage(PageShown):
    """A page of machines."""

    items: list[MachineShown]


@blueprint.post("/api/v1/machines")
@operation(
    "machines.create",
    role=Role.OPERATOR,
    limit=WRITES,
    surface=Surface.HALTLESS,
    body=NewMachine,
    strict=True,
    answers={201: MachineShown},
)
async def create_machine(body: NewMachine) -> Response:
    """Makes a machine; 409 when its identifier is taken."""
    wish = MachineWish(body.name, body.machine_identifier, body.protocol.value, body.location, body.line_name)
    return json_response(_shown(await current_hub().machines.add(current_caller().organisation, wish)), 201)


@blueprint.get("/api/v1/machines")
@operation(
    "machines.list", role=Role.VIEWER, limit=READS, surface=Surface.HALTLESS, query=MachinesQuery, strict=True, answers={200: MachinesPage}
)
async def list_machines(query: MachinesQuery) -> Response:
    """The machines, archived ones too, searched and sorted."""
    wanted = MachineList(query.search, query.status, query.sort_by, query.sort_dir is SortDir.DESC)
    found, total = await current_hub().machines.list(current_caller().organisation, wanted, query.first, query.page_size)
    return page_response([orjson.dumps(_shown(each)) for each in found], total, query)


@blueprint.get("/api/v1/machines/<machine_id>")
@operation("machines.get", role=Role.VIEWER, limit=READS, surface=Surface.HALTLESS, answers={200: MachineShown})
async def get_machine(machine_id: str) -> Response:
    """One machine, and how it fares now."""
    return json_response(_shown(await current_hub().machines.seen(current_caller().organisation, machine_id)))


@blueprint.patch("/api/v1/machines/<machine_id>")
@operation(
    "machines.change",
    role=Role.OPERATOR,
    limit=WRITES,
    surface=Surface.HALTLESS,
    body=MachinePatch,
    strict=True,
    answers={200: MachineShown},
)
async def change_machine(machine_id: str, body: MachinePatch) -> Response:
    """Changes a machine. Archived, it is left out of /api/v1/events unless it is named, and of the fleet's MTTR and MTBF."""
    change = MachineChange(body.name, body.protocol, body.location, body.line_name, body.is_active)
    return json_response(_shown(await current_hub().machines.change(current_caller().organisation, machine_id, change)))


def _shown(seen: SeenMachine) -> dict[str, object]:
    machine = seen.machine
    return {
        "id": machine.id,
        "name": machine.name,
        "machine_identifier": machine.machine_identifier,
        "protocol": machine.protocol,
        "location": machine.location,
        "line_name": machine.line_name,
        "status": seen.status,
        "is_active": machine.is_active,
        "created_at": iso(machine.created_at_ms),
        "updated_at": iso(machine.updated_at_ms),
    }
