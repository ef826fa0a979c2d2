"""Which stations this hub coaches: takes the leases that are free, gives them back, follows the sessions of all organisations."""

import asyncio
import contextlib
import random
import secrets
from functools import partial

import structlog

from hub.services.coaching_changes import SessionChanges
from hub.services.coaching_owner import Bus, StationOwner
from storage import keys
from storage.connection import Store
from storage.errors import StoreError

log = structlog.get_logger(__name__)

# How often free stations are looked for without being told: with the lease's 3 s a dead hub's stations go on within 4 s.
SCAN_S = 0.8
STOP_WAIT_S = 1.0

Place = tuple[str, str]


class StationOwners:
    """One task a station. `run` must be running for any station of this process to be coached."""

    def __init__(self, store: Store, bus: Bus, changes: SessionChanges, idle_after_s: float) -> None:
        self._store = store
        self._bus = bus
        self._changes = changes
        self._idle_after_s = idle_after_s
        self.holder = secrets.token_hex(8)
        self._owners: dict[Place, tuple[StationOwner, asyncio.Task[None]]] = {}
        self._focused: dict[str, partial[None]] = {}
        self._asked = asyncio.Event()

    @property
    def stations(self) -> list[Place]:
        """Organisation and station of all that this hub coaches."""
        return sorted(self._owners)

    def reload_all(self) -> None:
        """Messages may have been lost: every session is read again."""
        for owner, _ in self._owners.values():
            owner.reload()
        self._asked.set()

    async def run(self) -> None:
        """Until cancelled; gives all leases back then."""
        try:
            while True:
                try:
                    await self._scan()
                except StoreError as error:
                    log.warning("open sessions cannot be read", reason=str(error))
                # Hubs that look at different moments share the stations.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SCAN_S * random.uniform(0.7, 1.0)):
                        await self._asked.wait()
        finally:
            await self._stop()

    def _hear_focus(self, organisation: str, payload: bytes) -> None:
        station = payload.decode(errors="replace")
        for (owned_organisation, owned_station), (owner, _) in self._owners.items():
            if owned_organisation == organisation and station in ("", owned_station):
                owner.reload()
        if (organisation, station) not in self._owners:
            self._asked.set()

    async def _scan(self) -> None:
        self._asked.clear()
        for organisation in await self._store.organisations.names():
            if organisation not in self._focused:
                hearer = partial(self._hear_focus, organisation)
                await self._bus.listen(keys.focus(organisation), hearer)
                self._focused[organisation] = hearer
            for session in await self._store.sessions.all_open(organisation):
                place = (organisation, session.station_id)
                if place not in self._owners and await self._store.sessions.take_lease(*place, self.holder):
                    self._own(place)

    def _own(self, place: Place) -> None:
        owner = StationOwner(self._store, self._bus, self._changes, *place, self.holder, self._idle_after_s)
        task = asyncio.create_task(self._keep(place, owner), name=f"coaching {place[0]}/{place[1]}")
        self._owners[place] = (owner, task)

    async def _keep(self, place: Place, owner: StationOwner) -> None:
        try:
            await owner.run()
            # A unit may have been started at this station while the last one was being put away.
            self._asked.set()
        except StoreError as error:
            log.warning("coaching of the station was interrupted", station=place[1], reason=str(error))
        except Exception:
            log.exception("coaching of the station failed", station=place[1])
        finally:
            with contextlib.suppress(StoreError):
                await self._store.sessions.drop_lease(*place, self.holder)
            self._owners.pop(place, None)

    async def _stop(self) -> None:
        tasks = [task for _, task in self._owners.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_WAIT_S)
        for organisation, hearer in self._focused.items():
            with contextlib.suppress(StoreError):
                await self._bus.leave(keys.focus(organisation), hearer)
        self._focused.clear()
