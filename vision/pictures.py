"""JPEGs for screens: only the widths in demand, never more often than the keenest subscriber asked."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2

from vision.frame import Frame, Image
from vision.inbox import Newest

log = logging.getLogger(__name__)

WIDTHS = (480, 960)
_QUALITY = 80
_SLICE_S = 0.2
# A frame that is due within this share of a period is sent now rather than a whole frame later.
_EARLY = 0.2


@dataclass(frozen=True, slots=True)
class Shrunk:
    """One JPEG of a frame; `asked` is the width in demand, `width` the picture's own (a smaller picture is not blown up)."""

    frame: Frame
    asked: int
    width: int
    height: int
    jpeg: bytes


def encode(image: Image, quality: int) -> bytes:
    """The picture as JPEG, quality 0..100. Raises cv2.error."""
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return jpeg.tobytes()


def shrink(frame: Frame, width: int) -> Shrunk:
    """A frame as a JPEG of at most `width`."""
    image = frame.image
    if image.shape[1] > width:
        height = max(1, round(image.shape[0] * width / image.shape[1]))
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]  # cv2 says less than it keeps
    return Shrunk(frame, width, image.shape[1], image.shape[0], encode(image, _QUALITY))


class Pictures:
    """Encodes in a thread of its own, so that no prediction waits for a screen."""

    def __init__(self, on_picture: Callable[[Shrunk], None]) -> None:
        self._on_picture = on_picture
        self._inbox = Newest()
        self._demand: dict[int, float] = {}
        self._next_at: dict[int, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)

    def start(self) -> None:
        """Begins to encode."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Whether the thread ended in time."""
        self._stopping.set()
        self._inbox.close()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def demand(self, wanted: dict[int, float]) -> None:
        """Width → greatest frames/s asked for; widths that are not named are not encoded."""
        self._demand = wanted

    def offer(self, frame: Frame) -> None:
        """Takes a frame if any screen wants it now; never waits."""
        if self._due():
            self._inbox.put(frame)

    def _due(self) -> list[int]:
        now = time.monotonic()
        return [width for width, fps in self._demand.items() if now >= self._next_at.get(width, 0.0) - _EARLY / fps]

    def _run(self) -> None:
        while not self._stopping.is_set():
            frame = self._inbox.take(_SLICE_S)
            if frame is None:
                continue
            for width in self._due():
                period_s = 1.0 / self._demand.get(width, 1.0)
                now = time.monotonic()
                # Counted from when it was due, so that the rate holds; a pause is not made up for.
                self._next_at[width] = max(self._next_at.get(width, 0.0) + period_s, now + period_s * (1 - _EARLY))
                try:
                    self._on_picture(shrink(frame, width))
                except cv2.error:
                    log.exception("a picture could not be encoded")
