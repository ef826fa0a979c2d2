"""A small RTSP server for tests: motion JPEG (RFC 2435) interleaved in the connection (RFC 2326 §10.12), on real sockets."""

import socketserver
import struct
import threading
import time
from pathlib import Path

import cv2
import numpy as np

from bench.drawn import draw

WIDTH, HEIGHT = 320, 240
_CLOCK_HZ, _FPS = 90_000, 40
_PAYLOAD = 1_200


def scan_and_tables(number: int) -> tuple[bytes, bytes]:
    """A picture's entropy-coded scan and its quantisation tables, as RTP carries them; 4:2:0, the standard's Huffman tables."""
    picture = cv2.imencode(".jpg", draw(number % 2, number, width=WIDTH), [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
    tables, at = b"", 2
    while True:
        marker, length = picture[at + 1], struct.unpack(">H", picture[at + 2 : at + 4])[0]
        body = picture[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == 0xDB:
            tables += b"".join(body[begin + 1 : begin + 65] for begin in range(0, len(body), 65))
        elif marker == 0xDA:
            return picture[at:-2], tables


class RtspCamera(socketserver.ThreadingTCPServer):
    """Serves one stream at rtsp://127.0.0.1:<port>/bench to whoever asks, until it is cut."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        self.pictures = [scan_and_tables(number) for number in range(2)]
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", port), _Viewer)
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.server_address[1]}/bench"

    def cut(self) -> int:
        """Ends every stream and listens no more; its port."""
        self.stopping.set()
        self.shutdown()
        self.thread.join(5.0)
        self.server_close()
        return int(self.server_address[1])


class _Viewer(socketserver.StreamRequestHandler):
    server: RtspCamera

    def handle(self) -> None:
        try:
            while (request := self._request()) is not None:
                method, path, sequence = request
                if Path(path).parts[-1:] == ("nothing",):
                    self._say(sequence, "404 Not Found")
                elif method == "DESCRIBE":
                    self._describe(sequence)
                elif method == "SETUP":
                    self._say(sequence, "200 OK", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1", "Session: 1")
                elif method == "PLAY":
                    self._say(sequence, "200 OK", "Session: 1")
                    self._play()
                    return
                else:
                    self._say(sequence, "200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
        except OSError:
            return

    def _request(self) -> tuple[str, str, str] | None:
        first = self.rfile.readline(4096).decode()
        if not first:
            return None
        sequence = "0"
        while line := self.rfile.readline(4096).decode().strip():
            if line.lower().startswith("cseq:"):
                sequence = line.partition(":")[2].strip()
        return first.split()[0], first.split()[1], sequence

    def _say(self, sequence: str, status: str, *lines: str, body: str = "") -> None:
        head = [f"RTSP/1.0 {status}", f"CSeq: {sequence}", *lines, f"Content-Length: {len(body)}"]
        self.wfile.write(("\r\n".join(head) + "\r\n\r\n" + body).encode())

    def _describe(self, sequence: str) -> None:
        lines = ("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=bench", "c=IN IP4 0.0.0.0", "t=0 0", "m=video 0 RTP/AVP 26", "a=control:track1")
        self._say(sequence, "200 OK", "Content-Type: application/sdp", body="\r\n".join(lines) + "\r\n")

    def _play(self) -> None:
        number = packet = 0
        while not self.server.stopping.is_set():
            scan, tables = self.server.pictures[number % 2]
            for at in range(0, len(scan), _PAYLOAD):
                piece = scan[at : at + _PAYLOAD]
                last = at + _PAYLOAD >= len(scan)
                self._send(packet, number, at, piece, tables if at == 0 else b"", last)
                packet += 1
            number += 1
            time.sleep(1 / _FPS)

    def _send(self, packet: int, number: int, at: int, piece: bytes, tables: bytes, last: bool) -> None:
        rtp = struct.pack(">BBHII", 0x80, 26 | (0x80 if last else 0), packet & 0xFFFF, number * _CLOCK_HZ // _FPS, 7)
        # Type 1 is 4:2:0; quality 255 says that the tables come in the first packet.
        header = struct.pack(">IBBBB", at, 1, 255, WIDTH // 8, HEIGHT // 8)
        said = struct.pack(">BBH", 0, 0, len(tables)) + tables if tables else b""
        payload = rtp + header + said + piece
        self.wfile.write(struct.pack(">BBH", 0x24, 0, len(payload)) + payload)


def likeness(image: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> float:
    """Mean difference in grey levels from the nearer of the two pictures that are sent."""
    sent = [draw(number, number, width=WIDTH).astype(np.float32) for number in range(2)]
    return min(float(np.abs(image.astype(np.float32) - each).mean()) for each in sent)
