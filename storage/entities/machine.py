"""A machine of the floor; its foreign id names its timeline."""

from storage.entities.base import Entity


class Machine(Entity):
    """`machine_identifier` is unique in the organisation and is the foreign id of its events."""

    id: str
    name: str
    machine_identifier: str
    protocol: str = "json"
    location: str | None = None
    line_name: str | None = None
    is_active: bool = True
    created_at_ms: int
    updated_at_ms: int
