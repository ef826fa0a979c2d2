"""Jobs clocked on at machines, saved together with their events; a machine works one job at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage import keys
from storage.commit import Commit, Refused
from storage.entities.event import Event, EventChange
from storage.entities.step_event import StepEvent
from storage.errors import VersionConflict
from storage.interval import StoredInterval
from storage.repositories.base import Repository
from storage.repositories.posted_events import expect_unchanged, lane_of, put_posted

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Clocking:
    """A job as it becomes, and the one that it ends; `before` is what was stored of its event (None: the job is new).

    `last_clocked` is the id of the job that was clocked on last at the machine, as it was read: it changes with every new job.
    """

    job: StepEvent
    event: Event
    before: StoredInterval | None
    ended: tuple[StoredInterval, Event] | None
    last_clocked: str | None


class StepEvents(Repository[StepEvent]):
    """Written by `clock` alone."""

    noun = "step-event"
    model = StepEvent

    async def last_clocked(self, organisation: str, machine: str) -> str | None:
        """Id of the job that was clocked on last at the machine, whenever it began."""
        found = await self._db.redis.hget(keys.jobs(organisation), machine)
        return None if found is None else found.decode()

    async def details(self, organisation: str, ids: Sequence[str]) -> dict[str, StepEvent]:
        """Those of the jobs that were clocked on here, by their id."""
        found: dict[str, StepEvent] = {}
        for at in range(0, len(ids), _PAGE):
            found |= {job.id: job for job in await self._many(organisation, ids[at : at + _PAGE])}
        return found

    async def clock(self, clocking: Clocking) -> None:
        """Stores a job and what it ends, all or nothing; durable when it returns.

        Raises VersionConflict when one of them is not what it was, or another job was clocked on at the machine meanwhile.
        """
        job, event = clocking.job, clocking.event
        organisation = job.organisation
        commit = Commit(self._db, organisation)
        lane = lane_of(organisation, job.machine)
        commit.call("SET", keys.entity(organisation, self.noun, job.id), job.model_dump_json())
        if clocking.before is None:
            commit.expect_free(keys.jobs(organisation), job.machine, clocking.last_clocked or "", "another job began meanwhile")
            # No interval is "": whatever is stored already refuses.
            commit.expect_free(lane.json, event.id, "", "the job was clocked on meanwhile")
            commit.call("HSET", keys.jobs(organisation), job.machine, job.id)
            commit.call("ZADD", self._index_key(organisation), job.started_at_ms, job.id)
            put_posted(commit, event)
        else:
            expect_unchanged(commit, lane, clocking.before)
            commit.event(EventChange.finished(event))
        if clocking.ended is not None:
            expect_unchanged(commit, lane, clocking.ended[0])
            commit.event(EventChange.finished(clocking.ended[1]))
        try:
            await commit.run()
        except Refused as refused:
            raise VersionConflict(refused.reason) from refused

    async def forget_trimmed(self, organisation: str, before_ms: int) -> int:
        """Forgets the jobs that began before a time and whose events retention took; returns how many."""
        gone, kept = 0, 0
        index = self._index_key(organisation)
        while True:
            found = await self._db.redis.zrangebyscore(index, "-inf", f"({before_ms}", start=kept, num=_PAGE)
            trimmed = 0
            for job in await self._many(organisation, [id_.decode() for id_ in found]):
                if not await self._db.redis.hexists(lane_of(organisation, job.machine).json, job.id):
                    await self.delete(organisation, job.id)
                    trimmed += 1
            gone += trimmed
            kept += len(found) - trimmed
            if len(found) < _PAGE:
                return gone
