"""Regions of interest: where vision watches for downtime."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from hub.errors import Conflict, Invalid, NotFound
from hub.services.polygons import Point, check_polygon
from storage.connection import Store
from storage.entities.roi import Roi
from storage.errors import AlreadyExists, NotStored, VersionConflict
from storage.repositories.detected_downtimes import REGIONS_LIMIT

# The name stands in keys and addresses, the line in keys and in the name of a channel.
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
LEAST_S, MOST_S = 1.0, 3600.0
STATION_LIMIT = 32
"""Regions of one station: each costs a moment of every look at its pictures."""
# Vision reads the regions again by itself every other second: an older word is not worth acting on.
_HEARD_WITHIN_S = 10.0
# Vision saves a downtime at most once a second and the region is read anew each time.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class RoiWish:
    """What a region shall be."""

    line_name: str
    title: str
    api_name: str
    station_id: str
    machine_identifier: str | None
    polygon: Sequence[Point]
    idle_after_s: float
    resume_after_s: float


class RoisService:
    """Puts, lists and deletes the regions of an organisation; vision hears of every change and acts at once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, organisation: str) -> Sequence[Roi]:
        """All regions, oldest first."""
        return await self._store.rois.list(organisation, REGIONS_LIMIT)

    async def put(self, organisation: str, name: str, wish: RoiWish) -> tuple[Roi, bool]:
        """The region as stored, and whether it is new. One that moves to another line, station or machine ends its downtime first.

        Raises Invalid, and Conflict when others change it all the time.
        """
        fields = await self._checked(organisation, name, wish)
        for _ in range(_TRIES):
            try:
                roi, new = await self._put(organisation, name, fields)
            except (VersionConflict, NotStored, AlreadyExists):
                continue
            await self._tell_vision(organisation)
            return roi, new
        raise Conflict("Somebody else changed this region just now. Try again.")

    async def _put(self, organisation: str, name: str, fields: dict[str, object]) -> tuple[Roi, bool]:
        known = await self._store.rois.find(organisation, name)
        now_ms = int(time.time() * 1000)
        if known is not None:
            return await self._store.rois.save(known.model_copy(update={**fields, "updated_at_ms": now_ms})), False
        stands = {"organisation": organisation, "name": name, "created_at_ms": now_ms, "updated_at_ms": now_ms}
        return await self._store.rois.add(Roi.model_validate({**fields, **stands})), True

    async def delete(self, organisation: str, name: str) -> None:
        """Ends the region's open downtime; past ones stay. Raises NotFound, Conflict."""
        for _ in range(_TRIES):
            try:
                await self._store.rois.delete(organisation, name)
            except NotStored as error:
                raise NotFound(f"There is no region {name[:64]}.") from error
            except VersionConflict:
                continue
            await self._tell_vision(organisation)
            return
        raise Conflict("Somebody else changed this region just now. Try again.")

    async def _checked(self, organisation: str, name: str, wish: RoiWish) -> dict[str, object]:
        if not _NAME.match(name):
            raise Invalid("A region's name has letters, digits, dots, dashes and underscores, at most 64.", field="roi_name")
        _check_line(wish.line_name)
        for field, seconds in (("idle_after_seconds", wish.idle_after_s), ("resume_after_seconds", wish.resume_after_s)):
            if not LEAST_S <= seconds <= MOST_S:
                raise Invalid(f"{field} is from {LEAST_S:g} to {MOST_S:g}.", field=field)
        polygon = check_polygon(wish.polygon)
        if await self._store.stations.find(organisation, wish.station_id) is None:
            raise Invalid(f"There is no station {wish.station_id[:64]}.", field="station_id")
        machine = wish.machine_identifier
        if machine is not None and await self._store.machines.by_identifier(organisation, machine) is None:
            raise Invalid(f"There is no machine {machine[:100]}.", field="machine_foreign_id")
        await self._check_room(organisation, name, wish.station_id)
        return {
            "line_name": wish.line_name,
            "title": wish.title,
            "api_name": wish.api_name,
            "station_id": wish.station_id,
            "machine_identifier": machine,
            "polygon": polygon,
            "idle_after_s": wish.idle_after_s,
            "resume_after_s": wish.resume_after_s,
        }

    async def _check_room(self, organisation: str, name: str, station_id: str) -> None:
        others = [roi for roi in await self.list(organisation) if roi.name != name]
        if sum(roi.station_id == station_id for roi in others) >= STATION_LIMIT:
            raise Invalid(f"A station has at most {STATION_LIMIT} regions.", field="station_id")
        if len(others) >= REGIONS_LIMIT:
            raise Invalid(f"An organisation has at most {REGIONS_LIMIT} regions.", field="roi_name")

    async def _tell_vision(self, organisation: str) -> None:
        await self._store.commands.send(organisation, "vision", "rois_changed", {}, _HEARD_WITHIN_S)


def _check_line(name: str) -> None:
    if not name.isprintable() or name != name.strip() or any(sign in name for sign in ":*"):
        raise Invalid("The name of a line has no colons, no stars and no spaces around it.", field="line_name")
