"""Coaching: start, interrupt, set and complete a unit; the state that a screen begins with."""

import contextlib
from dataclasses import dataclass
from typing import Any

import orjson

from hub.coaching.commands import Cancel, Command, Complete, Pause, Resume, SetStep, SkipStep, StepBack
from hub.coaching.session import start
from hub.errors import Conflict, Invalid, NotFound, Unavailable
from hub.protocol.coaching import InterruptRequest, InterruptType, StartRequest
from hub.services.coaching_changes import Changed, Clock, SessionChanges, contents_of, placed_facts
from hub.services.coaching_history import history_of
from hub.services.coaching_messages import fact_json, snapshot_fact
from hub.services.coaching_owner import Bus
from hub.services.coaching_owners import StationOwners
from hub.services.coaching_start import chosen_station, named_operator, new_session, ready_assembly, step_named
from hub.timestamps import now_ms, parse_iso
from storage.connection import Store
from storage.entities.session import Session
from storage.errors import NotStored, StationBusy, VersionConflict
from storage.facts import FactsSince, Position

# As many missed facts are replayed: about five units. Who missed more begins with the state.
REPLAY_LIMIT = 1_000
HISTORY_LIMIT = 1_000
# Between reading an assembly and the start lie milliseconds: a training that ends in them is rare, and twice is a fault.
START_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class StationView:
    """What a screen of a station begins with: the open session, if any, its state as one `msg`, and the position read before it."""

    position: Position
    session: Session | None = None
    message: dict[str, Any] | None = None


