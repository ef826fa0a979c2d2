"""The lines of an export, each a JSON object:

    {"takt": "export", "version": 1, "id": hex, "organisation": str, "made_at_ms": int}        the first
    {"noun": str, "entity": {...}}                                                             see NOUNS
    {"table": str, "field": str, "value": str}                                                 see TABLES
    {"history": machine id, "fact": str}                 one version of a downtime record, in order; before the records themselves
    {"lane": str, "owner": str, "id": str, "type": str, "start": ms, "end": ms | null, "json": str}        an interval as it is now
    {"takt": "end", "lines": int}                                                              the last; counts all before it

Facts and intervals' JSON stand as text, so that they come back to the byte.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from storage import keys
from storage.connection import Store
from storage.errors import StoreError
from storage.repositories.base import Entities

VERSION = 1
# The JSON of one interval is a few hundred bytes; the greatest entity is a shift pattern with its machines.
LONGEST_LINE = 1024 * 1024

NOUNS: Mapping[str, Callable[[Store], Entities[Any]]] = {
    "machine": lambda store: store.machines,
    "device": lambda store: store.devices,
    "device-app": lambda store: store.device_apps,
    "reason_code": lambda store: store.reason_codes,
    "roi": lambda store: store.rois,
    "shift-pattern": lambda store: store.shift_patterns,
    "step-event": lambda store: store.step_events,
}
"""Entities that intervals refer to, in the order in which they leave. Another one is another line here."""

TABLES: Mapping[str, Callable[[str], str]] = {
    "idempotency": keys.idempotency,
    "posted-events": keys.posted_events,
    "jobs": keys.jobs,
    "confirmed-downtimes": keys.confirmed_downtimes,
}
"""Hashes that answers follow from."""

KINDS: Mapping[str, str] = {"timeline": keys.MACHINE, **{kind: kind for kind in keys.KINDS if kind}}
"""What lanes are called in a file → their kind."""


class BadLine(StoreError):
    """A line that is none, or says what cannot be."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Name = Annotated[str, Field(min_length=1, max_length=512)]
Milliseconds = Annotated[int, Field(ge=-(2**53), le=2**53)]


class Header(_Line):
    """The first line; `id` names this very export."""

    takt: Literal["export"]
    version: int
    id: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    organisation: Name
    made_at_ms: int


class EntityLine(_Line):
    """An entity as it is stored."""

    noun: Name
    entity: dict[str, Any]


class TableLine(_Line):
    """One field of a hash."""

    table: Name
    field: str
    value: str


class HistoryLine(_Line):
    """One version of a downtime record."""

    history: Name
    fact: str


class IntervalLine(_Line):
    """An interval as it is now."""

    lane: Name
    owner: Name
    id: Name
    type: Annotated[str, Field(pattern=r"^[^\s]{1,64}$")]
    start: Milliseconds
    end: Milliseconds | None
    json_: Annotated[str, Field(alias="json", min_length=2)]


class End(_Line):
    """The last line."""

    takt: Literal["end"]
    lines: int


Line = EntityLine | TableLine | HistoryLine | IntervalLine
_BY_FIELD: Mapping[str, type[EntityLine | TableLine | HistoryLine | IntervalLine]] = {
    '{"lane"': IntervalLine,
    '{"histo': HistoryLine,
    '{"noun"': EntityLine,
    '{"table': TableLine,
}
_LONGEST_REASON = 300


def read_header(raw: bytes) -> Header:
    """The first line. Raises BadLine for another file, or one of a newer Takt."""
    try:
        header = Header.model_validate_json(raw)
    except ValidationError as error:
        raise BadLine("this is no export of Takt: its first line does not say so") from error
    if header.version != VERSION:
        raise BadLine(f"this export has form {header.version}, and this Takt knows {VERSION}: import it with the version that wrote it")
    return header


def read_line(raw: bytes) -> Line | End:
    """Any other line. Raises BadLine."""
    if len(raw) > LONGEST_LINE:
        raise BadLine(f"it is longer than {LONGEST_LINE} bytes")
    model: type[Line | End] = _BY_FIELD.get(raw[:7].decode("latin-1"), End)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadLine(f"{where + ': ' if where else ''}{first['msg']}"[:_LONGEST_REASON]) from error


def lane_of(organisation: str, line: IntervalLine) -> keys.Lane:
    """The lane that an interval belongs to. Raises BadLine."""
    if line.lane not in KINDS:
        raise BadLine(f"there is no lane {line.lane[:40]!r}")
    kind = KINDS[line.lane]
    # A colon would lead into the lanes of another kind.
    if kind == keys.MACHINE and ":" in line.owner:
        raise BadLine("the identifier of a machine has no colon")
    if line.end is not None and line.end < line.start:
        raise BadLine("it ends before it starts")
    return keys.Lane(organisation, kind, line.owner)
