"""A weekly pattern of shifts that machines work."""

from pydantic import BaseModel, ConfigDict

from storage.entities.base import Entity


class Shift(BaseModel):
    """Every week on `day` (mon..sun) from `start` to `end`, "HH:MM" of the local clock; an end not after the start is on the next day."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    day: str
    start: str
    end: str


class PatternMachine(BaseModel):
    """A machine that works a pattern, or did: how far its shift periods are written. Times are milliseconds UTC."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    identifier: str
    applies_from_ms: int
    """No period of the pattern as it is now begins before: what was written before it became so stays."""
    written_until_ms: int
    """Periods that began up to this moment are in the machine's timeline."""
    left_ms: int | None = None
    """When the machine left the pattern; None = it works it."""


class ShiftPattern(Entity):
    """`id` is its name, unique in the organisation."""

    id: str
    time_zone: str
    """IANA name."""
    weekly: tuple[Shift, ...]
    machines: tuple[PatternMachine, ...]
    created_at_ms: int
    updated_at_ms: int

    @property
    def working(self) -> tuple[PatternMachine, ...]:
        """The machines that work it now."""
        return tuple(machine for machine in self.machines if machine.left_ms is None)
