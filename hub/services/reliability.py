"""Uptime, MTTR and MTBF from the downtime records: loads a window's records and asks the rules."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from hub.coaching.availability import Stop, UptimeSummary, summarise
from hub.coaching.reliability import Reliability, fleet, reliability
from hub.errors import Invalid
from hub.services.machines import MACHINES_LIMIT, MachinesService
from storage.connection import Store
from storage.entities.downtime_record import Category

DAY_MS = 86_400_000
# Machines whose records are in memory at the same time.
_AT_A_TIME = 8


@dataclass(frozen=True, slots=True)
class SummarisedWindow:
    """The window that was looked at, its end not after now, and what it holds."""

    start_ms: int
    end_ms: int
    summary: UptimeSummary


class ReliabilityService:
    """Only downtime records count: what a camera saw does once a person confirms it with one."""

    def __init__(self, store: Store, machines: MachinesService, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._store = store
        self._machines = machines
        self._clock = clock

    async def uptime(self, organisation: str, machine_id: str, start_ms: int, end_ms: int) -> SummarisedWindow:
        """A machine's window; an end in the future is now. Raises NotFound, and Invalid for a window that is empty or has not begun."""
        machine = await self._machines.get(organisation, machine_id)
        now_ms = self._clock()
        if end_ms <= start_ms:
            raise Invalid("end must be after start.", field="end")
        if start_ms >= now_ms:
            raise Invalid("start must be in the past.", field="start")
        end_ms = min(end_ms, now_ms)
        stops = await self._stops(organisation, machine.id, start_ms, end_ms)
        return SummarisedWindow(start_ms, end_ms, summarise(stops, start_ms, end_ms, now_ms))

    async def of_machine(self, organisation: str, machine_id: str, days: int) -> Reliability:
        """The last `days` times 24 hours of a machine. Raises NotFound."""
        machine = await self._machines.get(organisation, machine_id)
        return await self._reliability(organisation, machine.id, self._clock(), days)

    async def of_fleet(self, organisation: str, days: int) -> Reliability:
        """The same of all machines that are not archived, sums over sums."""
        now_ms = self._clock()
        machines = [each.id for each in await self._store.machines.list(organisation, MACHINES_LIMIT) if each.is_active]
        recorded = set(await self._store.downtime_records.machines(organisation))
        known = [reliability([], now_ms - days * DAY_MS, now_ms, now_ms)] * len(set(machines) - recorded)
        stopped = [machine_id for machine_id in machines if machine_id in recorded]
        for at in range(0, len(stopped), _AT_A_TIME):
            portion = stopped[at : at + _AT_A_TIME]
            known += await asyncio.gather(*(self._reliability(organisation, machine_id, now_ms, days) for machine_id in portion))
        return fleet(known)

    async def _reliability(self, organisation: str, machine_id: str, now_ms: int, days: int) -> Reliability:
        from_ms = now_ms - days * DAY_MS
        # A repair that ends at this very moment counts, though a window does not reach to its end.
        stops = await self._stops(organisation, machine_id, from_ms, now_ms + 1)
        return reliability(stops, from_ms, now_ms, now_ms)

    async def _stops(self, organisation: str, machine_id: str, from_ms: int, to_ms: int) -> list[Stop]:
        found = await self._store.downtime_records.window(organisation, machine_id, from_ms, to_ms)
        return [Stop(each.start_ms, each.end_ms, Category(each.type)) for each in found]
