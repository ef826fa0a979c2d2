"""Events that clients report: added once however often they are sent, finished, renamed."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.changes import STAYS, Stays
from hub.errors import Conflict, Invalid, NotFound, Unavailable
from hub.services.events import REVERSED
from hub.services.lost_race import TRIES, wait_a_moment
from hub.services.reported_machines import ReportedMachines
from storage.connection import Store
from storage.entities.event import Event, EventType, event_id, event_json
from storage.errors import AlreadyExists, VersionConflict
from storage.repositories.events import event_of
from storage.repositories.posted_events import lane_of

EVENTS_LIMIT = 1_000
"""Events of one request: a few hundred kilobytes, written in one step that holds the store for about a tenth of a second."""


@dataclass(frozen=True, slots=True)
class EventWish:
    """An event as a client reports it; `place` says which of several it is, for a refusal ("" = it came alone)."""

    type: EventType
    machine: str
    start_ms: int
    end_ms: int | None
    label: str
    idempotency_key: str | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """The JSON of each event in the order sent, and whether any of them is new."""

    json: Sequence[bytes]
    is_new: bool


@dataclass(frozen=True, slots=True)
class EventPatch:
    """What changes of an event; `end_ms` None = it is to be in flight."""

    end_ms: int | None | Stays = STAYS
    label: str | Stays = STAYS


class EventWritesService:
    """Writes reported events into the one timeline. A machine is made when it is first heard of, as a station's is."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._machines = ReportedMachines(store)

    async def add(self, organisation: str, wishes: Sequence[EventWish]) -> Reported:
        """Stores all events or none; those whose idempotency key came before are answered with what came then.

        Raises Invalid naming the event at fault.
        """
        sent = list(dict.fromkeys(wish.idempotency_key for wish in wishes if wish.idempotency_key is not None))
        for turn in range(TRIES):
            known = await self._store.posted_events.first(organisation, sent)
            events, new = _arranged(organisation, wishes, known)
            if not new:
                return Reported(await self._store.posted_events.as_now(events), False)
            await self._machines.ensure(organisation, _first_places(wish for wish in wishes if _is_new(wish, known)))
            try:
                await self._store.posted_events.add(organisation, new)
            except AlreadyExists:
                # One of the keys came from somebody else just now: look again.
                await wait_a_moment(turn)
                continue
            return Reported(await self._rendered(events, {event.id for event, _ in new}), True)
        raise Unavailable("Others report events with these idempotency keys all the time. Try again.")

    async def _rendered(self, events: Sequence[Event], new: set[str]) -> Sequence[bytes]:
        known = [event for event in events if event.id not in new]
        now = dict(zip((event.id for event in known), await self._store.posted_events.as_now(known), strict=True))
        return [now.get(event.id) or event_json(event) for event in events]

    async def change(self, organisation: str, id_: str, patch: EventPatch) -> bytes:
        """Finishes, corrects or renames a reported event; answers its JSON.

        Raises NotFound, Invalid, and Conflict for an event that Takt keeps itself (coaching, downtime, shifts).
        """
        machine = await self._store.posted_events.machine_of(organisation, id_)
        if machine is None:
            if await self._store.posted_events.is_kept(organisation, id_):
                raise Conflict("Takt keeps this event itself, from coaching, downtime or shifts: change it there.", code="kept_by_takt")
            raise NotFound("Event not found")
        lane = lane_of(organisation, machine)
        for turn in range(TRIES):
            stored = await self._store.intervals.find(lane, id_)
            if stored is None:
                raise NotFound("Event not found")
            event = _patched(event_of(organisation, machine, stored), patch)
            try:
                await self._store.posted_events.change(stored, event)
            except VersionConflict:
                await wait_a_moment(turn)
                continue
            return event_json(event)
        raise Unavailable("Others change this event all the time. Try again.")


def _is_new(wish: EventWish, known: dict[str, Event]) -> bool:
    return wish.idempotency_key is None or wish.idempotency_key not in known


def _first_places(wishes: Iterable[EventWish]) -> dict[str, str]:
    """Each machine, and which event named it first."""
    places: dict[str, str] = {}
    for wish in wishes:
        places.setdefault(wish.machine, wish.place)
    return places


def _arranged(
    organisation: str, wishes: Sequence[EventWish], known: dict[str, Event]
) -> tuple[Sequence[Event], Sequence[tuple[Event, str | None]]]:
    """The event that answers each wish, and those that are new with their keys; a key that comes twice counts once."""
    events: list[Event] = []
    new: list[tuple[Event, str | None]] = []
    first = dict(known)
    for wish in wishes:
        key = wish.idempotency_key
        event = first.get(key) if key is not None else None
        if event is None:
            event = _event(organisation, wish)
            new.append((event, key))
            if key is not None:
                first[key] = event
        events.append(event)
    return events, new


def _event(organisation: str, wish: EventWish) -> Event:
    natural = f"key/{uuid.uuid4()}" if wish.idempotency_key is None else f"key/{wish.idempotency_key}"
    return Event(
        id=event_id(organisation, wish.type, natural),
        organisation=organisation,
        type=wish.type,
        machine=wish.machine,
        start_ms=wish.start_ms,
        end_ms=wish.end_ms,
        label=wish.label,
    )


def _patched(event: Event, patch: EventPatch) -> Event:
    end_ms = event.end_ms if isinstance(patch.end_ms, Stays) else patch.end_ms
    if end_ms is None and event.end_ms is not None:
        raise Invalid("to: a finished event cannot be in flight again", field="to")
    if end_ms is not None and end_ms < event.start_ms:
        raise Invalid(REVERSED, field="to")
    return event.model_copy(update={"end_ms": end_ms, "label": event.label if isinstance(patch.label, Stays) else patch.label})
