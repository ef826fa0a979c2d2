"""A station: a place with a camera, an HMI and tools, where one unit is built at a time."""

from storage.entities.base import Entity


class Station(Entity):
    """`camera` is a device number ("0"), a device path, an rtsp(s)/http(s) URL, a folder or video under an allowed folder,
    or "push" (frames come over the station socket)."""

    id: str
    name: str
    camera: str
    machine_identifier: str
    """Foreign id of the machine whose timeline this station feeds; the station's own id unless another is named."""
    line_name: str | None = None
    created_at_ms: int
    updated_at_ms: int
