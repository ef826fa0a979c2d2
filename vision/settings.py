"""The environment (TAKT_*) that the vision and the trainer process read, checked at start."""

import os
import sys
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from storage.settings import StoreSettings

Seconds = Annotated[float, Field(gt=0, le=60)]


class VisionSettings(StoreSettings):
    """How cameras are read, models run and recordings kept. A bad value is refused at start, named with what is allowed."""

    inference_precision: Literal["f32", "bf16", "auto"] = "f32"
    """auto = what the CPU is fastest at; some choose bf16, so f32 is said aloud."""
    inference_threads: Annotated[int, Field(ge=0, le=64)] = 1
    """Of one station's network, 0 = as many as OpenVINO likes. Networks this small gain nothing from a second one, and each station
    has its own."""
    camera_open_timeout_s: Seconds = 5.0
    camera_read_timeout_s: Seconds = 3.0
    camera_retry_most_s: Seconds = 10.0
    """A camera that is away is asked again after at most this long."""
    recording_most_frames: Annotated[int, Field(ge=1, le=100_000)] = 600
    """20 s at 30 frames/s; what comes later is refused."""
    film_most_minutes: Annotated[float, Field(gt=0, le=1440)] = 120.0
    film_most_mb: Annotated[int, Field(ge=1, le=4096)] = 512
    """One film ends at either: a unit that is forgotten on a bench is not filmed all night."""
    films_most_gb: Annotated[float, Field(gt=0)] = 20.0
    """All films of one organisation; the oldest make room."""
    trainer_threads: Annotated[int, Field(ge=1, le=64)] = Field(default_factory=lambda: os.cpu_count() or 1)
    trainer_nice: Annotated[int, Field(ge=0, le=19)] = 10
    """Coaching goes first on a shared core."""
    log_level: Annotated[str, Field(pattern="(?i)^(debug|info|warning|error)$")] = "INFO"


def problems() -> list[str]:
    """What is wrong with the environment, a sentence a setting."""
    try:
        VisionSettings()
    except ValidationError as error:
        return [f"TAKT_{'_'.join(map(str, e['loc'])).upper()}={e['input']!r}: {e['msg']}" for e in error.errors()]
    return []


if __name__ == "__main__":
    # For `takt doctor`, which asks this room without looking into it.
    found = problems()
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))
