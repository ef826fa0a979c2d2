"""An interval as the store keeps it, whatever it is: an event, a downtime, a time an app ran."""

from dataclasses import dataclass
from typing import Self

OPEN = "-"
"""Stands for the end, and for the length class, of an interval in flight."""


@dataclass(frozen=True, slots=True)
class StoredInterval:
    """[start_ms, end_ms) UTC, `end_ms` None = in flight. `type` is one word; `json` is what a read answers, ready."""

    id: str
    type: str
    start_ms: int
    end_ms: int | None
    json: bytes

    @property
    def length_class(self) -> str:
        """Bits of the duration in ms: intervals of one class differ in length by less than a factor of two."""
        return OPEN if self.end_ms is None else str((self.end_ms - self.start_ms).bit_length())

    @property
    def head(self) -> str:
        """What stands before the JSON: "start end class type"."""
        return f"{self.start_ms} {OPEN if self.end_ms is None else self.end_ms} {self.length_class} {self.type}"

    @classmethod
    def read(cls, id_: str, stored: bytes) -> Self:
        """From the head and the JSON behind it."""
        start, end, _, type_, ready = stored.split(b" ", 4)
        return cls(id_, type_.decode(), int(start), None if end == OPEN.encode() else int(end), ready)
