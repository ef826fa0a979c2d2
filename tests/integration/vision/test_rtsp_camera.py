"""A camera that speaks RTSP goes away, comes back, and is named for what it refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.vision.rtsp import HEIGHT, WIDTH, RtspCamera, likeness
from tests.unit.vision.runtime.waiting import left_behind, until
from vision.capture import CameraState, Capture
from vision.frame import Frame
from vision.settings import VisionSettings
from vision.sources.choose import choose_source


@pytest.fixture
def camera() -> Iterator[RtspCamera]:
    made = RtspCamera()
    yield made
    if not made.stopping.is_set():
        made.cut()


def watch(url: str, tmp_path: Path) -> tuple[Capture, list[CameraState], list[Frame]]:
    settings = VisionSettings(data_dir=tmp_path, camera_open_timeout_s=3.0, camera_read_timeout_s=2.0)
    states: list[CameraState] = []
    frames: list[Frame] = []
    capture = Capture(choose_source(url, settings), [frames.append], states.append, 0.3)
    capture.start()
    return capture, states, frames


def test_its_pictures_come_and_come_again_after_it_was_away(camera: RtspCamera, tmp_path: Path) -> None:
    capture, states, frames = watch(camera.url, tmp_path)
    until(lambda: len(frames) > 5)
    assert frames[-1].image.shape == (HEIGHT, WIDTH, 3)
    assert likeness(frames[-1].image) < 12
    port = camera.cut()
    until(lambda: states[-1].state == "lost")
    until(lambda: "lets nobody in" in capture.state.reason)
    seen = len(frames)
    again = RtspCamera(port)
    try:
        until(lambda: len(frames) > seen + 5)
        assert capture.state.state == "live"
    finally:
        again.cut()
        assert capture.stop(10.0)
    assert [frame.frame_no for frame in frames] == list(range(1, len(frames) + 1))


def test_a_path_that_it_does_not_know_is_named(camera: RtspCamera, tmp_path: Path) -> None:
    capture, states, frames = watch(camera.url.replace("bench", "nothing"), tmp_path)
    until(lambda: states[-1].state == "lost")
    assert "no such path (404)" in states[-1].reason
    assert capture.stop(10.0)
    assert frames == []


def test_reconnects_leave_no_descriptor_thread_or_memory_behind(camera: RtspCamera, tmp_path: Path) -> None:
    source = choose_source(camera.url, VisionSettings(data_dir=tmp_path))

    def connect(times: int) -> None:
        for _ in range(times):
            source.open()
            until(lambda: source.read() is not None)
            source.close()

    connect(3)
    before = left_behind()
    connect(15)
    until(lambda: all(now <= then for now, then in zip(left_behind()[:2], before[:2], strict=True)))
    assert left_behind()[2] - before[2] < 16 * 2**20
