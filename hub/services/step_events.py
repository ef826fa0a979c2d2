"""Jobs clocked on and off at machines, and what machines made of them."""

import heapq
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from hub.coaching.jobs import Cycles, display_name, job_id, job_label
from hub.coaching.shifts import moment
from hub.coaching.step_statistics import StepStatistics, step_statistics
from hub.errors import Invalid, Unavailable
from hub.services.events import REVERSED
from hub.services.lost_race import TRIES, wait_a_moment
from hub.services.reported_machines import ReportedMachines
from hub.services.timeline_reader import DAY_MS, Budget, TimelineReader, lane_of
from hub.services.turns import Turns
from hub.zones import clock_of
from storage.connection import Store
from storage.entities.event import Event, EventType
from storage.entities.machine import Machine
from storage.entities.step_event import StepEvent
from storage.errors import VersionConflict
from storage.interval import StoredInterval
from storage.repositories.events import event_of
from storage.repositories.step_events import Clocking

ROWS_LIMIT = 1_000
"""Jobs of one answer, the newest of the window."""
LONGEST_FIGURES_MS = 31 * DAY_MS
"""The figures of a job cover this much of it, the newest: one that nobody clocked off would read years."""
_JOBS = (EventType.WORK_ORDER_OPERATION, EventType.STEP)
_MADE = (EventType.CYCLE, EventType.PART_COUNT)
# 1970-01-01 was a Thursday.
_DAYS_FROM_MONDAY = 3


