"""Events of machines' timelines."""

import time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, RootModel
from quart import Blueprint, Response, request

from hub.hub import current_hub
from hub.operation import READS, Surface, current_caller, operation
from hub.services.events import parse_types, parse_window, split_list
from storage.entities.event import EventType
from storage.entities.user import Role

blueprint = Blueprint("events", __name__)


class EventsQuery(BaseModel):
    """A window of at most one day; both ends are required."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Annotated[str | None, Field(alias="from", description="ISO 8601 with Z or an offset; required")] = None
    to: Annotated[str | None, Field(description="ISO 8601 with Z or an offset, after `from`; required")] = None
    machine_foreign_ids: Annotated[list[str] | None, Field(description="comma separated, repeated, or with []; none = all unarchived")] = (
        None
    )
    types: Annotated[list[str] | None, Field(description="the same three forms; unknown ones are ignored; none = all")] = None


class EventShown(BaseModel):
    """One event; in flight = `to` and `duration_seconds` are null."""

    id: Annotated[str, Field(pattern="^evt_[0-9A-Za-z]{12}$")]
    type: EventType
    machine_foreign_id: str | None
    from_: Annotated[str, Field(alias="from")]
    to: str | None
    duration_seconds: float | None
    label: str


class EventsShown(RootModel[list[EventShown]]):
    """Events ordered by `from`, then id.

    Takt-Epoch and Takt-Offset say where the channel timeline:{machine}, or timeline:* for several, goes on. A closed window has an ETag.
    """


@blueprint.get("/api/v1/events")
@operation("events.list", role=Role.VIEWER, limit=READS, surface=Surface.TRACKMYMACHINES, query=EventsQuery, answers={200: EventsShown})
async def list_events(query: EventsQuery) -> Response:
    """Timeline events of the given machines in a window of at most one day, those in flight included."""
    from_ms, to_ms = parse_window(query.from_, query.to)
    machines, types = split_list(query.machine_foreign_ids or []), parse_types(split_list(query.types or []))
    known = list(request.if_none_match.as_set(include_weak=True)) if to_ms <= time.time() * 1000 else None
    timeline = await current_hub().events.window(current_caller().organisation, machines, types, from_ms, to_ms, known)
    response = Response(timeline.json or b"", 304 if timeline.json is None else 200, content_type="application/json")
    response.headers["Takt-Epoch"], response.headers["Takt-Offset"] = timeline.epoch, timeline.offset
    if timeline.etag:
        response.headers["ETag"] = f'"{timeline.etag}"'
        response.headers["Cache-Control"] = "private, no-cache"
    if timeline.json is None:
        # The length would be that of the answer which the client has.
        response.headers.remove("Content-Length")
    return response
