"""The one recording that a station may have open."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from vision.frame import Frame
from vision.recording import FrameRecording, Recorded, RecordingRefused, finish_folder


class Recorder:
    """Starts, ends and drops recordings one after the other; frames come from the capture thread.

    `before_start` may wait for the camera and refuse; `before_end` waits for frames that are still on their way. Both run in a thread.
    """

    def __init__(self, most_frames: int, before_start: Callable[[], None] | None, before_end: Callable[[], None] | None) -> None:
        self._most_frames = most_frames
        self._before_start = before_start
        self._before_end = before_end
        self._turn = asyncio.Lock()
        self._lock = threading.Lock()
        self.recording: FrameRecording | None = None
        self.recording_id = ""

    def add(self, frame: Frame) -> None:
        """Keeps a frame if a recording is open."""
        with self._lock:
            recording = self.recording
        if recording is not None:
            recording.add(frame)

    async def start(self, recording_id: str, folder: Path, since_ns: int) -> None:
        """Begins a recording of what is seen from `since_ns` on; the same again has no effect. Raises RecordingRefused."""
        async with self._turn:
            if self.recording_id == recording_id:
                return
            if self.recording is not None:
                raise RecordingRefused("recording_open", f"This station is recording {self.recording_id}: end or revert that first.")
            if self._before_start is not None:
                await asyncio.to_thread(self._before_start)
            await self._open(recording_id, folder, since_ns)

    async def go_on(self, recording_id: str, folder: Path) -> None:
        """Goes on with what was open when the process died. Raises RecordingRefused."""
        async with self._turn:
            if self.recording is None and await asyncio.to_thread(folder.is_dir):
                await self._open(recording_id, folder, 0)

    async def _open(self, recording_id: str, folder: Path, since_ns: int) -> None:
        recording = await asyncio.to_thread(FrameRecording, folder, self._most_frames, since_ns)
        with self._lock:
            self.recording, self.recording_id = recording, recording_id

    async def end(self, recording_id: str, folder: Path) -> Recorded:
        """Ends a recording and numbers its frames; the same again answers the same. Raises RecordingRefused."""
        async with self._turn:
            if self.recording is None or self.recording_id != recording_id:
                return await asyncio.to_thread(finish_folder, folder)
            if self._before_end is not None:
                await asyncio.to_thread(self._before_end)
            return await asyncio.to_thread(self._let_go().finish)

    async def drop(self, recording_id: str) -> None:
        """Forgets a recording and its frames; nothing happens when it is not open."""
        async with self._turn:
            if self.recording is not None and self.recording_id == recording_id:
                await asyncio.to_thread(self._let_go().drop)

    def _let_go(self) -> FrameRecording:
        with self._lock:
            recording, self.recording, self.recording_id = self.recording, None, ""
        assert recording is not None
        return recording

    def close(self) -> None:
        """Takes no frame any more; what is on disk stays for the next process."""
        with self._lock:
            if self.recording is not None:
                self.recording.close()
