"""Where frames wait for the pipeline: a camera's newest, or every pushed one."""

import threading
from collections import deque
from typing import Protocol

from vision.frame import Frame


class Inbox(Protocol):
    """Between the capture thread and the pipeline's."""

    dropped: int

    def put(self, frame: Frame) -> None:
        """Hands a frame over."""

    def take(self, timeout_s: float) -> Frame | None:
        """The next frame, or None when none came in time."""

    def close(self) -> None:
        """Lets whoever waits go on; nothing is taken in any more."""


class Newest:
    """Holds one frame; a newer one takes its place and the older one counts as dropped."""

    def __init__(self) -> None:
        self.dropped = 0
        self._frame: Frame | None = None
        self._changed = threading.Condition()
        self._closed = False

    def put(self, frame: Frame) -> None:
        with self._changed:
            self.dropped += self._frame is not None
            self._frame = frame
            self._changed.notify()

    def take(self, timeout_s: float) -> Frame | None:
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._closed, timeout_s)
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class EveryFrame:
    """Holds up to `most` frames in order; whoever brings more waits."""

    def __init__(self, most: int = 8) -> None:
        self.dropped = 0
        self._most = most
        self._frames: deque[Frame] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, frame: Frame) -> None:
        with self._changed:
            # Ends with the pipeline, which takes or closes; there is no third way out of here.
            self._changed.wait_for(lambda: len(self._frames) < self._most or self._closed)
            if not self._closed:
                self._frames.append(frame)
                self._changed.notify_all()

    def take(self, timeout_s: float) -> Frame | None:
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._closed, timeout_s)
            if not self._frames:
                return None
            frame = self._frames.popleft()
            self._changed.notify_all()
            return frame

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
