"""The one task that coaches a station: hears predictions, weighs them, saves what follows."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Protocol

import structlog

from hub.coaching.commands import Command, FinishStep, NoteWrong, Pause, Tick
from hub.coaching.session import advance_due_ms, is_advance_due
from hub.coaching.sighting import Sighting
from hub.coaching.watch import Watch, begin, done_after_ns, follow, look, turned_wrong
from hub.errors import Conflict
from hub.services.coaching_changes import SessionChanges
from hub.services.coaching_messages import prediction_json
from storage import keys
from storage.channels import unpack
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.session import Session, SessionState
from storage.errors import StoreError, VersionConflict
from storage.messages import Prediction

log = structlog.get_logger(__name__)

# Frames that wait while a change is saved; 64 are two seconds at 30 frames/s, and older ones say nothing any more.
FRAMES_WAITING = 64
# A third of the time to live, so that two renewals may fail before another hub takes over.
RENEW_S = keys.LEASE_TTL_MS / 1000 / 3
RETRY_S = 0.3


class Bus(Protocol):
    """What is heard of the store's channels (hub/live/bus.py)."""

    async def listen(self, channel: str, hearer: Callable[[bytes], None]) -> None: ...

    async def leave(self, channel: str, hearer: Callable[[bytes], None]) -> None: ...

    def on_gap(self, handler: Callable[[], None]) -> None: ...


