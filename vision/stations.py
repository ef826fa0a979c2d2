"""Everything vision keeps for one station: its camera, pipeline, pictures and recording, and how they are."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import openvino as ov

from vision.capture import CameraState, Capture
from vision.engine import choose_precision
from vision.film import Limits
from vision.filmer import Filmer
from vision.frame import Frame
from vision.inbox import EveryFrame, Inbox, Newest
from vision.lookout import Lookout, Told
from vision.models import Models
from vision.pictures import Pictures, Shrunk
from vision.pipeline import Pipeline, Result
from vision.recorder import Recorder
from vision.recording import RecordingRefused
from vision.settings import VisionSettings
from vision.sources.base import Source
from vision.sources.choose import PUSH, choose_source
from vision.sources.pushed import PushedSource

# Frames that were pushed before the end of a recording may still be on their way through.
_PUSHED_WITHIN_S = 1.0
# A camera that is just being opened is waited for before a recording is refused.
_LIVE_WITHIN_S = 1.5


@dataclass(frozen=True, slots=True)
class Hearers:
    """Who is told what; all are called from other threads than the event loop's."""

    result: Callable[[Result], None]
    picture: Callable[[Shrunk], None]
    state: Callable[[CameraState], None]
    acknowledge: Callable[[int], None]
    stop: Callable[[Told], None]


class StationVision:
    """One camera and what is made of its pictures. Made and used in the event loop, works in threads of its own."""

    def __init__(self, camera: str, settings: VisionSettings, core: ov.Core, hearers: Hearers) -> None:
        self.camera = camera
        self._settings = settings
        self._hearers = hearers
        self.pushed = PushedSource(hearers.acknowledge) if camera == PUSH else None
        self._inbox: Inbox = EveryFrame() if self.pushed else Newest()
        self.pipeline = Pipeline(self._inbox, self._result)
        self.models = Models(self.pipeline, core, choose_precision(settings.inference_precision, core), settings.inference_threads)
        self.pictures = Pictures(hearers.picture)
        self.lookout = Lookout(hearers.stop)
        self.filmer = Filmer(Limits(round(settings.film_most_minutes * 60_000), settings.film_most_mb * 10**6))
        source: Source = self.pushed or choose_source(camera, settings)
        # A pushed frame is on disk before it is acknowledged; a camera's goes to the pipeline first.
        take = self._take_pushed if self.pushed else self._take
        self.capture = Capture(
            source, [take, self.pictures.offer, self.lookout.offer, self.filmer.offer], hearers.state, settings.camera_retry_most_s
        )
        before_start = self._ready_to_record if self.pushed is None else None
        self.recorder = Recorder(settings.recording_most_frames, before_start, self._pushed_through if self.pushed else None)
        self._loading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts the threads and the loading of models."""
        self.pipeline.start()
        self.pictures.start()
        self.lookout.start()
        self.filmer.start()
        self.capture.start()
        self._loading = asyncio.create_task(self.models.run())

    async def stop(self, timeout_s: float = 1.5) -> bool:
        """Ends everything; an open recording stays on disk. Whether all threads ended in time."""
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.wait([self._loading])
        self.recorder.close()
        stops = (self.capture.stop, self.pipeline.stop, self.pictures.stop, self.lookout.stop, self.filmer.stop)
        return all(await asyncio.gather(*(asyncio.to_thread(stop, timeout_s) for stop in stops)))

    def _result(self, result: Result) -> None:
        self._hearers.result(result)
        if self.pushed is not None:
            self.pushed.done(result.frame.frame_no, result.frame.captured_at_ns)

    def _take(self, frame: Frame) -> None:
        self._inbox.put(frame)
        self.recorder.add(frame)

    def _take_pushed(self, frame: Frame) -> None:
        self.recorder.add(frame)
        self._inbox.put(frame)

    def _ready_to_record(self) -> None:
        if not self.capture.wait_live(_LIVE_WITHIN_S):
            state = self.capture.state
            raise RecordingRefused("camera_not_live", f"The camera of this station is {state.state}: {state.reason or 'no picture yet'}.")

    def _pushed_through(self) -> None:
        if self.pushed is not None:
            self.pushed.wait_idle(_PUSHED_WITHIN_S)

    @property
    def dropped(self) -> int:
        """Frames that a newer one replaced before they were taken up."""
        return self._inbox.dropped

    def frame_age_ms(self) -> float | None:
        """Age of the newest frame; None before the first."""
        newest = self.capture.newest
        return None if newest is None else max(0.0, (time.time_ns() - newest.seen_at_ns) / 1e6)

    # --- health -------------------------------------------------------------------------------------------
    def describe(self) -> dict[str, object]:
        """How the station is, in numbers (ms, frames/s)."""
        engine, recording, age_ms = self.pipeline.running, self.recorder.recording, self.frame_age_ms()
        return {
            "source": self.capture.state.state,
            "reason": self.capture.state.reason,
            "frame_age_ms": None if age_ms is None else round(age_ms, 1),
            "frames_per_second": round(self.capture.frames_per_second, 2),
            "dropped": self.dropped,
            "failed": self.pipeline.failed,
            "model_version": engine.wanted.version if engine else None,
            "step_id": engine.wanted.step_id if engine else None,
            "model_error": self.models.error,
            "recording": self.recorder.recording_id or None,
            "recorded": recording.frames if recording else 0,
            "refused": recording.refused if recording else 0,
            "regions": len(self.lookout.regions),
            "looks_failed": self.lookout.failed,
            "filming": self.filmer.record_id or None,
            "film_dropped": self.filmer.dropped,
            "film_failed": self.filmer.failed,
            "latency_ms": self.pipeline.latencies(),
        }
