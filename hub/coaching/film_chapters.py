"""At which moment of a unit's film each of its steps began."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.entities.film import Stretch
from storage.entities.session import StepResult


@dataclass(frozen=True, slots=True)
class Chapter:
    """A visit of a step that the film shows, and where it begins there."""

    visit: StepResult
    at_ms: int


def chapters(visits: Sequence[StepResult], stretches: Sequence[Stretch]) -> list[Chapter]:
    """The visits in order, each at its beginning or, where that was not filmed, at the first that was; without those not filmed at all."""
    found = []
    for visit in visits:
        for stretch in stretches:
            ended_ms = stretch.started_at_ms + stretch.lasts_ms
            if visit.started_at_ms < ended_ms and stretch.started_at_ms < max(visit.finished_at_ms, visit.started_at_ms + 1):
                found.append(Chapter(visit, stretch.at_ms + max(0, visit.started_at_ms - stretch.started_at_ms)))
                break
    return found
