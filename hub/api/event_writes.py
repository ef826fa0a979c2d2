"""Events that clients report."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Discriminator, Field, RootModel, StringConstraints, Tag, model_validator
from pydantic_core import PydanticCustomError
from quart import Blueprint, Response

from hub.api.events import EventShown
from hub.api.moments import Label, MachineForeignId, Moment
from hub.changes import may_be_left_out
from hub.errors import BadMessage
from hub.hub import current_hub
from hub.operation import WRITES, Limit, Surface, current_caller, operation
from hub.services.event_writes import EVENTS_LIMIT, EventPatch, EventWish
from hub.services.events import REVERSED
from storage.entities.event import EventType
from storage.entities.user import Role

blueprint = Blueprint("event_writes", __name__)

# Ten a second: a gateway reports for all its machines, each event when it happens.
REPORTS = Limit(600)


class NewEvent(BaseModel):
    """An event; without `to` it is in flight. The same `idempotency_key` is the same event, for ever: the first one's."""

    model_config = ConfigDict(extra="forbid")

    type: EventType
    machine_foreign_id: MachineForeignId
    from_: Annotated[Moment, Field(alias="from")]
    to: Moment | None = None
    label: Label
    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> "NewEvent":
        if self.to is not None and self.to < self.from_:
            raise PydanticCustomError("reversed", REVERSED)
        return self

    def wish(self, place: str = "") -> EventWish:
        """What the service is asked for."""
        return EventWish(self.type, self.machine_foreign_id, self.from_, self.to, self.label, self.idempotency_key, place)


def _shape(value: object) -> str:
    return "events" if isinstance(value, list) else "event"


class NewEvents(
    RootModel[
        Annotated[
            Annotated[NewEvent, Tag("event")] | Annotated[list[NewEvent], Field(max_length=EVENTS_LIMIT), Tag("events")],
            Discriminator(_shape),
        ]
    ]
):
    """One event, or an array of at most 1,000."""

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, value: object) -> object:
        if not isinstance(value, dict | list) or value == []:
            raise BadMessage("The body must be an event as a JSON object, or an array of events.")
        return value


class EventChange(BaseModel):
    """What changes; a field that is left out stays. `to` null is for an event that is in flight anyway."""

    to: Moment | None = may_be_left_out()
    label: Label = may_be_left_out()


class EventsAnswer(RootModel[EventShown | list[EventShown]]):
    """The stored event, or the array in the order sent."""


@blueprint.post("/api/v1/events")
@operation(
    "events.report",
    role=Role.OPERATOR,
    limit=REPORTS,
    surface=Surface.TRACKMYMACHINES,
    body=NewEvents,
    strict=True,
    answers={201: EventsAnswer, 200: EventsAnswer},
)
async def report_events(body: NewEvents) -> Response:
    """Stores one event, or an array of at most 1,000: all of them or, naming the one at fault, none; answered when they are durable.

    201, or 200 when all are known by their idempotency keys already. A machine that was never heard of is made; an archived one is 422.
    """
    single = isinstance(body.root, NewEvent)
    wishes = [body.root.wish()] if isinstance(body.root, NewEvent) else [each.wish(f"events.{n}") for n, each in enumerate(body.root)]
    reported = await current_hub().event_writes.add(current_caller().organisation, wishes)
    answer = reported.json[0] if single else b"[" + b",".join(reported.json) + b"]"
    return Response(answer, 201 if reported.is_new else 200, content_type="application/json")


@blueprint.patch("/api/v1/events/<event_id>")
@operation(
    "events.change",
    role=Role.OPERATOR,
    limit=WRITES,
    surface=Surface.TRACKMYMACHINES,
    body=EventChange,
    strict=True,
    answers={200: EventShown},
)
async def change_event(event_id: str, body: EventChange) -> Response:
    """Finishes, corrects or renames a reported event; 409 for one that Takt keeps itself, from coaching, downtime or shifts."""
    event = await current_hub().event_writes.change(current_caller().organisation, event_id, EventPatch(body.to, body.label))
    return Response(event, content_type="application/json")
