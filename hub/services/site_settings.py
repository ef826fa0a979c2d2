"""What an organisation sets once for all its assemblies: release control, and how torque tools are set."""

from typing import Any

from hub.errors import Conflict
from storage.connection import Store
from storage.entities.site_setting import RELEASE_CONTROL, TORQUE
from storage.errors import VersionConflict


class SiteSettingsService:
    """Each setting is replaced whole. Raises Conflict when two do at the same moment."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def set_release_control(self, organisation: str, enabled: bool) -> None:
        """On: only a published assembly with an approver is coached, from the next start on."""
        await self._replace(organisation, RELEASE_CONTROL, {"enabled": enabled})

    async def release_control(self, organisation: str) -> bool:
        """Whether it is on; off before it was ever set."""
        return await self._store.site_settings.has_release_control(organisation)

    async def set_torque(self, organisation: str, value: dict[str, Any]) -> None:
        """Keeps the object as it is."""
        await self._replace(organisation, TORQUE, value)

    async def torque(self, organisation: str) -> dict[str, Any]:
        """What was set last; empty before that."""
        setting = await self._store.site_settings.find(organisation, TORQUE)
        return {} if setting is None else setting.value

    async def _replace(self, organisation: str, name: str, value: dict[str, Any]) -> None:
        try:
            await self._store.site_settings.replace(organisation, name, value)
        except VersionConflict as error:
            raise Conflict("Somebody else changed this setting just now. Read it again.") from error
