"""A region of interest: a part of a station's picture in which work is watched for."""

from storage.entities.base import Entity

Point = tuple[float, float]
"""x, y of a place in the picture, normalised 0..1 from its upper left corner."""


class Roi(Entity):
    """`name` is its id. `polygon` has at least three points and does not cross itself. Seconds of stillness begin a downtime, seconds
    of activity end it; `machine_identifier` names the machine whose timeline tells the downtime too."""

    name: str
    line_name: str
    title: str
    api_name: str = ""
    station_id: str
    machine_identifier: str | None = None
    polygon: tuple[Point, ...]
    idle_after_s: float
    resume_after_s: float
    created_at_ms: int
    updated_at_ms: int

    def same_place(self, other: "Roi") -> bool:
        """Whether a downtime at one is a downtime at the other: it belongs to one line, one camera and one machine."""
        ours = (self.line_name, self.station_id, self.machine_identifier)
        return ours == (other.line_name, other.station_id, other.machine_identifier)