@dataclass(frozen=True, slots=True)
class JobWish:
    """A job as a client clocks it on, or off when it has an end."""

    machine_display_name: str
    start_ms: int
    end_ms: int | None = None
    user_email: str | None = None
    part: str | None = None
    recipe_version: str | None = None
    step_number: str | None = None
    expected_cycle_s: float | None = None
    expected_setup_s: float | None = None
    quantity_expected: float | None = None
    work_order: str | None = None


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job or step with its figures; `details` None = nobody clocked it on."""

    id: str
    machine: Machine
    start_ms: int
    end_ms: int | None
    label: str
    details: StepEvent | None
    figures: StepStatistics

    @property
    def display_name(self) -> str:
        """The part and its operation, or the label."""
        return display_name(self.details, self.label)


class StepEventsService:
    """A machine works one job at a time: clocking one on ends the one before it there."""

    def __init__(self, store: Store, site_time_zone: str = "UTC", clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._store = store
        self._timelines = TimelineReader(store)
        self._machines = ReportedMachines(store)
        self._zone = clock_of(site_time_zone)
        self._turns = Turns()
        self._clock = clock

    def midnight_ms(self, local_day: int) -> int:
        """When a day (counted from 1970 on the site's clock) begins."""
        return moment(self._zone, local_day * DAY_MS)

    def this_week_ms(self) -> int:
        """When the week began on the site's clock: Monday, midnight."""
        now_ms = self._clock()
        day = (now_ms + self._zone(now_ms)) // DAY_MS
        return self.midnight_ms(day - (day + _DAYS_FROM_MONDAY) % 7)

    def now_ms(self) -> int:
        """Now, as this service reckons it."""
        return self._clock()

    # --- clocking -----------------------------------------------------------------------------------------
    async def clock(self, organisation: str, wish: JobWish) -> JobRow:
        """Clocks a job on, or with an end off: the job of the same machine, start, work order, part and step number.

        A job that is in flight at the machine ends where the next one starts; one that is told late ends where the next one started.
        Raises Invalid.
        """
        if wish.end_ms is not None and wish.end_ms < wish.start_ms:
            raise Invalid(REVERSED, field="finish")
        machine = await self._machines.by_display_name(organisation, wish.machine_display_name)
        for turn in range(TRIES):
            clocking = await self._clocking(machine, wish)
            event = clocking.event
            try:
                if clocking.before is None or wish.end_ms is not None:
                    await self._store.step_events.clock(clocking)
            except VersionConflict:
                # Somebody clocks at the same machine just now: decide again.
                await wait_a_moment(turn)
                continue
            stored = StoredInterval(event.id, event.type.value, event.start_ms, event.end_ms, orjson.dumps({"label": event.label}))
            return (await self._with_figures(machine, [stored], Budget()))[0]
        raise Unavailable("Others clock jobs at this machine all the time. Try again.")

    async def _clocking(self, machine: Machine, wish: JobWish) -> Clocking:
        organisation, identifier, lane = machine.organisation, machine.machine_identifier, lane_of(machine)
        id_ = job_id(organisation, identifier, wish.start_ms, wish.work_order, wish.part, wish.step_number)
        last_clocked = await self._store.step_events.last_clocked(organisation, identifier)
        before = await self._store.intervals.find(lane, id_)
        job = _job(organisation, identifier, id_, wish)
        if before is not None:
            known = (await self._store.step_events.details(organisation, [id_])).get(id_, job)
            event = event_of(organisation, identifier, before)
            if wish.end_ms is not None:
                event = event.model_copy(update={"end_ms": wish.end_ms})
            return Clocking(known.model_copy(update={"is_clocked_off": True}), event, before, None, last_clocked)
        event = Event(
            id=id_,
            organisation=organisation,
            type=EventType.WORK_ORDER_OPERATION,
            machine=identifier,
            start_ms=wish.start_ms,
            end_ms=wish.end_ms if wish.end_ms is not None else await self._next_start_ms(machine, wish.start_ms),
            label=job_label(wish.work_order, wish.part, wish.step_number),
        )
        return Clocking(job, event, None, await self._ended_by(machine, wish.start_ms), last_clocked)

    async def _ended_by(self, machine: Machine, start_ms: int) -> tuple[StoredInterval, Event] | None:
        """The clocked job that goes on over a moment because nobody clocked it off, and its event that ends then."""
        types = (EventType.WORK_ORDER_OPERATION.value,)
        found, _ = await self._store.intervals.window([lane_of(machine)], start_ms, start_ms + 1, types)
        jobs = await self._store.step_events.details(machine.organisation, [each.id for each in found])
        for each in reversed(found):
            if each.id in jobs and not jobs[each.id].is_clocked_off and each.start_ms <= start_ms:
                return each, event_of(machine.organisation, machine.machine_identifier, each).model_copy(update={"end_ms": start_ms})
        return None

    async def _next_start_ms(self, machine: Machine, after_ms: int) -> int | None:
        """When the first clocked job after a moment began."""
        types = (EventType.WORK_ORDER_OPERATION,)
        async for portion in self._timelines.portions(machine, types, after_ms, max(after_ms, self._clock()) + DAY_MS, Budget()):
            later = [each for each in portion if each.start_ms > after_ms]
            jobs = await self._store.step_events.details(machine.organisation, [each.id for each in later])
            if jobs:
                return min(job.started_at_ms for job in jobs.values())
        return None

    # --- reading ------------------------------------------------------------------------------------------
    async def list(self, organisation: str, machines: Sequence[str], from_ms: int, to_ms: int) -> Sequence[JobRow]:
        """The newest ROWS_LIMIT jobs and steps of machines (ids or identifiers; none = all that are not archived) in [from, to), by start.

        Raises Invalid for too much to read, and Unavailable.
        """
        async with self._turns.one():
            return await self._list(organisation, machines, from_ms, to_ms)

    async def _list(self, organisation: str, machines: Sequence[str], from_ms: int, to_ms: int) -> Sequence[JobRow]:
        kept: Sequence[tuple[int, str, int, StoredInterval]] = []
        chosen = await self._timelines.machines(organisation, machines)
        for place, machine in enumerate(chosen):
            found = await self._timelines.newest(machine, _JOBS, from_ms, to_ms, ROWS_LIMIT)
            kept = heapq.nlargest(ROWS_LIMIT, [*kept, *((each.start_ms, each.id, place, each) for each in found)], key=lambda row: row[:3])
        budget = Budget()
        rows: list[JobRow] = []
        for place in sorted({row[2] for row in kept}):
            theirs = [row[3] for row in kept if row[2] == place]
            rows += await self._with_figures(chosen[place], theirs, budget)
        return sorted(rows, key=lambda row: (row.start_ms, row.id))

    async def _with_figures(self, machine: Machine, jobs: Sequence[StoredInterval], budget: Budget) -> Sequence[JobRow]:
        now_ms = self._clock()
        starts = {job.id: max(job.start_ms, (now_ms if job.end_ms is None else job.end_ms) - LONGEST_FIGURES_MS) for job in jobs}
        until_ms = max(now_ms if job.end_ms is None else job.end_ms for job in jobs) + 1
        cycles: list[tuple[int, int | None]] = []
        parts: list[int] = []
        async for portion in self._timelines.portions(machine, _MADE, min(starts.values()), until_ms, budget):
            cycles += [(each.start_ms, each.end_ms) for each in portion if each.type == EventType.CYCLE]
            parts += [each.start_ms for each in portion if each.type == EventType.PART_COUNT]
        details = await self._store.step_events.details(machine.organisation, [job.id for job in jobs])

        def figured() -> list[JobRow]:
            known, moments = Cycles(cycles, now_ms), sorted(parts)
            return [_row(machine, job, starts[job.id], details.get(job.id), known, moments, now_ms) for job in jobs]

        return await self._turns.reckon(figured)


def _job(organisation: str, machine: str, id_: str, wish: JobWish) -> StepEvent:
    return StepEvent(
        organisation=organisation,
        id=id_,
        machine=machine,
        user_email=wish.user_email,
        part=wish.part,
        recipe_version=wish.recipe_version,
        step_number=wish.step_number,
        expected_cycle_s=wish.expected_cycle_s,
        expected_setup_s=wish.expected_setup_s,
        quantity_expected=wish.quantity_expected,
        work_order=wish.work_order,
        started_at_ms=wish.start_ms,
        is_clocked_off=wish.end_ms is not None,
    )


def _row(
    machine: Machine, job: StoredInterval, start_ms: int, details: StepEvent | None, cycles: Cycles, parts: Sequence[int], now_ms: int
) -> JobRow:
    end_ms = max(start_ms, now_ms if job.end_ms is None else job.end_ms)
    theirs = parts[bisect_left(parts, start_ms) : bisect_right(parts, end_ms)]
    figures = step_statistics(cycles.meeting(start_ms, end_ms), theirs, start_ms, job.end_ms, now_ms)
    return JobRow(job.id, machine, job.start_ms, job.end_ms, orjson.loads(job.json)["label"], details, figures)
