"""Uptime of an app on a device: heartbeats become intervals, intervals become a share of a window. Times are milliseconds UTC."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hub.coaching.availability import Interval, clipped, meets, total_ms, union

# A beat may be late or lost twice before its app counts as gone.
PERIODS_OF_SILENCE = 3


class BeatStatus(StrEnum):
    """What a heartbeat says: the app works, or it was stopped on purpose and still reports."""

    RUNNING = "running"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Beats:
    """Beats of one status without a gap, from the first to the last (for a finished run: to its end)."""

    status: BeatStatus
    start_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class DeviceUptime:
    """A window in figures: running and stopped add up to it."""

    running_ms: int
    stopped_ms: int
    uptime_pct: float
    interval_count: int

    @property
    def running_seconds(self) -> int:
        """Whole seconds with beats."""
        return round(self.running_ms / 1000)

    @property
    def stopped_seconds(self) -> int:
        """Whole seconds of gaps: with `running_seconds` they give the window's seconds."""
        return round((self.running_ms + self.stopped_ms) / 1000) - self.running_seconds


def silent(open_run: Beats, now_ms: int, period_ms: int) -> bool:
    """Whether the gap since the last beat is over three periods: the run ended then at its last beat."""
    return now_ms - open_run.last_ms > PERIODS_OF_SILENCE * period_ms


def beat(open_run: Beats | None, status: BeatStatus, now_ms: int, period_ms: int) -> tuple[Beats | None, Beats]:
    """What a beat makes of the open run: (the run that it ended or None, the run that is open now).

    A run that had gone silent ended at its last beat, whatever time has passed since; one of another status ended now, for its app was
    there in between. A beat older than the last one changes nothing.
    """
    if open_run is None:
        return None, Beats(status, now_ms, now_ms)
    if silent(open_run, now_ms, period_ms):
        return open_run, Beats(status, now_ms, now_ms)
    if now_ms < open_run.last_ms:
        return None, open_run
    if open_run.status is status:
        return None, Beats(status, open_run.start_ms, now_ms)
    return Beats(open_run.status, open_run.start_ms, now_ms), Beats(status, now_ms, now_ms)


def span(open_run: Beats, now_ms: int, period_ms: int) -> Interval:
    """The time that an open run covers: until now while it is heard, else until its last beat."""
    heard = not silent(open_run, now_ms, period_ms)
    return Interval(open_run.start_ms, max(open_run.last_ms, now_ms) if heard else open_run.last_ms)


def uptime(intervals: Iterable[Interval], from_ms: int, to_ms: int) -> DeviceUptime:
    """How much of [from, to) was covered by intervals, of either status; `to` must not be in the future, which no beat has covered yet.

    VIANA, "Device App Uptime": running = running or stopped gracefully; stopped = gaps without an interval;
    uptime_pct = running / (running + stopped) * 100 to 2 decimals, of an empty window 0; the count is of the raw intervals that meet it.
    """
    known = list(intervals)
    covered = total_ms(union(clipped(known, from_ms, to_ms)))
    return figures(covered, max(0, to_ms - from_ms), sum(meets(each.start_ms, each.end_ms, from_ms, to_ms) for each in known))


def figures(running_ms: int, window_ms: int, interval_count: int) -> DeviceUptime:
    """A window in figures, from the part of it that intervals cover; the covered parts of windows that touch may be added before."""
    return DeviceUptime(
        running_ms=running_ms,
        stopped_ms=window_ms - running_ms,
        uptime_pct=round(100 * running_ms / window_ms, 2) if window_ms else 0.0,
        interval_count=interval_count,
    )
