"""Frames to hand around, and waiting for what other threads do."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from vision.frame import Frame


def frame(number: int, captured_at_ns: int = 0, jpeg: bytes | None = None) -> Frame:
    """A small frame; captured a millisecond after the one before unless said otherwise."""
    stamp = captured_at_ns or number * 1_000_000
    return Frame(number, stamp, stamp, np.full((24, 32, 3), number % 256, np.uint8), jpeg)


def until(happened: Callable[[], object], within_s: float = 30.0) -> None:
    """Waits for what another thread does; fails when it does not."""
    give_up_at = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.005)


def left_behind() -> tuple[int, int, int]:
    """Threads, descriptors and resident bytes of this process."""
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir())), resident
