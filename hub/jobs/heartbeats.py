"""Heartbeats: ends the runs of apps that went silent, and beats for Takt's own components, which are apps of one device of its own."""

import asyncio
import os
import shutil
import time
from collections.abc import Collection, Sequence
from pathlib import Path

import structlog

from hub.errors import Conflict
from hub.services.device_apps import DeviceAppsService
from hub.services.devices import TAKT_HEARTBEAT_SECONDS, DevicesService
from hub.services.health import Component, HealthService
from storage.connection import Store
from storage.errors import StoreUnavailable, VersionConflict

SWEEP_EVERY_S = 5.0
BEAT_EVERY_S = float(TAKT_HEARTBEAT_SECONDS)
# With less, neither a recording nor a model can be written.
LEAST_FREE_BYTES = 16 * 2**20

# Component → the process that does its work.
WORKS_IN = {
    "predict": "vision",
    "recorder": "vision",
    "sequencer": "hub",
    "webserver": "hub",
    "train": "trainer",
    "scheduler": "jobs",
    "reporting": "jobs",
}

log = structlog.get_logger(__name__)


class Heartbeats:
    """What the jobs process does for heartbeats. A store that is away is waited for from one turn to the next, without a longer pause."""

    def __init__(self, store: Store, health: HealthService) -> None:
        self._store = store
        self._health = health
        self._devices = DevicesService(store)
        self._apps = DeviceAppsService(store, self._devices)

    async def sweep(self, now_ms: int | None = None) -> int:
        """Ends what has gone silent, in all organisations; answers how many runs."""
        ended = 0
        try:
            for organisation in await self._store.organisations.names():
                ended += await self._apps.close_silent(organisation, _now_ms() if now_ms is None else now_ms)
        except StoreUnavailable as error:
            log.warning("silent apps are left for later", reason=str(error))
        return ended

    async def beat(self, now_ms: int | None = None) -> None:
        """One beat of every component that works, in one write an organisation."""
        try:
            alive = {
                component.name.partition(":")[0] for component in (await self._health.report()).components if component.state != "missing"
            }
            keeps_files = await asyncio.to_thread(_keeps_files, self._store.files.root)
            for organisation in await self._store.organisations.names():
                codes = working(alive, await self._health.cameras(organisation), keeps_files=keeps_files)
                await self._beat_for(organisation, codes, _now_ms() if now_ms is None else now_ms)
        except StoreUnavailable as error:
            log.warning("components do not beat while the store is away", reason=str(error))

    async def _beat_for(self, organisation: str, codes: Sequence[str], now_ms: int) -> None:
        try:
            await self._apps.beat_all(await self._devices.ensure_takt(organisation, now_ms), codes, now_ms)
        except (VersionConflict, Conflict):
            # The jobs process of another machine beat for the same components, or made the device, at this very moment.
            log.debug("components have beaten already", organisation=organisation)


def working(alive: Collection[str], cameras: Sequence[Component], *, keeps_files: bool) -> list[str]:
    """The components that work. One that is not configured (a camera without a station) is none of them.

    `alive` are the processes that beat. The database works when this can be stored.
    """
    codes = ["database", *(code for code, process in WORKS_IN.items() if process == "jobs" or process in alive)]
    if keeps_files:
        codes.append("filesys")
    if any(camera.state == "ok" for camera in cameras):
        codes.append("camera")
    return sorted(codes)


def _keeps_files(root: Path) -> bool:
    try:
        folder = root if root.exists() else root.parent
        return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= LEAST_FREE_BYTES
    except OSError:
        return False


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
