"""Which regions each camera is watched for: read from the store, restored after a restart, ended where nobody looks any more."""

import itertools
import logging
import time
from collections.abc import Mapping, Sequence

from storage.connection import Store
from storage.entities.detected_downtime import DetectedDowntime
from storage.entities.roi import Roi
from storage.errors import VersionConflict
from storage.repositories.detected_downtimes import REGIONS_LIMIT
from vision.activity.watch import RegionWatch
from vision.lookout import Lookout, Watched
from vision.worker.downtimes import Downtimes, Region, to_stop
from vision.worker.post import Post

log = logging.getLogger(__name__)


class Regions:
    """Keeps every station's lookout in step with the regions that are stored."""

    def __init__(self, store: Store, posts: Mapping[tuple[str, str], Post], downtimes: Downtimes) -> None:
        self._store = store
        self._posts = posts
        self._downtimes = downtimes
        self._generations = itertools.count(1)
        self._watched: dict[tuple[str, str], tuple[Lookout, Watched]] = {}
        """By organisation and name: who watches a region, and how."""

    async def tend(self, organisations: Sequence[str]) -> None:
        """Makes watched what is stored. Safe to repeat. Raises StoreUnavailable."""
        async with self._downtimes.turn:
            kept: set[tuple[str, str]] = set()
            for organisation in organisations:
                rois = await self._store.rois.list(organisation, REGIONS_LIMIT)
                opened = await self._store.detected_downtimes.open_at_all(organisation, [roi.name for roi in rois])
                for roi, downtime in zip(rois, opened, strict=True):
                    if await self._tend_one(roi, downtime):
                        kept.add((organisation, roi.name))
            for key in self._watched.keys() - kept:
                del self._watched[key]
                # What waits still belongs to a region that is gone: the store would refuse it.
                self._downtimes.regions.pop(key, None)
            self._show()

    async def _tend_one(self, roi: Roi, downtime: DetectedDowntime | None) -> bool:
        """Whether the region is watched."""
        key = (roi.organisation, roi.name)
        post = self._posts.get((roi.organisation, roi.station_id))
        if post is None:
            if downtime is not None:
                await self._end(downtime)
            return False
        known, watched = self._downtimes.regions.get(key), self._watched.get(key)
        is_same = known is not None and not known.stale and known.roi.version == roi.version
        if watched is None or not is_same or watched[0] is not post.vision.lookout:
            self._begin(post, roi, downtime, known)
        return True

    def _begin(self, post: Post, roi: Roi, downtime: DetectedDowntime | None, known: Region | None) -> None:
        """Watches a region anew. What is told of its open stop and not stored yet is newer than what is stored."""
        stop = to_stop(downtime) if downtime is not None else None
        region = Region(roi, next(self._generations), stop)
        if known is not None and known.roi.same_place(roi):
            region.waiting = known.waiting
            if known.waiting or known.open_stop is not None:
                stop = region.open_stop = known.open_stop
        try:
            watch = RegionWatch(roi.polygon, roi.idle_after_s, roi.resume_after_s, stop)
        except ValueError:
            log.exception("region %s cannot be watched", roi.name)
            return
        key = (roi.organisation, roi.name)
        self._downtimes.regions[key] = region
        self._watched[key] = (post.vision.lookout, Watched(region.generation, watch))
        if region.waiting:
            self._downtimes.arrived.set()

    def _show(self) -> None:
        for (organisation, _), post in self._posts.items():
            mine = {
                name: watched
                for (owner, name), (lookout, watched) in self._watched.items()
                if owner == organisation and lookout is post.vision.lookout
            }
            if mine != post.vision.lookout.regions:
                post.vision.lookout.watch(mine)

    async def _end(self, downtime: DetectedDowntime) -> None:
        """Its station is gone: the downtime ends with the last that was seen of it."""
        seen_ms = downtime.detected_at_ms + sum(downtime.reason_ms.values())
        try:
            await self._store.detected_downtimes.end(downtime, seen_ms, time.time_ns() // 1_000_000)
        except VersionConflict:
            # It has just been ended, or told of: the next round sees how it is.
            return