class CoachingService:
    """What people and programs ask of coaching. Any hub may answer: each change is compared and saved in the store."""

    def __init__(self, store: Store, idle_after_s: float, clock: Clock = now_ms) -> None:
        self._store = store
        self._idle_after_s = idle_after_s
        self._clock = clock
        self._changes = SessionChanges(store, clock)
        self.owners: StationOwners | None = None
        """The stations that this process coaches, once `run` runs."""

    async def run(self, bus: Bus) -> None:
        """Coaches stations, sharing them with the other hubs by leases, until cancelled."""
        if self.owners is None:
            self.owners = StationOwners(self._store, bus, self._changes, self._idle_after_s)
            bus.on_gap(self.owners.reload_all)
        await self.owners.run()

    # --- the socket's requests ------------------------------------------------------------------------------
    async def start(self, organisation: str, request: StartRequest) -> Changed:
        """Begins a unit. Raises NotFound, Invalid, Conflict (what is missing, or which record the station builds)."""
        for _ in range(START_ATTEMPTS):
            with contextlib.suppress(VersionConflict):
                return await self._start(organisation, request)
        raise Conflict("The assembly is being changed all the time. Try again.")

    async def _start(self, organisation: str, request: StartRequest) -> Changed:
        """Raises VersionConflict when the assembly was changed since it was found ready."""
        assembly = await ready_assembly(self._store, organisation, request.assembly_id)
        station = await chosen_station(self._store, organisation, request.station_id)
        operator = await named_operator(self._store, organisation, request.operator_id)
        at_ms = self._clock()
        session = new_session(assembly, station, request, operator, at_ms)
        decision = start(session, assembly)
        contents = contents_of(session, assembly, decision.facts, at_ms)
        try:
            positions = await self._store.sessions.start(decision.session, contents, decision.changes, assembly)
        except NotStored as error:
            raise NotFound(f"There is no assembly {assembly.id}.") from error
        except StationBusy as busy:
            message = f"Station {station.id} is building {busy.record_id}. Resume, complete or cancel it first."
            raise Conflict(message, code="station_busy", record_id=busy.record_id) from busy
        return Changed(decision.session, assembly, placed_facts(contents, positions))

    async def interrupt(self, organisation: str, request: InterruptRequest) -> Changed:
        """Changes the course of a unit. Raises NotFound, Invalid, Conflict (wrong state)."""
        return await self._changes.apply(organisation, request.assembly_record_id, _command(request))

    async def record(self, organisation: str, record_id: str) -> Session:
        """The session of an assembly record, open or ended. Raises NotFound."""
        session = await self._store.sessions.find(organisation, record_id)
        if session is None:
            raise NotFound(f"There is no assembly record {record_id[:64]}.")
        return session

    async def facts_since(self, organisation: str, station: str, epoch: str, offset: str, limit: int = REPLAY_LIMIT) -> FactsSince:
        """The facts of a station after a position: all of them or, not recovered, none."""
        return await self._store.sessions.facts_since(organisation, station, epoch, offset, limit)

    async def record_view(self, session: Session) -> StationView:
        """The state of one record, open or ended. It stands at no position."""
        assembly = await self._changes.assembly_of(session)
        content = fact_json(session, assembly, snapshot_fact(session), self._clock())
        return StationView(Position("", ""), session, orjson.loads(content))

    async def station_view(self, organisation: str, station: str) -> StationView:
        """The state of a station's open session. The position comes first, so that a client that goes on from it misses nothing."""
        position = await self._store.sessions.position(organisation, station)
        session = await self._store.sessions.open_by_station(organisation, station)
        if session is None:
            return StationView(position)
        message = (await self.record_view(session)).message or {}
        return StationView(position, session, message | {"epoch": position.epoch, "offset": position.offset})

    # --- operations 2 to 7 ----------------------------------------------------------------------------------
    async def begin(self, organisation: str, assembly_id: str, step_id: str, operator_id: str, station_id: str | None) -> Changed:
        """Operation 2: begins a unit at a step."""
        request = StartRequest(assembly_id=assembly_id, operator_id=operator_id, station_id=station_id, step_id=step_id)
        return await self.start(organisation, request)

    async def pause(self, organisation: str, assembly_id: str, record_id: str | None) -> Changed:
        """Operation 3. Raises NotFound, Conflict."""
        return await self._apply(organisation, assembly_id, record_id, Pause())

    async def complete(
        self,
        organisation: str,
        assembly_id: str,
        record_id: str | None,
        *,
        step_index: int | None = None,
        auto_coach_enabled: bool | None = None,
    ) -> Changed:
        """Operation 4: the unit is done, said by the caller. Raises NotFound, Conflict, Invalid (step_index)."""
        session = await self._running(organisation, assembly_id, record_id)
        assembly = await self._changes.assembly_of(session)
        if step_index is not None and not 0 <= step_index <= len(assembly.steps):
            raise Invalid(f"step_index is 0 to {len(assembly.steps)}.", field="step_index")
        return await self._changes.apply(organisation, session.id, Complete(auto_coach_enabled))

    async def restart_io_monitor(self) -> None:
        """Operation 5. Raises Unavailable: no hardware is configured."""
        raise Unavailable("No IO hardware is configured, so there is no IO monitor to restart.", code="io_not_configured")

    async def history(self, organisation: str) -> tuple[dict[str, Any], int]:
        """Operation 6: all assemblies coached in the newest HISTORY_LIMIT records, and how many records there are."""
        sessions = await self._store.sessions.history(organisation, HISTORY_LIMIT)
        total = await self._store.sessions.count(organisation)
        names = {}
        for assembly_id in {session.assembly_id for session in sessions}:
            assembly = await self._store.assemblies.find(organisation, assembly_id)
            names[assembly_id] = assembly.name if assembly else ""
        return history_of(sessions, names), total

    async def set_step(
        self,
        organisation: str,
        assembly_id: str,
        step: str,
        *,
        record_id: str | None,
        end_time: str | None,
        auto_coach_enabled: bool | None = None,
    ) -> Changed:
        """Operation 7: to another step; the one left ended at `end_time` (ISO 8601). Raises NotFound, Invalid, Conflict."""
        for field, value in (("assembly_record_id", record_id), ("end_time", end_time)):
            if not value:
                raise Invalid(f"{field} is needed.", field=field)
        session = await self._running(organisation, assembly_id, record_id)
        assembly = await self._changes.assembly_of(session)
        try:
            end_ms = parse_iso(end_time or "")
        except Invalid as error:
            raise Invalid(error.message, field="end_time") from error
        command = SetStep(step_named(assembly, step, "step"), end_ms, auto_coach_enabled)
        return await self._changes.apply(organisation, session.id, command)

    async def _apply(self, organisation: str, assembly_id: str, record_id: str | None, command: Command) -> Changed:
        session = await self._running(organisation, assembly_id, record_id)
        return await self._changes.apply(organisation, session.id, command)

    async def _running(self, organisation: str, assembly_id: str, record_id: str | None) -> Session:
        """The record named, or the only open one of the assembly."""
        if record_id:
            session = await self.record(organisation, record_id)
            if session.assembly_id != assembly_id:
                raise NotFound(f"{record_id[:64]} is no record of assembly {assembly_id[:64]}.")
            return session
        if await self._store.assemblies.find(organisation, assembly_id) is None:
            raise NotFound(f"There is no assembly {assembly_id[:64]}.")
        running = [s for s in await self._store.sessions.all_open(organisation) if s.assembly_id == assembly_id]
        if len(running) != 1:
            why = "is not being coached" if not running else "is being coached at several stations: name one in assembly_record_id"
            raise Conflict(f"The assembly {why}.", code="name_a_record" if running else "not_coached")
        return running[0]


def _command(request: InterruptRequest) -> Command:
    reason = request.reason or (str(request.reason_code_id) if request.reason_code_id else "")
    step_id = _step_id(request)
    match request.interrupt_type:
        case InterruptType.PAUSE:
            return Pause(reason)
        case InterruptType.RESUME:
            return Resume()
        case InterruptType.CANCEL:
            return Cancel(reason)
        case InterruptType.STEP_BACK:
            return StepBack(reason, step_id)
        case InterruptType.SKIP_STEP:
            return SkipStep(reason, step_id)


def _step_id(request: InterruptRequest) -> int | None:
    if request.step is None or not request.step.id:
        return None
    if not request.step.id.isdecimal():
        raise Invalid("step.id is the id of a step as coaching messages give it.", field="interrupt.step.id")
    return int(request.step.id)
