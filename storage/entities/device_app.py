"""An app on a device: what its heartbeats say now, and the finished times that they gave."""

from pydantic import BaseModel, ConfigDict

from storage.entities.base import Entity


def app_id(device_id: int, code: str) -> str:
    """The id of an app on a device; also the owner of the lane of its intervals."""
    return f"{device_id}/{code}"


class DeviceApp(Entity):
    """The last run of beats of one status. While `is_open`, it goes on; after that it is an interval of the app's lane."""

    id: str
    device_id: int
    code: str
    status: str
    """`running`, or `stopped` on purpose."""
    since_ms: int
    seen_ms: int
    """The last beat of the run."""
    is_open: bool = True
    created_at_ms: int


class AppInterval(BaseModel):
    """A finished run of beats, [start, end) in milliseconds UTC."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    device_id: int
    code: str
    status: str
    start_ms: int
    end_ms: int

    @property
    def id(self) -> str:
        """The same for the same run, however often it is written."""
        return f"{self.start_ms}-{self.status}"
