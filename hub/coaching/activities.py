"""What a machine did from moment to moment: active, idle or off, without a hole. Times are milliseconds UTC."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hub.coaching.availability import Interval, clipped, union


class ActivityState(StrEnum):
    """Active: works. Idle: should work and does not. Off: nobody expects it to."""

    ACTIVE = "active"
    IDLE = "idle"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Activity:
    """One state over [start, end)."""

    start_ms: int
    end_ms: int
    state: ActivityState


def activities(
    busy: Iterable[Interval], stopped: Iterable[Interval], shifts: Iterable[Interval] | None, from_ms: int, to_ms: int
) -> list[Activity]:
    """The states of [from, to) in order: they touch, cover the window, and neighbours differ. O(n log n).

    Active while a cycle or step (`busy`) runs and no reason says that the machine stands (`stopped`); else idle within a shift and off
    outside all of them. `shifts` None: the machine has no shifts, so it is never off. Open intervals must be given an end.
    """
    covers = [_edges(kind, intervals, from_ms, to_ms) for kind, intervals in enumerate((busy, stopped, shifts or ()))]
    edges = sorted(edge for cover in covers for edge in cover)
    inside = [False, False, shifts is None]
    spans: list[Activity] = []
    begun_ms, state = from_ms, _state(*inside)
    for edge_ms, kind, begins in edges:
        inside[kind] = begins
        after = _state(*inside)
        if after is not state:
            if begun_ms < edge_ms:
                _append(spans, Activity(begun_ms, edge_ms, state))
            begun_ms, state = edge_ms, after
    if begun_ms < to_ms:
        _append(spans, Activity(begun_ms, to_ms, state))
    return spans


def _edges(kind: int, intervals: Iterable[Interval], from_ms: int, to_ms: int) -> list[tuple[int, int, bool]]:
    """Where a cover begins and ends within the window. Of a union no interval ends where another begins."""
    cover = union(clipped(intervals, from_ms, to_ms))
    return [(each.start_ms, kind, True) for each in cover] + [(each.end_ms, kind, False) for each in cover]


def _state(busy: bool, stopped: bool, in_shift: bool) -> ActivityState:
    if busy and not stopped:
        return ActivityState.ACTIVE
    return ActivityState.IDLE if in_shift else ActivityState.OFF


def _append(spans: list[Activity], span: Activity) -> None:
    """Adds a span, or makes the last one longer when it has the same state."""
    if spans and spans[-1].state is span.state:
        spans[-1] = Activity(spans[-1].start_ms, span.end_ms, span.state)
    else:
        spans.append(span)
