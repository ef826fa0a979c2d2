"""A stop of a machine as the camera tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Reason(StrEnum):
    """Who was at the machine while it stood still."""

    NO_OPERATOR = "no_operator"
    """Nobody moved in the region or near it."""
    OPERATOR_RESOLVING_ANOMALY = "operator_resolving_anomaly"
    """Hands or a person in the region."""
    WAITING = "waiting"
    """Somebody beside the region, nobody in it."""


class Change(StrEnum):
    """What happened to a stop."""

    STARTED = "started"
    CHANGED = "changed"
    FINISHED = "finished"


@dataclass(frozen=True)
class StopChange:
    """A fact about one stop; a region has at most one open stop, and `detected_at_ms` does not change while it lasts.

    `detected_at_ms` and `ended_at_ms` (None while it lasts) are when activity stopped and began again, not when that was noticed; UTC, ms.
    `reasons` are seconds to the ms, a key for every reason, and add up to `seconds`: up to `ended_at_ms`, or to `last_ms` while it lasts.
    """

    kind: Change
    detected_at_ms: int
    ended_at_ms: int | None
    last_ms: int
    reasons: dict[Reason, float]

    @property
    def seconds(self) -> float:
        """How long the stop has lasted, in s."""
        return (self.last_ms - self.detected_at_ms) / 1000


@dataclass(frozen=True)
class OpenStop:
    """A stop that was open when its watch ended, as the last `StopChange` told it; a new watch goes on with it."""

    detected_at_ms: int
    reasons: Mapping[str, float] = field(default_factory=dict)
    last_ms: int = 0
