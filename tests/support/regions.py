"""Regions and downtimes for tests, as the hub and vision would make them."""

import time
from typing import Any

from storage.connection import Store
from storage.entities.detected_downtime import DetectedDowntime, ReasonLabel
from storage.entities.roi import Roi
from storage.entities.station import Station

SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


def now_ms() -> int:
    """UTC."""
    return time.time_ns() // 1_000_000


async def add_station(store: Store, organisation: str, station_id: str = "S1", camera: str = "push") -> None:
    """A station whose frames would be pushed, unless another camera is named."""
    station = Station(
        organisation=organisation,
        id=station_id,
        name=station_id,
        camera=camera,
        machine_identifier=station_id,
        created_at_ms=1,
        updated_at_ms=1,
    )
    await store.stations.add(station)


def region(organisation: str, name: str = "L21_3", **changes: Any) -> Roi:
    """A region of line L21 at station S1, on machine M1's timeline."""
    fields = {
        "organisation": organisation,
        "name": name,
        "line_name": "L21",
        "title": "Stanice 3",
        "api_name": name,
        "station_id": "S1",
        "machine_identifier": "M1",
        "polygon": SQUARE,
        "idle_after_s": 5,
        "resume_after_s": 2,
        "created_at_ms": 1,
        "updated_at_ms": 1,
    }
    return Roi.model_validate(fields | changes)


async def add_region(store: Store, organisation: str, name: str = "L21_3", **changes: Any) -> Roi:
    """The same, stored."""
    return await store.rois.add(region(organisation, name, **changes))


def downtime(roi: Roi, start_ms: int, waiting_ms: int, *, ended: bool = False, updated_ms: int | None = None) -> DetectedDowntime:
    """A downtime that has lasted for so long, all of it waiting."""
    end_ms = start_ms + waiting_ms if ended else None
    return DetectedDowntime.at(
        roi, start_ms, updated_ms or max(now_ms(), start_ms + waiting_ms), {ReasonLabel.WAITING: waiting_ms}, ended_at_ms=end_ms
    )
