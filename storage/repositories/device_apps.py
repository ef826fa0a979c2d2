"""Apps on devices: the run of beats that goes on stands with the app, finished ones are intervals of the app's lane.

A beat is one save of the app over the version that was read, so that of two at once none is lost; only the end of a run adds to a stream.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from storage import keys
from storage.commit import Commit, Refused
from storage.database import Database
from storage.entities.device_app import AppInterval, DeviceApp, app_id
from storage.errors import VersionConflict
from storage.interval import StoredInterval
from storage.repositories.base import Repository
from storage.repositories.intervals import Intervals

# One read of entities holds the server: so many at a time keep it short.
_PAGE = 500


@dataclass(frozen=True, slots=True)
class AppChange:
    """What was heard, or not heard, of an app: as it was read (None = it is new), as it is now, and the run that ended."""

    before: DeviceApp | None
    app: DeviceApp
    finished: AppInterval | None = None


def lane_of(organisation: str, device_id: int, code: str) -> keys.Lane:
    """The lane of an app's intervals."""
    return keys.Lane(organisation, keys.HEARTBEATS, app_id(device_id, code))


class DeviceApps(Repository[DeviceApp]):
    """Written by `record` alone."""

    noun = "device-app"
    model = DeviceApp
    owner_field = "device_id"

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._intervals = Intervals(db)

    # --- reads --------------------------------------------------------------------------------------------
    async def of_devices(self, organisation: str, device_ids: set[int]) -> list[DeviceApp]:
        """All apps of these devices, by their id."""
        known = [id_.decode() for id_ in await self._db.redis.zrange(self._index_key(organisation), 0, -1)]
        ids = sorted(id_ for id_ in known if int(id_.partition("/")[0]) in device_ids)
        return await self._in_portions(organisation, ids)

    async def count_of(self, organisation: str, device_id: int) -> int:
        """How many apps a device has."""
        return int(await self._db.redis.zcard(keys.owned(organisation, self.noun, str(device_id))))

    async def open(self, organisation: str) -> list[DeviceApp]:
        """All apps whose last run goes on."""
        ids = sorted(id_.decode() for id_ in await self._db.redis.smembers(keys.open_device_apps(organisation)))
        # Some may have ended since the set was read.
        return [app for app in await self._in_portions(organisation, ids) if app.is_open]

    async def _in_portions(self, organisation: str, ids: Sequence[str]) -> list[DeviceApp]:
        return [app for at in range(0, len(ids), _PAGE) for app in await self._many(organisation, ids[at : at + _PAGE])]

    async def window(self, organisation: str, device_id: int, code: str, from_ms: int, to_ms: int) -> list[AppInterval]:
        """The finished runs in [from, to), by their start."""
        found, _ = await self._intervals.window([lane_of(organisation, device_id, code)], from_ms, to_ms)
        return [_interval(device_id, code, stored) for stored in found if stored.end_ms is not None]

    async def begins_ms(self, organisation: str, device_id: int, code: str) -> int | None:
        """No finished run of the app started before this moment; None = it has none."""
        lane = lane_of(organisation, device_id, code)
        classes = [int(name) for name in await self._db.redis.smembers(lane.classes)]
        oldest = await asyncio.gather(*(self._db.redis.zrange(f"{lane.index_prefix}{name}", 0, 0, withscores=True) for name in classes))
        # An interval of a class lasts at most as long as its bits can say.
        starts = [int(ends[0][1]) - 2**name + 1 for name, ends in zip(classes, oldest, strict=True) if ends]
        return min(starts, default=None)

    # --- writes -------------------------------------------------------------------------------------------
    async def record(self, organisation: str, changes: Sequence[AppChange]) -> None:
        """Saves apps over the versions that were read, with the runs that ended, in one step; durable when it returns.

        Raises VersionConflict: nothing was written, one of them was heard meanwhile.
        """
        commit = Commit(self._db, organisation)
        for change in changes:
            if change.before is None:
                self._put_new(commit, change.app)
            else:
                self._put(commit, change.app.model_copy(update={"version": change.before.version}), change.before)
            if change.finished is not None:
                stored = _stored(change.finished)
                commit.interval(lane_of(organisation, change.app.device_id, change.app.code), stored, stored.json)
        try:
            await commit.run()
        except Refused as refused:
            raise VersionConflict(f"an app was heard meanwhile ({refused.reason} {refused.found})") from refused

    def _also_saved(self, commit: Commit, entity: DeviceApp, before: DeviceApp | None) -> None:
        if before is None or before.is_open is not entity.is_open:
            commit.call("SADD" if entity.is_open else "SREM", keys.open_device_apps(entity.organisation), entity.id)


def _stored(run: AppInterval) -> StoredInterval:
    said = json.dumps(run.model_dump(), separators=(",", ":")).encode()
    return StoredInterval(run.id, run.status, run.start_ms, run.end_ms, said)


def _interval(device_id: int, code: str, stored: StoredInterval) -> AppInterval:
    assert stored.end_ms is not None
    return AppInterval(device_id=device_id, code=code, status=stored.type, start_ms=stored.start_ms, end_ms=stored.end_ms)
