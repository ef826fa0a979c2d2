"""What the camera saw between /model/start and /model/end for one label."""

from enum import StrEnum

from storage.entities.base import Entity
from storage.entities.step import LabelType


class RecordingState(StrEnum):
    """How far a recording is."""

    OPEN = "open"
    FINISHED = "finished"
    REVERTED = "reverted"


class Recording(Entity):
    """The frames of one label, `frames` JPEG files `000000.jpg`… in `storage.files` under `folder`, with `times.json`
    (captured_at_ns per frame)."""

    id: str
    assembly_id: str
    step_id: int | None
    """None for the assembly's start label."""
    label_id: str
    label_type: LabelType
    station_id: str
    state: RecordingState = RecordingState.OPEN
    frames: int = 0
    width: int = 0
    height: int = 0
    started_at_ms: int
    finished_at_ms: int | None = None

    @property
    def folder(self) -> str:
        """Key of its folder in the file store."""
        return f"{self.organisation}/recordings/{self.assembly_id}/{self.id}"
