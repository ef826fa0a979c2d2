"""Frames that a station pushes over its socket: every one, in order, once."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

import cv2
import numpy as np

from vision.frame import Reading

# The hub keeps eight unacknowledged frames a station; twice that is never reached by a hub that counts.
_MOST_WAITING = 16
# Long enough to know a repetition, which comes within seconds.
_DONE_KEPT = 512
# The clocks' difference is taken from the quickest of so many frames.
_OFFSETS_KEPT = 64
_SLICE_S = 0.1

Stamp = tuple[int, int]
"""frame_no and captured_at_ns: a station that starts again counts from 1 again."""


class PushedSource:
    """Fed by `offer` from any thread, read by the capture thread. `acknowledge` hears the number of a frame that needs no repetition."""

    def __init__(self, acknowledge: Callable[[int], None]) -> None:
        self._acknowledge = acknowledge
        self._changed = threading.Condition()
        self._waiting: list[tuple[Stamp, int, bytes]] = []
        self._under_way: set[Stamp] = set()
        self._done: OrderedDict[Stamp, None] = OrderedDict()
        self._offsets_ns: deque[int] = deque(maxlen=_OFFSETS_KEPT)

    def offer(self, frame_no: int, captured_at_ns: int, jpeg: bytes) -> None:
        """Takes a frame up; a repetition of one that is done is acknowledged again, of one under way ignored.

        Nothing is kept beyond the hub's window: the hub repeats what is not acknowledged.
        """
        stamp = (frame_no, captured_at_ns)
        now_ns = time.time_ns()
        with self._changed:
            known = stamp in self._done
            if not known and stamp not in self._under_way and len(self._waiting) < _MOST_WAITING:
                self._offsets_ns.append(now_ns - captured_at_ns)
                self._under_way.add(stamp)
                self._waiting.append((stamp, captured_at_ns + min(self._offsets_ns), jpeg))
                self._waiting.sort(key=lambda waiting: waiting[0][1])
                self._changed.notify_all()
        if known:
            self._acknowledge(frame_no)

    def done(self, frame_no: int, captured_at_ns: int) -> None:
        """The frame went all the way."""
        with self._changed:
            self._under_way.discard((frame_no, captured_at_ns))
            self._done[frame_no, captured_at_ns] = None
            while len(self._done) > _DONE_KEPT:
                self._done.popitem(last=False)
            self._changed.notify_all()
        self._acknowledge(frame_no)

    def wait_idle(self, timeout_s: float) -> bool:
        """Waits until every frame that was offered is done."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._under_way, timeout_s)

    def open(self) -> None:
        return

    def read(self) -> Reading | None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting, _SLICE_S):
                return None
            (frame_no, captured_at_ns), seen_at_ns, jpeg = self._waiting.pop(0)
        image = decode(jpeg)
        if image is None:
            # A repetition would be as unreadable.
            self.done(frame_no, captured_at_ns)
            return None
        return Reading(image, frame_no, captured_at_ns, seen_at_ns, jpeg)

    def close(self) -> None:
        return


def decode(jpeg: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None":
    """The picture of a JPEG, or None."""
    if not jpeg.startswith(b"\xff\xd8"):
        return None
    try:
        image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if image is None else np.asarray(image, np.uint8)
