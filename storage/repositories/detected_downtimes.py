"""Downtime that cameras saw: one open at a region, told while it lasts, finished once, never changed after."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage import keys
from storage.commit import Commit, Refused
from storage.database import Database
from storage.entities.detected_downtime import DetectedDowntime, DowntimeFact, downtime_fact, downtime_json, read_downtime_json
from storage.entities.roi import Roi
from storage.errors import NotStored, VersionConflict
from storage.facts import Facts, FactsSince, Position
from storage.interval import StoredInterval
from storage.repositories.intervals import Intervals

INTERVAL_TYPE = "detected_downtime"
REGIONS_LIMIT = 1_000
"""Of an organisation."""
# An HMGET of so many short texts takes a millisecond or two; the server does nothing else meanwhile.
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """The JSON of downtimes, ordered by their start; `complete` False = there are more than were asked for."""

    json: list[bytes]
    complete: bool


class DetectedDowntimes:
    """Detected downtimes of one organisation. Each is an interval of its line and, if its region names a machine, an activity reason on
    that machine's timeline."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._facts = Facts(db)
        self._intervals = Intervals(db)

    # --- writes -------------------------------------------------------------------------------------------
    async def record(self, downtime: DetectedDowntime, roi_version: int) -> DetectedDowntime:
        """Stores what is known of a downtime now, durable when it returns; what is stored already, or finished twice, has no effect.

        Raises VersionConflict: it is finished already, another one is open at its region, or the region is not the one that was watched
        (a new downtime begins only on the version that is stored). Nothing was written then; read `open_at` and begin again.
        """
        open_now = await self.open_at(downtime.organisation, downtime.roi_name)
        commit = Commit(self._db, downtime.organisation)
        if open_now is not None and open_now.event_id == downtime.event_id:
            kind = DowntimeFact.REASON_CHANGED if downtime.ended_at_ms is None else DowntimeFact.ENDED
            saved = self._put(commit, kind, downtime, open_now)
        elif (stored := await self._stored(downtime)) is not None:
            if stored.end_ms is None or downtime.ended_at_ms is None:
                raise VersionConflict(f"downtime {downtime.event_id} is finished")
            return downtime
        elif open_now is not None:
            raise VersionConflict(f"downtime {open_now.event_id} is open at {downtime.roi_name}")
        else:
            commit.expect_version(keys.entity(downtime.organisation, "roi", downtime.roi_name), roi_version)
            kind = DowntimeFact.STARTED if downtime.ended_at_ms is None else DowntimeFact.ENDED
            saved = self._put(commit, kind, downtime, None)
        await run_checked(commit)
        return saved

    async def end_open(self, commit: Commit, organisation: str, roi_name: str, now_ms: int) -> None:
        """Adds to a commit that the downtime which is open at a region ends now; the commit is refused if another begins meanwhile."""
        open_now = await self.open_at(organisation, roi_name)
        if open_now is None:
            commit.expect_absent(keys.open_downtime(organisation, roi_name), "started")
        else:
            self._put(commit, DowntimeFact.ENDED, open_now.ended(now_ms, now_ms), open_now)

    async def end(self, downtime: DetectedDowntime, at_ms: int, now_ms: int) -> None:
        """Ends an open downtime that nobody watches any more. Raises VersionConflict."""
        commit = Commit(self._db, downtime.organisation)
        self._put(commit, DowntimeFact.ENDED, downtime.ended(at_ms, now_ms), downtime)
        await run_checked(commit)

    def _put(self, commit: Commit, kind: DowntimeFact, downtime: DetectedDowntime, before: DetectedDowntime | None) -> DetectedDowntime:
        organisation = downtime.organisation
        key = keys.open_downtime(organisation, downtime.roi_name)
        if before is None:
            commit.expect_absent(key, "started")
        else:
            # It is told where it began, however its region is called now.
            place = {"line_name": before.line_name, "machine_identifier": before.machine_identifier, "version": before.version + 1}
            downtime = downtime.model_copy(update=place)
            commit.expect_version(key, before.version)
        if downtime.ended_at_ms is None:
            commit.call("SET", key, downtime.model_dump_json())
        elif before is not None:
            commit.call("DEL", key)
        lane, told = keys.Lane(organisation, keys.DETECTED, downtime.line_name), keys.downtime_facts(organisation, downtime.line_name)
        interval = _interval(downtime)
        commit.interval(lane, interval, downtime_fact(kind, downtime), told)
        self.index(commit, lane, interval, downtime.updated_at_ms)
        if downtime.machine_identifier is not None:
            commit.event(downtime.event_change(kind, downtime.machine_identifier))
        return downtime

    def index(self, commit: Commit, lane: keys.Lane, interval: StoredInterval, updated_at_ms: int) -> None:
        """Adds to a commit what finds an interval of a lane of detected downtimes by its times."""
        member = f"{interval.id} {lane.owner}"
        commit.call("ZADD", keys.detected_by_start(lane.organisation), interval.start_ms, member)
        commit.call("ZADD", keys.detected_by_update(lane.organisation), updated_at_ms, member)

    def confirm(self, commit: Commit, organisation: str, event_id: str, record_id: str) -> None:
        """Adds to a commit that a person confirmed a downtime by a record; refused when another record did."""
        confirmed = keys.confirmed_downtimes(organisation)
        commit.expect_free(confirmed, event_id, record_id, "confirmed")
        commit.call("HSET", confirmed, event_id, record_id)

    # --- reads --------------------------------------------------------------------------------------------
    async def open_at(self, organisation: str, roi_name: str) -> DetectedDowntime | None:
        """The downtime that is open at a region."""
        return (await self.open_at_all(organisation, [roi_name]))[0]

    async def open_at_all(self, organisation: str, roi_names: Sequence[str]) -> list[DetectedDowntime | None]:
        """The same of several regions, in the order asked."""
        stored = await self._db.redis.mget([keys.open_downtime(organisation, name) for name in roi_names]) if roi_names else []
        return [None if value is None else DetectedDowntime.model_validate_json(value) for value in stored]

    async def confirmed_by(self, organisation: str, event_id: str) -> str | None:
        """Id of the record by which a person confirmed a downtime."""
        record_id = await self._db.redis.hget(keys.confirmed_downtimes(organisation), event_id)
        return None if record_id is None else record_id.decode()

    async def since(self, organisation: str, since_ms: int, updated_ms: int | None, limit: int, line: str | None = None) -> Found:
        """Downtimes (of one line) that were detected, and if asked for updated, at or after a time: the oldest `limit`."""
        # Nothing is updated before it is detected, so the later bound finds the fewer.
        by_update = updated_ms is not None and updated_ms > since_ms
        index = keys.detected_by_update(organisation) if by_update else keys.detected_by_start(organisation)
        from_ms = updated_ms if by_update and updated_ms is not None else since_ms
        # What began before and was updated since is one a region at most; all ids in one answer, for a page may shift under the reader.
        members = await self._db.redis.zrange(index, from_ms, "+inf", byscore=True, offset=0, num=limit + REGIONS_LIMIT + 1)
        named = [member.decode().split(" ", 1) for member in members]
        read = await self._read(organisation, [(id_, owner) for id_, owner in named if line is None or owner == line])
        found = [interval for interval in read if interval.start_ms >= since_ms]
        found.sort(key=lambda interval: (interval.start_ms, interval.id))
        return Found([interval.json for interval in found[:limit]], len(found) <= limit and len(members) <= limit + REGIONS_LIMIT)

    async def _read(self, organisation: str, members: Sequence[tuple[str, str]]) -> list[StoredInterval]:
        of_line: dict[str, list[str]] = {}
        for id_, line in members:
            of_line.setdefault(line, []).append(id_)
        found: list[StoredInterval] = []
        for line, ids in of_line.items():
            for at in range(0, len(ids), _PAGE):
                stored = await self._intervals.find_many(keys.Lane(organisation, keys.DETECTED, line), ids[at : at + _PAGE])
                # One that retention took a moment ago is in the index still.
                found += [interval for interval in stored if interval is not None]
        return found

    async def _stored(self, downtime: DetectedDowntime) -> StoredInterval | None:
        return await self._intervals.find(keys.Lane(downtime.organisation, keys.DETECTED, downtime.line_name), downtime.event_id)

    async def in_flight(self, organisation: str, line: str) -> list[bytes]:
        """The JSON of those that last, oldest first."""
        return [interval.json for interval in await self._intervals.in_flight(keys.Lane(organisation, keys.DETECTED, line))]

    async def lines(self, organisation: str) -> list[str]:
        """Lines that have detected downtimes, sorted."""
        return await self._intervals.owners(organisation, keys.DETECTED)

    async def has_line(self, organisation: str, line: str) -> bool:
        """Whether a line has, or ever had, detected downtimes."""
        return bool(await self._db.redis.sismember(keys.lanes(organisation, keys.DETECTED), line))

    async def position(self, organisation: str, line: str) -> Position:
        """Where the facts of a line stand."""
        return await self._facts.position(keys.downtime_facts(organisation, line))

    async def facts_since(self, organisation: str, line: str, epoch: str, offset: str, limit: int = 1000) -> FactsSince:
        """The facts of a line after a position, all or none."""
        return await self._facts.since(keys.downtime_facts(organisation, line), epoch, offset, limit)

    # --- retention ----------------------------------------------------------------------------------------
    async def trim(self, organisation: str, line: str, before_ms: int, limit: int = 1000) -> int:
        """Forgets up to `limit` of a line that ended before a time; answers how many went, call again until it is 0."""
        gone = await self._intervals.trim(keys.Lane(organisation, keys.DETECTED, line), before_ms, limit)
        await self._unlist(organisation, before_ms, limit)
        return gone

    async def _unlist(self, organisation: str, before_ms: int, limit: int) -> None:
        """Takes out of the indexes what no lane has any more."""
        by_start = keys.detected_by_start(organisation)
        members = await self._db.redis.zrange(by_start, "-inf", f"({before_ms}", byscore=True, offset=0, num=limit + REGIONS_LIMIT)
        named = [member.decode().split(" ", 1) for member in members]
        kept = {interval.id for interval in await self._read(organisation, [(id_, owner) for id_, owner in named])}
        gone = [member for member, (id_, _) in zip(members, named, strict=True) if id_ not in kept]
        if gone:
            await self._db.redis.zrem(by_start, *gone)
            await self._db.redis.zrem(keys.detected_by_update(organisation), *gone)
            ids = [member.decode().split(" ", 1)[0] for member in gone]
            await self._db.redis.hdel(keys.confirmed_downtimes(organisation), *ids)

    # --- import -------------------------------------------------------------------------------------------
    async def rebuild(self, organisation: str) -> int:
        """Makes anew what stands beside the lanes, after their intervals were brought from elsewhere: the two indexes, and which
        downtime is open at a region. Answers how many downtimes there are. Safe to repeat, and while downtimes are told."""
        count = 0
        for line in await self.lines(organisation):
            lane = keys.Lane(organisation, keys.DETECTED, line)
            async for id_, stored in self._db.redis.hscan_iter(lane.json, count=_PAGE):
                interval = StoredInterval.read(id_.decode(), stored)
                downtime = read_downtime_json(organisation, interval.json, interval.start_ms, interval.end_ms)
                commit = Commit(self._db, organisation)
                self.index(commit, lane, interval, downtime.updated_at_ms)
                await commit.run()
                if interval.end_ms is None:
                    await self._open_again(downtime)
                count += 1
        return count

    async def _open_again(self, downtime: DetectedDowntime) -> None:
        roi = await self._db.redis.get(keys.entity(downtime.organisation, "roi", downtime.roi_name))
        machine = Roi.model_validate_json(roi).machine_identifier if roi is not None else None
        known = downtime.model_copy(update={"machine_identifier": machine})
        await self._db.redis.set(keys.open_downtime(downtime.organisation, downtime.roi_name), known.model_dump_json(), nx=True)


def _interval(downtime: DetectedDowntime) -> StoredInterval:
    return StoredInterval(downtime.event_id, INTERVAL_TYPE, downtime.detected_at_ms, downtime.ended_at_ms, downtime_json(downtime))


async def run_checked(commit: Commit) -> None:
    """Runs a commit of regions and their downtimes. Raises VersionConflict: what was read is not so any more."""
    try:
        await commit.run()
    except (Refused, NotStored) as refused:
        raise VersionConflict(f"a region or its downtime was changed meanwhile: {refused}") from refused
