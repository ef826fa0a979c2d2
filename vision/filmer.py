"""Films what one camera sees of a unit: a few pictures a second, in a thread of its own that goes behind all others."""

import logging
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import cv2

from vision.film import PERIOD_MS, FilmPart, Limits
from vision.frame import Frame
from vision.inbox import Newest

log = logging.getLogger(__name__)

# Coaching goes first on a shared core.
_NICE = 10
_SLICE_S = 0.2
# A frame that is due within this share of a period is taken now rather than a whole frame later.
_EARLY_NS = round(0.2 * PERIOD_MS * 1_000_000)
_PERIOD_NS = PERIOD_MS * 1_000_000


@dataclass(frozen=True, slots=True)
class Shooting:
    """The unit that is filmed, and the folder that its film lies in."""

    record_id: str
    folder: Path


class Filmer:
    """One film after the other. Where the thread is behind, the newest frame is filmed and those before it are dropped."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._inbox = Newest()
        self._lock = threading.Lock()
        self._shooting: Shooting | None = None
        self._part: FilmPart | None = None
        self._part_of: Shooting | None = None
        self._full: Shooting | None = None
        """A film that takes no more: it is as long as it may be, or the disk is full."""
        self._next_ns = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="filmer", daemon=True)
        self.failed = 0
        """Pictures that could not be filmed."""
        self.trouble = ""

    def start(self) -> None:
        """Begins to wait for something to film."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Ends; what was filmed stays on disk. Whether the thread ended in time."""
        self._stopping.set()
        self._inbox.close()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if self._lock.acquire(timeout=timeout_s):
            try:
                self._let_go()
            finally:
                self._lock.release()
        return not self._thread.is_alive()

    def follow(self, shooting: Shooting | None) -> None:
        """What is filmed from the next frame on; None = nothing, as in a pause. Never waits."""
        self._shooting = shooting

    def let_go(self, record_id: str) -> None:
        """Waits until nothing more is written of a unit that is not followed any more. For a thread: a picture may be under way."""
        with self._lock:
            if self._part_of is not None and self._part_of.record_id == record_id:
                self._let_go()

    @property
    def record_id(self) -> str:
        """The unit that is filmed; empty = none."""
        shooting = self._shooting
        return "" if shooting is None or shooting == self._full else shooting.record_id

    @property
    def dropped(self) -> int:
        """Frames that a newer one replaced before they were filmed."""
        return self._inbox.dropped

    def offer(self, frame: Frame) -> None:
        """Takes a frame if one is due; never waits."""
        if self._shooting is None:
            return
        if frame.seen_at_ns < self._next_ns - 2 * _PERIOD_NS:
            # The clock was set back.
            self._next_ns = 0
        if frame.seen_at_ns >= self._next_ns - _EARLY_NS:
            # Counted from when it was due, so that the rate holds; a pause is not made up for.
            self._next_ns = max(self._next_ns + _PERIOD_NS, frame.seen_at_ns + _PERIOD_NS - _EARLY_NS)
            self._inbox.put(frame)

    def _run(self) -> None:
        # Linux has a niceness for each thread.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while not self._stopping.is_set():
            frame = self._inbox.take(_SLICE_S)
            if frame is not None:
                with self._lock:
                    self._film(frame)

    def _film(self, frame: Frame) -> None:
        shooting = self._shooting
        if shooting is None or shooting == self._full:
            return
        try:
            if self._part is None or self._part_of != shooting:
                self._let_go()
                self._part, self._part_of = FilmPart(shooting.folder, frame.image, self._limits), shooting
            # By the clock of this machine, as the steps of the unit are.
            if not self._part.add(frame.image, frame.seen_at_ns // 1_000_000):
                self._full = shooting
                log.warning("the film of %s is as long as it may be", shooting.record_id)
            self.trouble = ""
        except OSError as error:
            self._full, self.trouble = shooting, f"the film of {shooting.record_id} cannot be written: {error.strerror or error}"
            log.warning("%s", self.trouble)
        except (cv2.error, ValueError):  # the next picture may be better
            self.failed += 1
            if self.failed & (self.failed - 1) == 0:
                log.exception("a picture could not be filmed (%d so far)", self.failed)

    def _let_go(self) -> None:
        part, self._part, self._part_of = self._part, None, None
        if part is not None:
            part.close()
