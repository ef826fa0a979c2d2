"""Stations: where units are built, with which camera, on which machine's timeline."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from hub.errors import Conflict, Invalid, NotFound
from hub.services.cameras import check_camera, mask_camera
from hub.settings import Settings
from storage import keys
from storage.connection import Store
from storage.entities.station import Station
from storage.errors import NotStored, VersionConflict
from storage.messages import SourceState
from storage.packing import unpack

# The id stands in keys, channels and addresses.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
# Vision reads the stations again by itself every other second: an older word is not worth acting on.
HEARD_WITHIN_S = 10.0
_IDENTIFIER = re.compile(r"[^\s,\[\]{}:*]{1,100}")


@dataclass(frozen=True, slots=True)
class StationWish:
    """What a station shall be; no machine identifier = the station's own id."""

    name: str
    camera: str
    machine_identifier: str | None = None
    line_name: str | None = None


class StationsService:
    """Puts, shows and deletes the stations of an organisation; vision hears of every change."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    async def put(self, organisation: str, station_id: str, wish: StationWish, *, from_console: bool = False) -> tuple[Station, bool]:
        """The station as stored, and whether it is new. The camera's masked form means "as it was". Raises Invalid, Conflict."""
        if not _ID.fullmatch(station_id):
            raise Invalid("A station's id has letters, digits, dots, dashes and underscores, at most 64.", field="station_id")
        identifier = wish.machine_identifier or station_id
        if not _IDENTIFIER.fullmatch(identifier):
            raise Invalid("A machine identifier has no spaces, commas, colons, brackets or stars.", field="machine_identifier")
        known = await self._store.stations.find(organisation, station_id)
        camera = known.camera if known and wish.camera == mask_camera(known.camera) else self._checked(wish.camera, from_console)
        now_ms = int(time.time() * 1000)
        fields = {
            "name": wish.name,
            "camera": camera,
            "machine_identifier": identifier,
            "line_name": wish.line_name,
            "updated_at_ms": now_ms,
        }
        await self._store.machines.ensure(organisation, identifier, wish.line_name)
        try:
            if known is not None:
                station = await self._store.stations.save(known.model_copy(update=fields))
            else:
                station = await self._store.stations.add(
                    Station.model_validate({"organisation": organisation, "id": station_id, "created_at_ms": now_ms, **fields})
                )
        except VersionConflict as error:
            raise Conflict("Somebody else changed this station just now. Read it again.") from error
        await self._tell_vision(organisation)
        return station, known is None

    async def get(self, organisation: str, station_id: str) -> Station:
        """Raises NotFound."""
        try:
            return await self._store.stations.get(organisation, station_id)
        except NotStored as error:
            raise NotFound(f"There is no station {station_id[:64]}.") from error

    async def only_or(self, organisation: str, station_id: str | None) -> Station:
        """The station named, or the only one. Raises NotFound, and Conflict where none is named and there are several or none."""
        if station_id:
            return await self.get(organisation, station_id)
        stations = await self.list(organisation)
        if len(stations) != 1:
            raise Conflict(
                "There is no station yet: add one." if not stations else "There are several stations: name one.", code="name_a_station"
            )
        return stations[0]

    async def list(self, organisation: str) -> Sequence[Station]:
        """The newest 1,000, oldest of them first; `count` tells how many there are."""
        return await self._store.stations.list(organisation)

    async def count(self, organisation: str) -> int:
        """How many there are in all."""
        return await self._store.stations.count(organisation)

    async def delete(self, organisation: str, station_id: str) -> None:
        """Raises NotFound, and Conflict while a unit is built or a label recorded there."""
        await self.get(organisation, station_id)
        session = await self._store.sessions.open_by_station(organisation, station_id)
        if session is not None:
            raise Conflict(f"Unit {session.id} is being built at this station.", code="station_in_use")
        context = await self._store.training_contexts.find(organisation)
        recording = await self._store.recordings.find(organisation, context.recording_id) if context and context.recording_id else None
        if recording is not None and recording.station_id == station_id:
            raise Conflict("A label is being recorded at this station.", code="station_in_use")
        await self._store.stations.delete(organisation, station_id)
        await self._tell_vision(organisation)

    async def source(self, organisation: str, station_id: str) -> SourceState | None:
        """What vision said last about the station's camera; None when it says nothing (not running, or just begun)."""
        said = await self._store.redis.get(keys.source_state(organisation, station_id))
        return None if said is None else unpack(SourceState, said)

    def _checked(self, camera: str, from_console: bool) -> str:
        return check_camera(camera, None if from_console else self._settings.camera_roots)

    async def _tell_vision(self, organisation: str) -> None:
        await self._store.commands.send(organisation, "vision", "stations_changed", {}, HEARD_WITHIN_S)
