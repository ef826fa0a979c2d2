"""Devices: where they stand, and who may see them. A device belongs to a network; a token sees the devices of its networks."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.caller import Caller
from hub.errors import Conflict, NotAllowed, NotFound
from hub.zones import clock_of
from storage.connection import Store
from storage.entities.device import TAKT_DEVICE, Device, Place
from storage.errors import AlreadyExists, VersionConflict

# Every list reads them all to leave out what the token may not see: so many still take well under a second.
DEVICES_LIMIT = 10_000
LISTED_LIMIT = 1_000
# Often enough to notice a stop within half a minute, and one small write for all components together.
TAKT_HEARTBEAT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class DeviceWish:
    """What a device shall be."""

    name: str
    network: Place
    site: Place
    location: Place
    time_zone: str
    heartbeat_seconds: int


@dataclass(frozen=True, slots=True)
class Listed:
    """The newest devices that a caller sees, oldest of them first, and how many it sees in all."""

    devices: Sequence[Device]
    total: int


class DevicesService:
    """Puts and shows the devices of an organisation."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, organisation: str, device_id: int, wish: DeviceWish, now_ms: int) -> tuple[Device, bool]:
        """The device as stored, and whether it is new. Raises Invalid for an unknown time zone, Conflict."""
        clock_of(wish.time_zone)
        fields = {name: getattr(wish, name) for name in DeviceWish.__slots__} | {"updated_at_ms": now_ms}
        known = await self._store.devices.find(organisation, str(device_id))
        if known is None and await self._store.devices.count(organisation) >= DEVICES_LIMIT:
            raise Conflict(f"An organisation has at most {DEVICES_LIMIT} devices.")
        try:
            if known is not None:
                return await self._store.devices.save(known.model_copy(update=fields)), False
            device = Device.model_validate({"organisation": organisation, "id": device_id, "created_at_ms": now_ms, **fields})
            return await self._store.devices.add(device), True
        except (VersionConflict, AlreadyExists) as error:
            raise Conflict("Somebody else changed this device just now. Read it again.") from error

    async def visible(self, caller: Caller, device_id: int) -> Device:
        """A device that the caller may see. Raises NotAllowed for a caller without networks, and NotFound, the same for one that is
        absent and one of another network."""
        networks = networks_of(caller)
        device = await self._store.devices.find(caller.organisation, str(device_id))
        if device is None or not (networks is None or device.network.id in networks):
            raise NotFound("Device not found.")
        return device

    async def list(self, caller: Caller, wanted: frozenset[int] = frozenset()) -> Listed:
        """The devices of the caller's networks, or of those `wanted` among them. Raises NotAllowed for another network."""
        networks = networks_of(caller)
        if wanted and networks is not None and not wanted <= networks:
            raise NotAllowed("You may not see this network.", code="FORBIDDEN_NETWORKS")
        within = wanted or networks
        known = await self._store.devices.list(caller.organisation, DEVICES_LIMIT)
        seen = [device for device in known if within is None or device.network.id in within]
        return Listed(seen[-LISTED_LIMIT:], len(seen))

    async def ensure_takt(self, organisation: str, now_ms: int) -> Device:
        """The device that stands for Takt itself, made where it is not there yet."""
        known = await self._store.devices.find(organisation, str(TAKT_DEVICE))
        if known is not None:
            return known
        here = Place(id=TAKT_DEVICE, name="Takt")
        wish = DeviceWish("Takt", here, here, here, "UTC", TAKT_HEARTBEAT_SECONDS)
        return (await self.put(organisation, TAKT_DEVICE, wish, now_ms))[0]


def networks_of(caller: Caller) -> frozenset[int] | None:
    """The networks that the caller may see; None = all of the organisation. Raises NotAllowed for a caller without any."""
    if caller.is_admin:
        return None
    if caller.network_ids:
        return frozenset(caller.network_ids)
    if caller.networks_withdrawn:
        raise NotAllowed("The networks of this token were withdrawn since it was issued.", code="FORBIDDEN_NETWORKS")
    raise NotAllowed("This token has no networks: an administrator gives them to your account or key.", code="INSUFFICIENT_SCOPE")
