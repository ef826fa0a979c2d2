"""Frames up: as many as the hub has granted; without credit the oldest waiting frame is dropped."""

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass

from clients.station.link import CodecName, Connection, stay_connected

# Waiting frames: more would only be older pictures of the same thing.
WAITING_FRAMES = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """One JPEG with its number and its time of capture (UTC, ns)."""

    frame_no: int
    captured_at_ns: int
    jpeg: bytes


@dataclass(slots=True)
class FrameCounts:
    """What became of the frames so far."""

    pushed: int = 0
    sent: int = 0
    dropped: int = 0


class FramePusher:
    """Sends a station's camera to the hub."""

    def __init__(self, url: str, token: str, codec: CodecName = "msgpack", waiting: int = WAITING_FRAMES) -> None:
        self._url = url
        self._token = token
        self._codec = codec
        self._frames: deque[Frame] = deque()
        self._waiting = waiting
        self._credit = 0
        self._changed = asyncio.Event()
        # Numbers grow over restarts of this program too: milliseconds of the clock run faster than any camera.
        self._next_no = time.time_ns() // 1_000_000
        self.counts = FrameCounts()

    def push(self, jpeg: bytes, captured_at_ns: int | None = None) -> int:
        """Hands a frame over and returns its number; `captured_at_ns` is now when not given."""
        frame = Frame(self._next_no, captured_at_ns or time.time_ns(), jpeg)
        self._next_no += 1
        self.counts.pushed += 1
        if len(self._frames) >= self._waiting:
            self._frames.popleft()
            self.counts.dropped += 1
        self._frames.append(frame)
        self._changed.set()
        return frame.frame_no

    async def run(self) -> None:
        """Keeps pushing until cancelled. Raises ConnectionClosed when the hub says not to come back."""
        await stay_connected(self._url, self._token, self._codec, self._talk)

    async def _talk(self, connection: Connection) -> None:
        self._credit = 0
        writer = asyncio.create_task(self._write(connection))
        try:
            async for message in connection.messages():
                granted = message.get("credit")
                if isinstance(granted, int):
                    self._credit += granted
                    self._changed.set()
        finally:
            writer.cancel()
            # Why it ended, if not by us, is what ended the reading too.
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await writer

    async def _write(self, connection: Connection) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._credit > 0 and self._frames:
                frame = self._frames.popleft()
                self._credit -= 1
                fields = {"frame_no": frame.frame_no, "captured_at_ns": frame.captured_at_ns, "jpeg": frame.jpeg}
                await connection.send(fields, binary=True)
                self.counts.sent += 1
