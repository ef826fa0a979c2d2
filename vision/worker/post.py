"""One station between its threads and the store: everything it says goes out here, in order, and never faster than the store takes it."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgpack
import openvino as ov

from storage import keys
from storage.connection import Store
from storage.entities.station import Station
from storage.errors import StoreUnavailable
from storage.messages import Picture, Prediction, SourceState
from storage.packing import pack
from vision.capture import CameraState
from vision.lookout import Told
from vision.pictures import Shrunk
from vision.pipeline import Result, Seen
from vision.settings import VisionSettings
from vision.stations import Hearers, StationVision

log = logging.getLogger(__name__)

# A quarter of a second at 30 frames/s: what the store could not take by then is of no use to anybody.
_PREDICTIONS_KEPT = 8
# The hub keeps eight frames; a second round of repetitions may come before the first is acknowledged.
_ACKNOWLEDGEMENTS_KEPT = 64
_STATE_TTL_S = 7


def to_prediction(station: str, seen: Seen) -> Prediction:
    """A frame's result in the words of the bus; the moment of publishing is filled in when it goes out."""
    return Prediction(
        station=station,
        frame_no=seen.frame.frame_no,
        captured_at_ns=seen.frame.captured_at_ns,
        assembly_id=seen.wanted.assembly_id,
        step_id=seen.wanted.step_id,
        model_version=seen.wanted.version,
        label=seen.decision.label,
        confidence=seen.decision.confidence,
        confidences=seen.decision.confidences,
        novelty=seen.decision.novelty,
        capture_ms=seen.capture_ms,
        infer_ms=seen.infer_ms,
        camera_moved=seen.camera_moved,
        roi=seen.roi,
    )


class Post:
    """A station of one organisation: its vision, and the task that publishes what it sees."""

    def __init__(
        self, store: Store, station: Station, settings: VisionSettings, core: ov.Core, on_stop: Callable[[str, Told], None]
    ) -> None:
        """`on_stop` hears, in the event loop, what a watched region of the organisation says."""
        self.organisation, self.station_id, self.camera = station.organisation, station.id, station.camera
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._predictions: deque[Prediction] = deque(maxlen=_PREDICTIONS_KEPT)
        self._acknowledged: deque[int] = deque(maxlen=_ACKNOWLEDGEMENTS_KEPT)
        self._pictures: dict[int, Shrunk] = {}
        self._state: CameraState | None = None
        self._something = asyncio.Event()
        self._newest_ns = 0
        self.unpublished = 0
        hearers = Hearers(
            result=self._from_thread(self._seen),
            picture=self._from_thread(self._shrunk),
            state=self._from_thread(self._changed),
            acknowledge=self._from_thread(self._through),
            stop=self._from_thread(lambda told: on_stop(station.organisation, told)),
        )
        self.vision = StationVision(station.camera, settings, core, hearers)
        self._publishing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Opens the camera and begins to publish."""
        self.vision.start()
        self._publishing = asyncio.create_task(self._publish())

    async def stop(self) -> bool:
        """Whether all threads ended in time."""
        ended = await self.vision.stop()
        if self._publishing is not None:
            self._publishing.cancel()
            await asyncio.wait([self._publishing])
        return ended

    # --- from the threads -----------------------------------------------------------------------------------
    def _from_thread(self, hear: Callable[[Any], None]) -> Callable[[Any], None]:
        def tell(said: Any) -> None:
            try:
                self._loop.call_soon_threadsafe(hear, said)
            except RuntimeError:
                # The loop is closed: the process ends, and a thread that hung in a camera has just come back.
                return

        return tell

    def _seen(self, result: Result) -> None:
        seen = result.seen
        # A pushed frame that had to be repeated may come after younger ones; nobody is told the older news.
        if seen is not None and seen.frame.captured_at_ns > self._newest_ns:
            self._newest_ns = seen.frame.captured_at_ns
            self.unpublished += len(self._predictions) == _PREDICTIONS_KEPT
            self._predictions.append(to_prediction(self.station_id, seen))
            self._something.set()

    def _shrunk(self, picture: Shrunk) -> None:
        self._pictures[picture.asked] = picture
        self._something.set()

    def _changed(self, state: CameraState) -> None:
        log.info("camera of %s: %s %s", self.station_id, state.state, state.reason)
        self._state = state
        self._something.set()

    def _through(self, frame_no: int) -> None:
        self._acknowledged.append(frame_no)
        self._something.set()

    # --- to the store -----------------------------------------------------------------------------------------
    async def _publish(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            try:
                await self._publish_all()
            except StoreUnavailable:
                # Latest-only: the next ones are worth more. Acknowledgements are asked for again by the hub.
                self.unpublished += 1

    async def _publish_all(self) -> None:
        publish = self._store.channels.publish
        while self._predictions:
            prediction = replace(self._predictions.popleft(), published_at_ns=time.time_ns())
            await publish(keys.predictions(self.organisation, self.station_id), pack(prediction))
        if self._acknowledged:
            numbers = list(self._acknowledged)
            self._acknowledged.clear()
            await publish(keys.pushed_done(self.organisation, self.station_id), msgpack.packb(numbers))
        if self._state is not None:
            self._state = None
            await self.announce_state()
        while self._pictures:
            _, shrunk = self._pictures.popitem()
            await publish(keys.pictures(self.organisation, self.station_id, shrunk.asked), pack(self._picture(shrunk)))

    def _picture(self, shrunk: Shrunk) -> Picture:
        frame = shrunk.frame
        return Picture(self.station_id, frame.frame_no, frame.captured_at_ns, shrunk.width, shrunk.height, shrunk.jpeg)

    async def announce_state(self) -> None:
        """Says how the camera is, to whoever listens now and to whoever asks in the next seconds. Raises StoreUnavailable."""
        capture = self.vision.capture
        age_ms = self.vision.frame_age_ms()
        state = capture.state
        dropped = self.vision.dropped
        said = pack(SourceState(self.station_id, state.state, state.since_ms, state.reason, capture.frames_per_second, age_ms, dropped))
        key = keys.source_state(self.organisation, self.station_id)
        await self._store.redis.set(key, said, ex=_STATE_TTL_S)
        await self._store.channels.publish(key, said)

    async def forget_state(self) -> None:
        """Nothing is said of a camera that nobody reads any more. Raises StoreUnavailable."""
        await self._store.redis.delete(keys.source_state(self.organisation, self.station_id))

    def describe(self) -> dict[str, object]:
        """How the station is, for health and metrics."""
        return {
            "organisation": self.organisation,
            "station": self.station_id,
            "unpublished": self.unpublished,
            **self.vision.describe(),
        }
