"""Devices."""

from storage.entities.device import Device
from storage.repositories.base import Repository


class Devices(Repository[Device]):
    """Devices of one organisation, by the number that its people gave them."""

    noun = "device"
    model = Device

    async def many(self, organisation: str, ids: set[int]) -> dict[int, Device]:
        """Those of the numbers that there are."""
        return {device.id: device for device in await self._many(organisation, [str(id_) for id_ in sorted(ids)])}
