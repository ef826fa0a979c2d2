"""The timeline of machines, read for a short window."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from hub.errors import Invalid
from hub.timestamps import parse_iso
from storage.connection import Store
from storage.entities.event import EventType

DAY_MS = 86_400_000
MACHINES_LIMIT = 10_000
# A client keeps one answer a window, a proxy a few.
KNOWN_TAGS = 16
_TAG = re.compile("[0-9a-f]{32}")

REQUIRED = "from and to are required ISO8601 timestamps"
REVERSED = "to must be after from"
TOO_LONG = "the window between from and to must not be longer than 1 day"


@dataclass(frozen=True, slots=True)
class Timeline:
    """A window as ready JSON (an array; None = the client knows it), its ETag ("" = it has none), and the position that a socket
    continues from."""

    json: bytes | None
    etag: str
    epoch: str
    offset: str


class EventsService:
    """Reads events: an event is in [from, to) when it starts before `to` and is open or ends after `from`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def window(
        self,
        organisation: str,
        machines: Sequence[str],
        types: AbstractSet[EventType],
        from_ms: int,
        to_ms: int,
        known: Sequence[str] | None = None,
    ) -> Timeline:
        """Events ordered by start, then id. No machines = all that are not archived; no types = all. `known` are the ETags that the client
        has (at most KNOWN_TAGS of them count); None = it wants none."""
        wanted = list(dict.fromkeys(machines)) or await self._store.machines.active_identifiers(organisation, MACHINES_LIMIT)
        tags = None if known is None else [tag for tag in known if _TAG.fullmatch(tag)][:KNOWN_TAGS]
        found = await self._store.events.window_json(organisation, wanted, types or None, from_ms, to_ms, tags)
        return Timeline(found.json, found.tag, found.position.epoch, found.position.offset)


def parse_window(from_: str | None, to: str | None) -> tuple[int, int]:
    """The window in milliseconds UTC. Raises Invalid with the source's very texts."""
    try:
        from_ms, to_ms = parse_iso(from_ or ""), parse_iso(to or "")
    except Invalid as error:
        raise Invalid(REQUIRED) from error
    if to_ms <= from_ms:
        raise Invalid(REVERSED)
    if to_ms - from_ms > DAY_MS:
        raise Invalid(TOO_LONG)
    return from_ms, to_ms


def parse_types(names: Sequence[str]) -> set[EventType]:
    """The types among the names; the source ignores what it does not know."""
    known = {t.value for t in EventType}
    return {EventType(name) for name in names if name in known}


def split_list(values: Sequence[str]) -> list[str]:
    """Values given comma separated, repeated, or both."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]
