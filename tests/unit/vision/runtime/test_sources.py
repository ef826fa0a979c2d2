"""Folders and videos as cameras, and what is no camera."""

import struct
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.drawn import draw
from tests.unit.vision.runtime.waiting import until
from vision.capture import CameraState, Capture
from vision.frame import Reading
from vision.settings import VisionSettings
from vision.sources.address import check_address
from vision.sources.base import Source, SourceEnded, SourceLost
from vision.sources.choose import choose_source
from vision.sources.pace import Pace


def settings(tmp_path: Path) -> VisionSettings:
    return VisionSettings(data_dir=tmp_path)


def read_one(source: Source) -> Reading:
    give_up_at = time.monotonic() + 5.0
    while time.monotonic() < give_up_at:
        reading = source.read()
        if reading is not None:
            return reading
    raise AssertionError("no picture in time")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pictures"
    made.mkdir()
    for number in range(3):
        cv2.imwrite(str(made / f"{number}.png"), np.full((24, 32, 3), 50 * number, np.uint8))
    return made


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "bench.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 50.0, (640, 480))
    for number in range(6):
        writer.write(draw(number % 2, number))
    writer.release()
    return path


def test_a_folder_is_played_in_order_and_begins_again(folder: Path, tmp_path: Path) -> None:
    (folder / "camera.json").write_text('{"fps": 200}')
    source = choose_source(str(folder), settings(tmp_path))
    source.open()
    assert [int(read_one(source).image[0, 0, 0]) for _ in range(5)] == [0, 50, 100, 0, 50]
    source.close()


def test_a_folder_may_play_once(folder: Path, tmp_path: Path) -> None:
    (folder / "camera.json").write_text('{"fps": 200, "loop": false}')
    source = choose_source(str(folder), settings(tmp_path))
    source.open()
    for _ in range(3):
        read_one(source)
    with pytest.raises(SourceEnded):
        read_one(source)


def test_a_picture_that_cannot_be_read_is_left_out(folder: Path, tmp_path: Path) -> None:
    (folder / "1.png").write_bytes(b"broken")
    (folder / "camera.json").write_text('{"fps": 200}')
    source = choose_source(str(folder), settings(tmp_path))
    source.open()
    assert [int(read_one(source).image[0, 0, 0]) for _ in range(3)] == [0, 100, 0]


def test_a_folder_that_is_emptied_says_so_and_goes_on_when_it_is_filled_again(folder: Path, tmp_path: Path) -> None:
    (folder / "camera.json").write_text('{"fps": 200}')
    states: list[CameraState] = []
    shown: list[int] = []
    capture = Capture(choose_source(str(folder), settings(tmp_path)), [lambda f: shown.append(int(f.image[0, 0, 0]))], states.append, 0.05)
    capture.start()
    until(lambda: 100 in shown)
    for path in folder.glob("*.png"):
        path.unlink()
    until(lambda: states[-1].state == "lost")
    assert "no images" in states[-1].reason
    cv2.imwrite(str(folder / "late.png"), np.full((24, 32, 3), 200, np.uint8))
    until(lambda: shown[-1] == 200)
    assert capture.stop(5.0)


def test_a_picture_taken_away_does_not_start_the_folder_anew(folder: Path, tmp_path: Path) -> None:
    (folder / "camera.json").write_text('{"fps": 200, "loop": false}')
    source = choose_source(str(folder), settings(tmp_path))
    source.open()
    assert read_one(source).image[0, 0, 0] == 0
    (folder / "1.png").unlink()
    assert read_one(source).image[0, 0, 0] == 100
    with pytest.raises(SourceEnded):
        read_one(source)


def test_a_picture_that_claims_to_be_gigapixels_is_left_out(folder: Path, tmp_path: Path) -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(head)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    (folder / "1.png").write_bytes(bomb)
    (folder / "camera.json").write_text('{"fps": 200}')
    source = choose_source(str(folder), settings(tmp_path))
    source.open()
    assert [int(read_one(source).image[0, 0, 0]) for _ in range(3)] == [0, 100, 0]


def test_a_video_is_played_at_its_own_rate_and_begins_again(video: Path, tmp_path: Path) -> None:
    source = choose_source(str(video), settings(tmp_path))
    source.open()
    read_one(source)
    began = time.monotonic()
    for _ in range(10):
        assert read_one(source).image.shape == (480, 640, 3)
    took = time.monotonic() - began
    source.close()
    assert took > 0.15


def test_a_video_begins_with_its_first_picture(tmp_path: Path) -> None:
    path = tmp_path / "coded.avi"
    # Most pictures are coded as what changed since the one before, so a lost first one would spoil the others too.
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 50.0, (640, 480))
    for number in range(12):
        writer.write(np.full((480, 640, 3), 20 * number, np.uint8))
    writer.release()
    source = choose_source(str(path), settings(tmp_path))
    source.open()
    seen = [float(read_one(source).image.mean()) for _ in range(12)]
    source.close()
    assert seen == pytest.approx([20 * number for number in range(12)], abs=4)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [("none", None, "no such"), ("empty.avi", b"nothing", "no video"), ("empty", "folder", "no images")],
)
def test_what_cannot_be_played_says_why(tmp_path: Path, name: str, content: bytes | str | None, reason: str) -> None:
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(SourceLost, match=reason):
        choose_source(str(path), settings(tmp_path)).open()


@pytest.mark.parametrize(
    "camera", ["file:///etc/passwd", "concat:a|b", "subfile,,start,0,end,0,,:/etc/passwd", "data:image/png,x", "pipe:0", "x"]
)
def test_no_other_scheme_reaches_the_library(camera: str, tmp_path: Path) -> None:
    source = choose_source(camera, settings(tmp_path))
    with pytest.raises(SourceLost):
        source.open()


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "rtsp://0.0.0.0/x", "http://[ff02::1]/", "rtsp://[::]:554/"])
def test_link_local_and_unspecified_addresses_are_no_cameras(url: str) -> None:
    with pytest.raises(SourceLost, match="does not live"):
        check_address(url)


def test_loopback_and_private_addresses_are_where_cameras_live() -> None:
    check_address("rtsp://127.0.0.1:8554/a")
    check_address("http://192.168.1.20/video")


def test_a_device_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceLost, match="plugged in"):
        choose_source("97", settings(tmp_path)).open()


@pytest.mark.parametrize(("place", "reason"), [("/dev/../etc/hostname", "no device"), ("/dev/null", "gives no pictures")])
def test_what_is_no_camera_among_the_devices_says_so(place: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(SourceLost, match=reason):
        choose_source(place, settings(tmp_path)).open()


def test_the_pace_does_not_hurry_after_a_pause() -> None:
    now = [0.0]
    pace = Pace(10.0, lambda: now[0], lambda seconds: now.__setitem__(0, now[0] + seconds))
    assert pace.is_due()
    now[0] += 5.0
    due = [pace.is_due() for _ in range(3)]
    assert due[0]
    began = now[0]
    while not pace.is_due():
        assert now[0] - began < 1.0
    assert now[0] > 5.0