class StationOwner:
    """Coaches one station for as long as it has an open session and this hub holds its lease."""

    def __init__(
        self, store: Store, bus: Bus, changes: SessionChanges, organisation: str, station: str, holder: str, idle_after_s: float
    ) -> None:
        self._store = store
        self._bus = bus
        self._changes = changes
        self._organisation = organisation
        self._station = station
        self._holder = holder
        self._idle_after_ms = round(idle_after_s * 1000)
        self._frames: deque[tuple[float, bytes]] = deque(maxlen=FRAMES_WAITING)
        self._woken = asyncio.Event()
        self._stale = True
        self._session: Session | None = None
        self._assembly: Assembly | None = None
        self._watch: Watch | None = None
        self._done_at: float | None = None
        """Time of the loop at which evidence is full if no frame contradicts it before."""

    def reload(self) -> None:
        """The session may have changed: it is read before anything else is done with it."""
        self._stale = True
        self._woken.set()

    async def run(self) -> None:
        """Until the session has ended or the lease is lost. The lease must be held."""
        channel = keys.predictions(self._organisation, self._station)
        await self._bus.listen(channel, self._hear)
        try:
            await self._coach()
        finally:
            await self._bus.leave(channel, self._hear)

    def _hear(self, payload: bytes) -> None:
        self._frames.append((asyncio.get_running_loop().time(), payload))
        self._woken.set()

    async def _coach(self) -> None:
        loop = asyncio.get_running_loop()
        renewed_at = loop.time()
        while True:
            try:
                if loop.time() - renewed_at >= RENEW_S:
                    if not await self._store.sessions.renew_lease(self._organisation, self._station, self._holder):
                        log.info("another hub coaches the station now", station=self._station)
                        return
                    renewed_at = loop.time()
                    self._stale = True
                if self._stale:
                    await self._read()
                if self._session is None:
                    return
                await self._work()
            except VersionConflict:
                self._stale = True
                continue
            except StoreError as error:
                log.warning("the station's session cannot be read or saved", station=self._station, reason=str(error))
                self._stale = True
                await asyncio.sleep(RETRY_S)
                continue
            await self._rest(renewed_at + RENEW_S)

    async def _rest(self, renew_at: float) -> None:
        """Waits for a frame, a change, or the next moment at which something is due."""
        if self._frames or self._stale:
            return
        self._woken.clear()
        wait_s = min(renew_at, self._due_at()) - asyncio.get_running_loop().time()
        # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the event.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(wait_s, 0.001)):
                await self._woken.wait()

    def _due_at(self) -> float:
        """Time of the loop at which the session changes by itself."""
        assert self._session is not None
        due_ms = advance_due_ms(self._session)
        if due_ms is not None:
            return asyncio.get_running_loop().time() + (due_ms - self._changes.clock()) / 1000
        return self._done_at if self._done_at is not None else float("inf")

    async def _read(self) -> None:
        self._stale = False
        session = await self._store.sessions.open_by_station(self._organisation, self._station)
        self._assembly = None if session is None else await self._changes.assembly_of(session)
        self._take(session)

    def _take(self, session: Session | None) -> None:
        now_ms = self._changes.clock()
        is_same = session is not None and self._session is not None and session.id == self._session.id
        self._session = session
        if session is None or session.state in (SessionState.COMPLETE, SessionState.CANCELLED):
            self._watch = None
            self._stale = session is not None
        elif self._watch is None or not is_same:
            self._watch = begin(session, now_ms)
        else:
            self._watch = follow(self._watch, session, now_ms)
        if self._watch is None or self._watch.newest is None:
            self._done_at = None

    async def _work(self) -> None:
        """Everything that waits: frames in order, then what time has brought."""
        while self._frames and not self._stale:
            heard_at, payload = self._frames.popleft()
            await self._see(heard_at, payload)
        if self._session is None or self._watch is None or self._assembly is None or self._stale:
            return
        if self._done_at is not None and asyncio.get_running_loop().time() >= self._done_at:
            await self._finish()
        elif (command := self._by_itself(self._session, self._assembly, self._watch)) is not None:
            await self._apply(command)

    def _by_itself(self, session: Session, assembly: Assembly, watch: Watch) -> Command | None:
        now_ms = self._changes.clock()
        if session.state is not SessionState.ACTIVE:
            return None
        if not any(step.id == session.step_id for step in assembly.steps):
            return Pause(error="step_deleted")
        if session.step_done_at_ms is not None:
            return Tick() if is_advance_due(session, now_ms) else None
        return Pause(error="idle") if now_ms - watch.last_activity_ms >= self._idle_after_ms else None

    async def _see(self, heard_at: float, payload: bytes) -> None:
        sighting = self._sighting(payload)
        session, assembly, watch = self._session, self._assembly, self._watch
        if sighting is None or session is None or assembly is None or watch is None or session.state is not SessionState.ACTIVE:
            return
        seen = look(watch, session, assembly, sighting, self._changes.clock())
        self._watch = seen
        after_ns = done_after_ns(seen, session) if seen is not watch else None
        if seen is not watch:
            self._done_at = None if after_ns is None else heard_at + after_ns / 1e9
        # Durable first: a message that calls the step done follows the fact that it is.
        if after_ns == 0:
            await self._finish()
        elif turned_wrong(watch, seen):
            await self._apply(NoteWrong())
        await self._show(sighting)

    async def _show(self, sighting: Sighting) -> None:
        session, assembly, watch = self._session, self._assembly, self._watch
        if session is None or assembly is None or watch is None or session.step_id != sighting.step_id:
            return
        content = prediction_json(session, assembly, watch, sighting, self._changes.clock())
        await self._store.channels.publish(keys.coaching_latest(self._organisation, self._station), content)

    def _sighting(self, payload: bytes) -> Sighting | None:
        try:
            seen = unpack(Prediction, payload)
        except ValueError:
            log.warning("a prediction is not readable", station=self._station)
            return None
        if self._session is None or seen.assembly_id != self._session.assembly_id or seen.step_id != self._session.step_id:
            return None
        return Sighting(seen.step_id, seen.label, seen.confidence, seen.frame_no, seen.captured_at_ns)

    async def _finish(self) -> None:
        assert self._watch is not None
        self._done_at = None
        if self._watch.newest is not None:
            await self._apply(FinishStep(self._watch.newest))

    async def _apply(self, command: Command) -> None:
        assert self._session is not None
        assert self._assembly is not None
        try:
            changed = await self._changes.apply_to(self._session, self._assembly, command)
        except Conflict as error:
            # The session was changed by somebody between the reading and now; what is stored is right.
            log.info("a change by the camera came too late", station=self._station, reason=error.message)
            self._stale = True
            return
        self._assembly = changed.assembly
        self._take(changed.session)
