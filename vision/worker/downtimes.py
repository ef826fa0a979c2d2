"""What the watches of regions say, on its way into the store: nothing lost while the store is away, nothing told too often."""

import asyncio
import logging
import time
from dataclasses import dataclass, field

from storage.connection import Store
from storage.entities.detected_downtime import DetectedDowntime, ReasonLabel
from storage.entities.roi import Roi
from storage.errors import VersionConflict
from vision.activity.stops import Change, OpenStop, Reason, StopChange

log = logging.getLogger(__name__)

STOPS_KEPT = 1_000
"""Stops of one region that wait for the store, each in its latest state: more than a shift of them. The oldest is let go."""
# A downtime that lasts is told anew after a tenth of its length: soon at first, and a night of it stays a few hundred entries.
_TOLD_SHARE, _TOLD_LEAST_MS, _TOLD_MOST_MS = 0.1, 5_000, 60_000


@dataclass(slots=True)
class Region:
    """A region that is watched, its open stop in its latest state, and the stops that wait to be stored, by their start."""

    roi: Roi
    generation: int
    open_stop: OpenStop | None = None
    waiting: dict[int, StopChange] = field(default_factory=dict)
    stale: bool = False
    """The store knows something else: it is read again, and watched anew."""
    told_ms: int = 0
    told_reason: Reason | None = None

    def take(self, change: StopChange) -> bool:
        """Takes what the watch said; whether it has to be stored."""
        over = change.ended_at_ms is not None
        self.open_stop = None if over else _open(change)
        reason = max(change.reasons, key=lambda held: change.reasons[held], default=None)
        if change.kind is Change.CHANGED and reason == self.told_reason and change.last_ms < self._next_ms(change):
            return False
        self.told_ms, self.told_reason = change.last_ms, reason
        self.waiting[change.detected_at_ms] = change
        if len(self.waiting) > STOPS_KEPT:
            log.error("a downtime of %s that the store did not take is lost", self.roi.name)
            del self.waiting[next(iter(self.waiting))]
        return True

    def _next_ms(self, change: StopChange) -> int:
        lasts_ms = change.last_ms - change.detected_at_ms
        return self.told_ms + round(min(_TOLD_MOST_MS, max(_TOLD_LEAST_MS, _TOLD_SHARE * lasts_ms)))


class Downtimes:
    """Stores the stops of all regions, in order for each. Used from the event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.regions: dict[tuple[str, str], Region] = {}
        """By organisation and name."""
        self.arrived = asyncio.Event()
        """Set when something waits to be stored."""
        self.refused = asyncio.Event()
        """Set when a region became stale."""
        self.turn = asyncio.Lock()
        """Who reads regions anew and who stores do not mix."""

    def hear(self, organisation: str, name: str, generation: int, change: StopChange) -> None:
        """Takes what a watch said; an earlier watch of the region is not listened to."""
        region = self.regions.get((organisation, name))
        if region is not None and region.generation == generation and region.take(change):
            level = logging.DEBUG if change.kind is Change.CHANGED else logging.INFO
            log.log(level, "downtime of %s: %s after %.1f s", name, change.kind.value, change.seconds)
            self.arrived.set()

    @property
    def waiting(self) -> int:
        """Stops that the store has not taken yet."""
        return sum(len(region.waiting) for region in self.regions.values())

    async def store_all(self) -> None:
        """Stores what waits. Raises StoreUnavailable; what is not stored goes on waiting."""
        async with self.turn:
            for region in list(self.regions.values()):
                while region.waiting:
                    start_ms, change = next(iter(region.waiting.items()))
                    await self._store_one(region, change)
                    # A later state of the same stop may have come meanwhile.
                    if region.waiting.get(start_ms) is change:
                        del region.waiting[start_ms]

    async def _store_one(self, region: Region, change: StopChange) -> None:
        try:
            await self._store.detected_downtimes.record(to_downtime(region.roi, change), region.roi.version)
        except VersionConflict as conflict:
            current = await self._store.rois.find(region.roi.organisation, region.roi.name)
            if current is not None and current.version != region.roi.version and current.same_place(region.roi):
                # Only its outline or its times are others: the downtime is the same.
                region.roi = current
                region.stale = True
                await self._store_one(region, change)
                return
            log.warning("a downtime of %s is not stored: %s", region.roi.name, conflict)
            region.stale, region.open_stop = True, None
            self.refused.set()


def _open(change: StopChange) -> OpenStop:
    return OpenStop(change.detected_at_ms, {reason.value: seconds for reason, seconds in change.reasons.items()}, change.last_ms)


def to_downtime(roi: Roi, change: StopChange) -> DetectedDowntime:
    """A stop in the words of the store; it was updated now."""
    end_ms = change.ended_at_ms
    latest_ms = max(change.detected_at_ms, change.last_ms if end_ms is None else end_ms)
    reason_ms = {ReasonLabel(reason.value): round(1000 * seconds) for reason, seconds in change.reasons.items()}
    return DetectedDowntime.at(roi, change.detected_at_ms, max(time.time_ns() // 1_000_000, latest_ms), reason_ms, end_ms)


def to_stop(downtime: DetectedDowntime) -> OpenStop:
    """A stored downtime as a watch goes on with it."""
    lasted_ms = sum(downtime.reason_ms.values())
    seconds = {label.value: ms / 1000 for label, ms in downtime.reason_ms.items()}
    return OpenStop(downtime.detected_at_ms, seconds, downtime.detected_at_ms + lasted_ms)
