"""What the tests of devices need: a device, a caller, and beats at times of the test's own."""

from dataclasses import dataclass

from hub.caller import Caller
from hub.coaching.uptime import BeatStatus
from hub.services.device_apps import AppUptime, DeviceAppsService
from hub.services.devices import DevicesService, DeviceWish
from hub.timestamps import parse_iso
from storage.connection import Store
from storage.entities.device import Device, Place
from storage.entities.user import Role

NOW_MS = parse_iso("2026-03-30T06:30:00Z")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass
class Apps:
    """The services of devices without doors, and one device; an administrator asks."""

    store: Store
    organisation: str
    device: Device
    service: DeviceAppsService

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return Caller(self.organisation, Role.ADMIN, "token", "tester")

    async def beat(self, at_ms: int, status: str = "running", code: str = "aam") -> None:
        """One beat."""
        await self.service.beat(self.caller, self.device.id, code, BeatStatus(status), at_ms)

    async def uptime(self, from_ms: int, to_ms: int, now_ms: int | None = None, code: str = "aam") -> AppUptime:
        """A window, asked at its end unless told otherwise."""
        return await self.service.uptime(self.caller, self.device.id, code, from_ms, to_ms, to_ms if now_ms is None else now_ms)


async def add_device(store: Store, organisation: str, device_id: int = 101, *, network: int = 1, period_s: int = 10) -> Device:
    """The device of the source's example, or another number, network or period."""
    wish = DeviceWish(
        "Store Entrance Camera",
        Place(id=network, name="Retail Network A"),
        Place(id=5, name="CBD Store"),
        Place(id=12, name="Entrance"),
        "Europe/Prague",
        period_s,
    )
    return (await DevicesService(store).put(organisation, device_id, wish, NOW_MS))[0]


async def make_apps(store: Store, organisation: str, *, period_s: int = 10, site_time_zone: str = "UTC") -> Apps:
    """The services and device 101."""
    device = await add_device(store, organisation, period_s=period_s)
    return Apps(store, organisation, device, DeviceAppsService(store, DevicesService(store), site_time_zone))
