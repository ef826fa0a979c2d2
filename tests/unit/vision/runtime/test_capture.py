"""A camera's thread: stamps once, says how the camera is, comes back when it does, ends when asked."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from tests.unit.vision.runtime.waiting import until
from vision.capture import Capture
from vision.frame import Frame, Reading
from vision.inbox import Newest
from vision.sources.base import SourceEnded, SourceLost

PICTURE = np.zeros((4, 4, 3), np.uint8)


class ScriptedCamera:
    """Fake hardware: each open plays the next script, an item a read; an exception is raised, None is silence."""

    def __init__(self, *scripts: list[Reading | Exception | None]) -> None:
        self.scripts = list(scripts)
        self.opened = 0
        self._items: Iterator[Reading | Exception | None] = iter(())

    def open(self) -> None:
        self.opened += 1
        if not self.scripts:
            raise SourceLost("gone")
        self._items = iter(self.scripts.pop(0))

    def read(self) -> Reading | None:
        time.sleep(0.002)
        item = next(self._items, None)
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        return


def run(camera: ScriptedCamera, retry_most_s: float = 0.05) -> tuple[Capture, list[str], list[Frame]]:
    states: list[str] = []
    frames: list[Frame] = []
    capture = Capture(camera, [frames.append], lambda state: states.append(state.state), retry_most_s)
    capture.start()
    return capture, states, frames


def test_frames_are_numbered_on_across_a_lost_camera() -> None:
    camera = ScriptedCamera([Reading(PICTURE), Reading(PICTURE), SourceLost("cut")], [Reading(PICTURE)])
    capture, states, frames = run(camera)
    until(lambda: len(frames) == 3)
    assert capture.stop(2.0)
    assert [frame.frame_no for frame in frames] == [1, 2, 3]
    assert states == ["connecting", "live", "lost", "live"]
    stamps = [frame.captured_at_ns for frame in frames]
    assert stamps == sorted(stamps)
    assert abs(time.time_ns() - stamps[0]) < 10_000_000_000


def test_a_source_that_plays_once_ends_its_thread() -> None:
    capture, states, _ = run(ScriptedCamera([Reading(PICTURE), SourceEnded()]))
    until(lambda: states == ["connecting", "live", "ended"])
    assert capture.stop(1.0)


def test_the_stations_own_stamps_are_kept() -> None:
    capture, _, frames = run(ScriptedCamera([Reading(PICTURE, 41, 42, 43, b"jpeg")]))
    until(lambda: frames)
    capture.stop(1.0)
    assert (frames[0].frame_no, frames[0].captured_at_ns, frames[0].seen_at_ns, frames[0].jpeg) == (41, 42, 43, b"jpeg")


def test_a_camera_that_is_away_is_asked_again_and_the_reason_is_said() -> None:
    camera = ScriptedCamera()
    capture, states, _ = run(camera)
    until(lambda: camera.opened >= 4)
    assert capture.stop(1.0)
    assert states == ["connecting", "lost"]
    assert capture.state.reason == "gone"


@pytest.mark.parametrize("seconds", [2.2])
def test_a_silent_source_is_not_live(seconds: float) -> None:
    capture, states, _ = run(ScriptedCamera([Reading(PICTURE)]))
    until(lambda: states[-1] == "lost", seconds + 2)
    assert "no frame" in capture.state.reason
    capture.stop(1.0)


def test_stopping_a_camera_leaves_no_thread() -> None:
    before = threading.active_count()
    capture, _, frames = run(ScriptedCamera([Reading(PICTURE)] * 1000))
    until(lambda: len(frames) > 3)
    assert capture.stop(1.0)
    assert threading.active_count() == before


def test_a_slow_reader_sees_the_newest_frame() -> None:
    inbox = Newest()
    capture = Capture(ScriptedCamera([Reading(PICTURE)] * 30), [inbox.put], lambda _: None)
    capture.start()
    until(lambda: inbox.dropped >= 29)
    newest = inbox.take(1.0)
    capture.stop(1.0)
    assert newest is not None
    assert newest.frame_no == 30
