"""Regions of interest. What ends a region, or takes it elsewhere, ends the downtime that is open there, in the same step."""

import time

from storage import keys
from storage.commit import Commit
from storage.database import Database
from storage.entities.roi import Roi
from storage.repositories.base import Repository
from storage.repositories.detected_downtimes import DetectedDowntimes, run_checked


class Rois(Repository[Roi]):
    """Regions of one organisation, `name` is their id."""

    noun = "roi"
    model = Roi

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._downtimes = DetectedDowntimes(db)

    def id_of(self, entity: Roi) -> str:
        return entity.name

    async def save(self, entity: Roi) -> Roi:
        """Saves over the version that was read; one that is at another place ends its downtime. Raises VersionConflict, NotStored."""
        before = await self.get(entity.organisation, entity.name)
        commit = Commit(self._db, entity.organisation)
        saved = self._put(commit, entity, before)
        if not entity.same_place(before):
            await self._downtimes.end_open(commit, entity.organisation, entity.name, entity.updated_at_ms)
        await run_checked(commit)
        return saved

    async def delete(self, organisation: str, id_: str) -> None:
        """Deletes it and ends its downtime; past ones stay. Raises NotStored, VersionConflict."""
        roi = await self.get(organisation, id_)
        commit = Commit(self._db, organisation)
        key = keys.entity(organisation, self.noun, id_)
        commit.expect_version(key, roi.version)
        commit.call("DEL", key)
        for index in self._indexes(roi):
            commit.call("ZREM", index, id_)
        await self._downtimes.end_open(commit, organisation, id_, time.time_ns() // 1_000_000)
        await run_checked(commit)
