"""Machines of the floor: made, listed, archived, and how each fares now."""

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.changes import STAYS, Stays, changed_fields
from hub.coaching.machine_status import RECENT_MS, Heard, MachineStatus, machine_status
from hub.errors import Conflict, NotFound
from storage import keys
from storage.connection import Store
from storage.entities.machine import Machine
from storage.errors import AlreadyExists, VersionConflict

# A plant has hundreds. A list sorts and searches all of them in memory.
MACHINES_LIMIT = 10_000
# Timelines read at the same time for the states of a list.
_AT_A_TIME = 16


class MachineSort(StrEnum):
    """What the list can be sorted by."""

    NAME = "name"
    MACHINE_IDENTIFIER = "machine_identifier"
    LINE_NAME = "line_name"
    STATUS = "status"
    CREATED_AT = "created_at"


@dataclass(frozen=True, slots=True)
class MachineWish:
    """What a new machine shall be."""

    name: str
    machine_identifier: str
    protocol: str
    location: str | None = None
    line_name: str | None = None


@dataclass(frozen=True, slots=True)
class MachineChange:
    """What changes of a machine; `is_active` False archives it. The identifier never does: the timeline hangs on it."""

    name: str | Stays = STAYS
    protocol: str | Stays = STAYS
    location: str | None | Stays = STAYS
    line_name: str | None | Stays = STAYS
    is_active: bool | Stays = STAYS


@dataclass(frozen=True, slots=True)
class SeenMachine:
    """A machine and how it fares."""

    machine: Machine
    status: MachineStatus


@dataclass(frozen=True, slots=True)
class MachineList:
    """Which machines are wanted, in which order; `search` is looked for in their texts, whatever the case of its letters."""

    search: str = ""
    status: MachineStatus | None = None
    sort_by: MachineSort = MachineSort.NAME
    descending: bool = False


class MachinesService:
    """The machines of an organisation. An id that is none, or another organisation's, is not found."""

    def __init__(self, store: Store, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._store = store
        self._clock = clock

    async def get(self, organisation: str, machine_id: str) -> Machine:
        """Raises NotFound."""
        machine = await self._store.machines.find(organisation, machine_id) if is_uuid(machine_id) else None
        if machine is None:
            raise NotFound("Machine not found.")
        return machine

    async def seen(self, organisation: str, machine_id: str) -> SeenMachine:
        """One with its status. Raises NotFound."""
        return (await self._with_status([await self.get(organisation, machine_id)]))[0]

    async def add(self, organisation: str, wish: MachineWish) -> SeenMachine:
        """A new machine. Raises Conflict for a taken identifier."""
        now_ms = self._clock()
        machine = Machine(
            organisation=organisation,
            id=str(uuid.uuid4()),
            name=wish.name,
            machine_identifier=wish.machine_identifier,
            protocol=wish.protocol,
            location=wish.location,
            line_name=wish.line_name,
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
        )
        if await self._store.machines.count(organisation) >= MACHINES_LIMIT:
            raise Conflict(f"An organisation has at most {MACHINES_LIMIT} machines.")
        try:
            await self._store.machines.add(machine)
        except AlreadyExists as error:
            raise Conflict("Another machine has this machine_identifier.", field="machine_identifier") from error
        return (await self._with_status([machine]))[0]

    async def change(self, organisation: str, machine_id: str, change: MachineChange) -> SeenMachine:
        """Raises NotFound, and Conflict when somebody else changed it meanwhile."""
        machine = await self.get(organisation, machine_id)
        update = {**changed_fields(change), "updated_at_ms": self._clock()}
        try:
            saved = await self._store.machines.save(machine.model_copy(update=update))
        except VersionConflict as error:
            raise Conflict("Somebody else changed this machine just now. Read it again.") from error
        return (await self._with_status([saved]))[0]

    async def list(self, organisation: str, wanted: MachineList, first: int, count: int) -> tuple[Sequence[SeenMachine], int]:
        """`count` machines from the place `first` (from 0) of those wanted, and how many are wanted; archived ones are among them."""
        machines = await self._store.machines.list(organisation, MACHINES_LIMIT)
        found = [machine for machine in machines if _mentions(machine, wanted.search.casefold())]
        if wanted.status is None and wanted.sort_by is not MachineSort.STATUS:
            found.sort(key=lambda machine: _place(machine, wanted.sort_by), reverse=wanted.descending)
            return await self._with_status(found[first : first + count]), len(found)
        seen = [each for each in await self._with_status(found) if wanted.status in (None, each.status)]
        seen.sort(key=lambda each: (each.status if wanted.sort_by is MachineSort.STATUS else "", *_place(each.machine, wanted.sort_by)))
        return (seen[::-1] if wanted.descending else seen)[first : first + count], len(seen)

    async def _with_status(self, machines: Sequence[Machine]) -> Sequence[SeenMachine]:
        seen: list[SeenMachine] = []
        for at in range(0, len(machines), _AT_A_TIME):
            portion = machines[at : at + _AT_A_TIME]
            states = await asyncio.gather(*(self._status(machine) for machine in portion))
            seen += [SeenMachine(machine, status) for machine, status in zip(portion, states, strict=True)]
        return seen

    async def _status(self, machine: Machine) -> MachineStatus:
        lanes = [
            keys.Lane(machine.organisation, keys.MACHINE, machine.machine_identifier),
            keys.Lane(machine.organisation, keys.DOWNTIME_RECORDS, machine.id),
        ]
        now_ms = self._clock()
        # What lasts now is little; the last minutes of a busy machine are read only when nothing does.
        for since_ms in (now_ms, now_ms - RECENT_MS):
            found, _ = await self._store.intervals.window(lanes, since_ms, now_ms + 1)
            status = machine_status((Heard(each.type, each.start_ms, each.end_ms) for each in found), now_ms)
            if status is not MachineStatus.OFFLINE:
                break
        return status


def is_uuid(text: str) -> bool:
    """Whether it is the id of anything that Takt named itself."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _mentions(machine: Machine, text: str) -> bool:
    texts = (machine.name, machine.machine_identifier, machine.location or "", machine.line_name or "")
    return any(text in said.casefold() for said in texts)


def _place(machine: Machine, sort_by: MachineSort) -> tuple[str, str, str]:
    """Sorts by the field, then the name, then the id."""
    if sort_by is MachineSort.CREATED_AT:
        first = f"{machine.created_at_ms:015d}"
    else:
        first = str(getattr(machine, sort_by.value, None) or "").casefold()
    return first, machine.name.casefold(), machine.id
