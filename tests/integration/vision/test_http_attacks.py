"""Whatever answers at an http address: the camera's thread says what is wrong, comes back, and leaves nothing behind."""

import os
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from bench.drawn import draw, jpeg
from tests.unit.vision.runtime.waiting import left_behind, until
from vision.capture import CameraState, Capture
from vision.frame import Frame, Image
from vision.settings import VisionSettings
from vision.sources.base import Source, SourceLost
from vision.sources.choose import choose_source

SMALL, LARGE = (jpeg(draw(1, 1, width=width)) for width in (160, 320))
MIXED = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n"
Write = Callable[[bytes], object]
Pause = Callable[[float], bool]
Answering = Callable[[Write, Pause], None]


def part(picture: bytes) -> bytes:
    return b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture + b"\r\n"


class Hostile(socketserver.ThreadingTCPServer):
    """Lets `answer(write, pause)` answer every viewer; `pause(seconds)` is true once the test is over."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        self.over = threading.Event()
        self.answer: Answering = lambda *_: None
        self.viewers = 0
        super().__init__(("127.0.0.1", 0), _Viewer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/video"


class _Viewer(socketserver.StreamRequestHandler):
    server: Hostile

    def handle(self) -> None:
        try:
            self.request.recv(4096)
            self.server.viewers += 1
            self.server.answer(self.wfile.write, self.server.over.wait)
        except OSError:
            return


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    server = Hostile()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join(5.0)
    server.server_close()


def settings(tmp_path: Path) -> VisionSettings:
    return VisionSettings(data_dir=tmp_path, camera_open_timeout_s=0.7, camera_read_timeout_s=0.7)


def watch(url: str, tmp_path: Path) -> tuple[Capture, list[CameraState], list[Frame]]:
    states: list[CameraState] = []
    frames: list[Frame] = []
    capture = Capture(choose_source(url, settings(tmp_path)), [frames.append], states.append, 0.2)
    capture.start()
    return capture, states, frames


def _say(first: bytes, again: bytes = b"", every_s: float = 0.1) -> Answering:
    """Sends `first`, then `again` again and again; without `again` the connection ends."""

    def answer(write: Write, pause: Pause) -> None:
        write(first)
        while again and not pause(every_s):
            write(again)

    return answer


def _head(text: str) -> Answering:
    return _say(text.replace("\n", "\r\n").encode())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_head("HTTP/1.0 404 Not Found\n\n"), "no such path (404)"),
        (_head("HTTP/1.0 401 Unauthorized\nWWW-Authenticate: Basic\n\n"), "user name and password (401)"),
        (_head("HTTP/1.0 500 Oh\n\n"), "an error (500)"),
        (_head("HTTP/1.0 302 Found\nLocation: http://169.254.169.254/latest\n\n"), "leads on to another one"),
        (_head("HTTP/1.0 200 OK\nContent-Type: text/html\n\n<html>"), "a web page"),
        (_head("HTTP/1.0 200 OK\nContent-Type: image/jpeg\n\n"), "single pictures"),
        (_head("SSH-2.0-OpenSSH_9.2\n\n"), "no camera"),
        (_head(""), "ends before the answer"),
        (_say(b"HTTP/1.0 200 OK\r\n", b"X-A: " + b"a" * 1000 + b"\r\n", 0.0), "has no end"),
        (_say(b"", b"X"), "does not answer within"),
        (_say(MIXED, b"x" * 65_536, 0.0), "not divided"),
        (_say(MIXED, part(SMALL)[:1]), "no whole picture"),
        (_say(MIXED + part(SMALL)[:900], b"\r"), "no whole picture"),
    ],
)
def test_what_sends_no_pictures_is_named(hostile: Hostile, answer: Answering, reason: str, tmp_path: Path) -> None:
    hostile.answer = answer
    capture, states, frames = watch(hostile.url, tmp_path)
    until(lambda: any(reason in state.reason for state in states), 15.0)
    until(lambda: hostile.viewers >= 2, 15.0)
    assert capture.stop(5.0)
    assert frames == []
    assert {state.state for state in states} == {"connecting", "lost"}


def test_broken_pictures_in_the_middle_are_left_out_and_the_stream_goes_on(hostile: Hostile, tmp_path: Path) -> None:
    def answer(write: Write, pause: Pause) -> None:
        write(MIXED)
        while not pause(0.01):
            for content in (SMALL, SMALL[:700], b"\xff\xd8" + os.urandom(3000), b"no picture", b""):
                write(part(content))
                pause(0.01)

    hostile.answer = answer
    capture, states, frames = watch(hostile.url, tmp_path)
    until(lambda: len(frames) >= 10)
    assert capture.stop(5.0)
    assert hostile.viewers == 1
    assert [state.state for state in states] == ["connecting", "live"]
    assert all((frame.image == frames[0].image).all() for frame in frames)


def test_a_camera_whose_resolution_changes_gives_each_picture_in_its_own(hostile: Hostile, tmp_path: Path) -> None:
    def answer(write: Write, pause: Pause) -> None:
        write(MIXED)
        number = 0
        while not pause(0.02):
            write(part((SMALL, LARGE)[number // 5 % 2]))
            number += 1

    hostile.answer = answer
    capture, _, frames = watch(hostile.url, tmp_path)
    until(lambda: len({frame.image.shape for frame in frames}) == 2)
    assert capture.stop(5.0)
    assert {frame.image.shape for frame in frames} == {(120, 160, 3), (240, 320, 3)}
    assert hostile.viewers == 1


def test_of_pictures_that_came_while_nobody_read_the_newest_is_taken(hostile: Hostile, tmp_path: Path) -> None:
    sent = threading.Event()
    pictures = [jpeg(np.full((120, 160, 3), 20 * number, np.uint8)) for number in range(10)]

    def answer(write: Write, pause: Pause) -> None:
        write(MIXED + b"".join(part(picture) for picture in pictures))
        sent.set()
        pause(20.0)

    hostile.answer = answer
    source = choose_source(hostile.url, settings(tmp_path))
    source.open()
    assert sent.wait(10.0)
    images, reason = _until_lost(source)
    source.close()
    assert "no whole picture" in reason
    seen = [round(float(image.mean()) / 20) for image in images]
    assert seen[-1] == 9
    assert len(seen) <= 2


def test_two_hundred_reconnects_leave_no_descriptor_thread_or_memory_behind(hostile: Hostile, tmp_path: Path) -> None:
    hostile.answer = _say(MIXED + part(LARGE))
    source = choose_source(hostile.url, settings(tmp_path))

    def connect(times: int) -> None:
        for _ in range(times):
            source.open()
            images, reason = _until_lost(source)
            assert (len(images), "ended the stream" in reason) == (1, True)
            source.close()

    connect(20)
    before = left_behind()
    connect(200)
    until(lambda: all(now <= then for now, then in zip(left_behind()[:2], before[:2], strict=True)))
    assert left_behind()[2] - before[2] < 16 * 2**20


def _until_lost(source: Source) -> tuple[list[Image], str]:
    """All pictures until the source is lost, and why it was."""
    seen = []
    while True:
        try:
            reading = source.read()
        except SourceLost as lost:
            return seen, str(lost)
        if reading is not None:
            seen.append(reading.image)
