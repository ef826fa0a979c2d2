"""Measures, for the stations that this hub coaches, how old pictures are and where the time goes from capture to here."""

import asyncio
import time
from functools import partial

import structlog

from hub.live.bus import Bus
from hub.metrics import Metrics
from hub.services.coaching import CoachingService
from hub.services.stations import StationsService
from storage import keys
from storage.errors import StoreError
from storage.messages import Prediction
from storage.packing import unpack

EVERY_S = 1.0

Place = tuple[str, str]

log = structlog.get_logger(__name__)


class StageWatch:
    """Listens beside the owners of stations; a station is measured by the one hub that coaches it."""

    def __init__(self, bus: Bus, coaching: CoachingService, stations: StationsService, metrics: Metrics) -> None:
        self._bus = bus
        self._coaching = coaching
        self._stations = stations
        self._metrics = metrics
        self._hearers: dict[Place, partial[None]] = {}
        self._newest_ns: dict[Place, int] = {}

    async def run(self) -> None:
        """Follows what is coached here until cancelled."""
        try:
            while True:
                try:
                    await self._follow()
                    await self._measure_sources()
                except StoreError as error:
                    log.warning("stations are not measured", reason=str(error))
                await asyncio.sleep(EVERY_S)
        finally:
            for place in list(self._hearers):
                await self._leave(place)

    async def _follow(self) -> None:
        owners = self._coaching.owners
        coached = set(owners.stations) if owners is not None else set()
        for place in coached - set(self._hearers):
            hearer = partial(self._hear, place)
            await self._bus.listen(keys.predictions(*place), hearer)
            self._hearers[place] = hearer
        for place in set(self._hearers) - coached:
            await self._leave(place)
        for place, captured_at_ns in self._newest_ns.items():
            self._metrics.frame_age(*place, max(0, time.time_ns() - captured_at_ns) / 1e6)

    async def _leave(self, place: Place) -> None:
        await self._bus.leave(keys.predictions(*place), self._hearers.pop(place))
        self._newest_ns.pop(place, None)
        self._metrics.forget_station(*place)

    async def _measure_sources(self) -> None:
        for place in self._hearers:
            source = await self._stations.source(*place)
            if source is not None:
                self._metrics.source(*place, source.frames_per_second, source.dropped)

    def _hear(self, place: Place, payload: bytes) -> None:
        prediction = unpack(Prediction, payload)
        now_ns = time.time_ns()
        self._newest_ns[place] = prediction.captured_at_ns
        self._metrics.stage("capture", prediction.capture_ms)
        self._metrics.stage("infer", prediction.infer_ms)
        # The clocks of two processes of one machine are one; on two machines a small difference must not count as a negative time.
        self._metrics.stage("bus", max(0, now_ns - prediction.published_at_ns) / 1e6)
        self._metrics.stage("total", max(0, now_ns - prediction.captured_at_ns) / 1e6)
