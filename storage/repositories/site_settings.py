"""What organisations have set."""

from storage.entities.site_setting import RELEASE_CONTROL, SiteSetting
from storage.errors import AlreadyExists, VersionConflict
from storage.repositories.base import Repository


class SiteSettings(Repository[SiteSetting]):
    """Settings of one organisation, by name."""

    noun = "site-setting"
    model = SiteSetting

    async def replace(self, organisation: str, name: str, value: dict[str, object]) -> SiteSetting:
        """Sets the whole value. Raises VersionConflict when somebody else did in this moment."""
        known = await self.find(organisation, name)
        if known is not None:
            return await self.save(known.model_copy(update={"value": value}))
        try:
            return await self.add(SiteSetting(organisation=organisation, id=name, value=value))
        except AlreadyExists as error:
            raise VersionConflict(f"{name} was set since") from error

    async def has_release_control(self, organisation: str) -> bool:
        """Whether only what is released is coached."""
        setting = await self.find(organisation, RELEASE_CONTROL)
        return setting is not None and setting.value.get("enabled") is True
