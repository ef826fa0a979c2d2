"""An MJPEG camera on the network that is cut off and comes back."""

import functools
import http.server
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from bench.drawn import draw, jpeg
from tests.unit.vision.runtime.waiting import until
from vision.capture import Capture
from vision.frame import Frame
from vision.settings import VisionSettings
from vision.sources.choose import choose_source

PICTURES = [jpeg(draw(number % 2, number, width=320)) for number in range(2)]


class Camera(socketserver.ThreadingTCPServer):
    """Serves multipart MJPEG; `silent` accepts and says nothing."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        self.stopping = threading.Event()
        self.silent = False
        super().__init__(("127.0.0.1", port), Stream)
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/video.mjpg"

    def cut(self) -> int:
        self.stopping.set()
        self.shutdown()
        self.thread.join(5.0)
        self.server_close()
        return int(self.server_address[1])


class Stream(socketserver.StreamRequestHandler):
    server: Camera

    def handle(self) -> None:
        self.request.recv(4096)
        if self.server.silent:
            self.server.stopping.wait(10.0)
            return
        try:
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n")
            number = 0
            while not self.server.stopping.is_set():
                picture = PICTURES[number % 2]
                self.wfile.write(b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture + b"\r\n")
                number += 1
                time.sleep(0.02)
        except OSError:
            return
        finally:
            self.request.shutdown(socket.SHUT_RDWR) if self.server.stopping.is_set() else None


@pytest.fixture
def camera() -> Iterator[Camera]:
    made = Camera()
    yield made
    if not made.stopping.is_set():
        made.cut()


def watch(url: str, tmp_path: Path) -> tuple[Capture, list[str], list[Frame]]:
    settings = VisionSettings(data_dir=tmp_path, camera_open_timeout_s=1.0, camera_read_timeout_s=1.0)
    states: list[str] = []
    frames: list[Frame] = []
    capture = Capture(choose_source(url, settings), [frames.append], lambda state: states.append(state.state), 0.3)
    capture.start()
    return capture, states, frames


def test_a_camera_that_is_cut_off_is_lost_and_comes_back(camera: Camera, tmp_path: Path) -> None:
    capture, states, frames = watch(camera.url, tmp_path)
    until(lambda: len(frames) > 5, 10.0)
    assert frames[0].image.shape == (240, 320, 3)
    port = camera.cut()
    until(lambda: states[-1] == "lost", 5.0)
    seen = len(frames)
    again = Camera(port)
    try:
        until(lambda: len(frames) > seen + 5, 10.0)
    finally:
        again.cut()
    assert states[:4] == ["connecting", "live", "lost", "live"]
    assert [frame.frame_no for frame in frames] == list(range(1, len(frames) + 1))
    assert capture.stop(3.0)


def test_a_camera_that_accepts_and_says_nothing_does_not_hang(camera: Camera, tmp_path: Path) -> None:
    camera.silent = True
    capture, states, _ = watch(camera.url, tmp_path)
    until(lambda: states[-1] == "lost", 5.0)
    began = time.monotonic()
    assert capture.stop(3.0)
    assert time.monotonic() - began < 2.5


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and says nothing about it."""

    def log_message(self, format: str, *args: object) -> None:  # the name is the library's
        return


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """Address of a web server that serves the test's folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join(5.0)
    server.server_close()


def test_a_playlist_may_name_what_its_server_has_but_no_file_of_this_machine(web: str, tmp_path: Path) -> None:
    segment = tmp_path / "segment.ts"
    writer = cv2.VideoWriter(str(segment), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"MPG2"), 25.0, (320, 240))
    for number in range(50):
        writer.write(draw(number % 2, number, width=320))
    writer.release()
    for name, entry in (("own", "segment.ts"), ("stolen", f"file://{segment}")):
        (tmp_path / f"{name}.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{entry}\n#EXT-X-ENDLIST\n")
    own, _, shown = watch(f"{web}/own.m3u8", tmp_path)
    stolen, states, frames = watch(f"{web}/stolen.m3u8", tmp_path)
    until(lambda: shown and states[-1] == "lost", 10.0)
    assert own.stop(3.0)
    assert stolen.stop(3.0)
    assert frames == []
