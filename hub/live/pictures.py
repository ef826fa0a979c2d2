"""The channel `frames:{station}`: pictures in two widths, at the rate each subscriber asked for; only what is asked for is made."""

import asyncio
from collections.abc import Iterable

import structlog

from hub.live.channel import Channel, PictureDemand
from hub.live.push import PicturePush
from hub.live.topics import Topics
from hub.protocol.pictures import PictureMessage
from storage import keys
from storage.errors import StoreError
from storage.messages import Picture
from storage.packing import unpack
from storage.picture_demands import PictureDemands

log = structlog.get_logger(__name__)

WIDTHS = (480, 960)
DEFAULT_FPS = 15.0
RENEW_EVERY_S = 2.0
# Vision stops encoding a width that nobody has asked for for so long.
DEMAND_TTL_MS = 5_000


def width_for(max_width: int | None) -> int:
    """The greatest width within what a subscriber wants; the smallest there is when it wants less."""
    return max((width for width in WIDTHS if max_width is None or width <= max_width), default=WIDTHS[0])


class Pace:
    """Lets through at most `fps` pictures a second of the pictures' own time; a late one does not shift the ones after it."""

    def __init__(self, fps: float) -> None:
        self._interval_ns = int(1e9 / fps)
        self._due_ns = 0

    def is_due(self, captured_at_ns: int) -> bool:
        """Whether this picture goes out."""
        early_ns = self._due_ns - captured_at_ns
        # A clock that went back counts as a new beginning.
        if 0 < early_ns <= self._interval_ns:
            return False
        begin_ns = self._due_ns if -self._interval_ns < early_ns <= 0 else captured_at_ns
        self._due_ns = begin_ns + self._interval_ns
        return True


def pictures_channel(name: str, organisation: str, station: str, max_fps: float | None, max_width: int | None) -> Channel:
    """The channel in one size and rate; subscribers that ask for the same share it."""
    fps, width = max_fps or DEFAULT_FPS, width_for(max_width)
    pace = Pace(fps)

    def read(payload: bytes) -> PicturePush | None:
        picture = unpack(Picture, payload)
        if not pace.is_due(picture.captured_at_ns):
            return None
        return PicturePush(PictureMessage(name, picture.frame_no, picture.captured_at_ns, picture.width, picture.height, picture.jpeg))

    demand = PictureDemand(organisation, station, width, fps)
    key = f"live:{organisation}:{name}:{width}:{fps}"
    return Channel(name, key, keys.pictures(organisation, station, width), read, demand=demand)


class Demands:
    """Tells vision which pictures somebody looks at."""

    def __init__(self, demands: PictureDemands, topics: Topics) -> None:
        self._demands = demands
        self._topics = topics

    async def run(self) -> None:
        """Renews every RENEW_EVERY_S, and at once when a topic opens, until cancelled."""
        while True:
            self._topics.opened.clear()
            try:
                for demand in greatest(topic.channel.demand for topic in self._topics):
                    await self._demands.demand(demand.organisation, demand.station, demand.width, demand.fps, DEMAND_TTL_MS)
            except StoreError as error:
                log.warning("vision could not be told which pictures are looked at", reason=str(error))
            try:
                # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the event.
                async with asyncio.timeout(RENEW_EVERY_S):
                    await self._topics.opened.wait()
            except TimeoutError:
                continue


def greatest(demands: Iterable[PictureDemand | None]) -> list[PictureDemand]:
    """Of each picture the demand with the highest rate."""
    best: dict[tuple[str, str, int], PictureDemand] = {}
    for demand in demands:
        if demand is not None:
            key = (demand.organisation, demand.station, demand.width)
            best[key] = max(best.get(key, demand), demand, key=lambda d: d.fps)
    return list(best.values())
