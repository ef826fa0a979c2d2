"""A device of the floor or of a shop: where it stands, and how often the apps on it beat."""

from pydantic import BaseModel, ConfigDict

from storage.entities.base import Entity

TAKT_DEVICE = 0
"""The device that stands for Takt itself, one an organisation. People number theirs from 1."""


class Place(BaseModel):
    """A network, a site or a location: the number and the name that its owner gave it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    name: str


class Device(Entity):
    """Who may see it follows from its network. Each app on it beats every `heartbeat_seconds`."""

    id: int
    name: str
    network: Place
    site: Place
    location: Place
    time_zone: str
    """IANA name."""
    heartbeat_seconds: int
    created_at_ms: int
    updated_at_ms: int

    @property
    def period_ms(self) -> int:
        """The time between two beats of an app."""
        return self.heartbeat_seconds * 1000
