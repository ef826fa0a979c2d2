"""A hub that says what a test tells it to: the screens' states without cameras, models and a store.

It speaks the shapes of the real one (REST of the screens, /coach, /live) and keeps no rule: facts and predictions come from the test.
"""

import asyncio
import contextlib
import mimetypes
import socket
import struct
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import orjson
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, Response, Websocket

from tests.support import fake_rest, fake_scene, fake_sockets

HMI = Path(__file__).parents[2] / "clients" / "hmi"
CSP = "default-src 'self'; img-src 'self' blob: data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
STATION = "bench-1"
RECORD = "00000000-0000-4000-8000-000000000001"
ASSEMBLY = "aaaaaaaa-0000-4000-8000-000000000001"
STEPS = [
    ("Lay the base plate", "Notch to the left, flat side up.", 12.0),
    ("Fit the gasket", "It sits in the groove all round.", 18.0),
    ("Fit the crystal", "Marking towards the edge.", 20.0),
    ("Press the cover", "Until it clicks twice.", 8.0),
    ("Fit both screws", "", 15.0),
    ("Stick the label", "Text readable from the front.", 6.0),
]


def assembly(steps: int = 6, *, trained: bool = True) -> dict[str, Any]:
    """An assembly as GET /api/v1/assemblies shows it."""

    def label(kind: str, name: str, frames: int) -> dict[str, Any]:
        return {"id": f"l-{name}", "type": kind, "index": 0, "name": name, "recordings": int(frames > 0), "frames": frames, "image": None}

    shown = [
        {"id": n, "number": n, "name": name, "description": words, "benchmark": benchmark, "minimum_predict": 0.6, "action": "ML"}
        | {"image": f"/model/sample/image/{ASSEMBLY}/step-{n}_good", "labels": [label("MASTER", f"step-{n}_good", 42)]}
        for n, (name, words, benchmark) in enumerate((STEPS * 40)[:steps], start=1)
    ]
    return {
        "id": ASSEMBLY, "name": "Gearbox cover", "description": "", "revision_id": "r", "active_model_version": 3 if trained else None,
        "start_label": label("MASTER", "step-1_previous", 45), "occluded_label": label("OCCLUDED", "occluded", 0), "steps": shown,
        "training": None, "recording": None,
    }  # fmt: skip


class FakeHub:
    """Runs in a thread of its own; its methods may be called from the test's."""

    def __init__(self) -> None:
        self.stations = [
            {"id": STATION, "name": "Bench 1", "camera": "0", "machine_identifier": STATION, "line_name": "Line A", "source": None}
        ]
        self.assemblies = [assembly()]
        self.session: dict[str, Any] | None = None
        self.results: list[dict[str, Any]] = []
        self.facts: list[dict[str, Any]] = []
        self.role = "admin"
        self.user_name = "A. Novák"
        self.signed_in = True
        self.bearers = {"Bearer fake-token"}
        self.refusing = False
        self.pictures = True
        self.hand = False
        self.late_ms = 0
        self.parts = 2
        self.wrong = False
        self.epoch = "e1"
        self.versions: dict[str, Any] = {"active": None, "versions": []}
        self.requests: list[tuple[str, str, Any]] = []
        self.auths: list[tuple[str, str]] = []
        self.coach_requests: list[dict[str, Any]] = []
        self.lives: dict[Any, dict[str, Any]] = {}
        self.coaches: set[Any] = set()
        self._frame_no = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    # From the test's thread.

    def start(self) -> str:
        """Serves on a free port and returns the address."""
        self._thread.start()
        assert self._ready.wait(10)
        return self.url

    def stop(self) -> None:
        """Ends the thread."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def fact(self, status: str, step: int = 1, step_status: str = "ACTIVE", **more: Any) -> None:
        """Appends a coaching fact and pushes it to everybody who listens."""
        msg = self.message(status, step, step_status, **more) | {"epoch": self.epoch, "offset": f"{1000 + len(self.facts)}-0"}
        self.facts.append(msg)
        if status == "STEP_COMPLETE":
            self.results.append(
                {
                    "step_id": step,
                    "number": step,
                    "status": "COMPLETE",
                    "started_at_ms": int(time.time() * 1000),
                    "duration_ms": more.get("ago_s", 0) * 1000,
                }
            )
        ended = status in ("COACHING_COMPLETE", "COACHING_CANCELLED")
        self.session = None if ended else msg
        self._run(self.push_fact(msg))

    def predict(
        self, step: int = 3, value: str = "good", evidence: float = 0.6, step_status: str = "ACTIVE", view: str = "", **more: Any
    ) -> None:
        """Sends one prediction on both sockets."""
        label = {"name": f"step-{step}", "value": value, "full": f"step-{step}_{value}"}
        msg = self.message("PREDICTION", step, step_status, confidence=evidence, prediction_label=label, **more)
        msg["step"] |= {"evidence": evidence, "view": view} if view else {}
        latest = {"frame_no": self._frame_no, "captured_at_ns": time.time_ns() - 20_000_000, "model_version": 3, "prediction_label": label,
                  "confidence": 0.93, "confidences": {}, "novelty": 0.0, "roi": fake_scene.ROI,
                  "latency_ms": {"capture": 1, "infer": 4, "bus": 1, "total": 20}}  # fmt: skip
        self._run(self._push_prediction(msg, latest))

    def latest(self, channel: str, value: dict[str, Any]) -> None:
        """Pushes a latest-only value."""
        self._run(self._to_subscribers(channel, orjson.dumps({"channel": channel, "latest": value}).decode()))

    def wait_for_watchers(self) -> None:
        """Returns when a page listens to the facts of the station (and to /coach, if its role may)."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            listens = any(f"frames:{STATION}" in channels for channels in list(self.lives.values()))
            if listens and (self.coaches or self.role == "viewer"):
                return
            time.sleep(0.02)
        raise AssertionError("no page listens")

    def cut(self, code: int = 1012) -> None:
        """Closes every socket with a code."""
        self._run(self._cut(code))

    @staticmethod
    def message(status: str, step: int, step_status: str, *, ago_s: float = 0.0, confidence: float = 0.0, **more: Any) -> dict[str, Any]:
        """One msg of /coach; the step began `ago_s` seconds ago."""

        def stamp(at: float) -> dict[str, Any]:
            return {"seconds": str(int(at)), "nanos": int(at % 1 * 1e9)}

        now = time.time()
        held = {"id": str(step), "started_at": stamp(now - ago_s), "status": step_status, "confidence": confidence, "benchmark": 20.0}
        ids = {"assembly_record_id": RECORD, "assembly_id": ASSEMBLY, "station_id": STATION}
        return {"status": status, **ids, "created_at": stamp(now), "step": held, "message": "", **more}

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    # In its own thread.

    def role_of(self, bearer: str) -> str:
        """The role of whoever asks."""
        return self.role

    def application(self) -> Quart:
        """What it serves."""
        return build(self)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        config = Config()
        config.loglevel = "ERROR"
        config.graceful_timeout = 0.2
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        # The server closes the descriptor that it is given.
        config.bind = [f"fd://{listening.detach()}"]
        camera = asyncio.create_task(self._camera())
        self._ready.set()
        try:
            await serve(self.application(), config, shutdown_trigger=self._stop.wait)
        finally:
            camera.cancel()

    async def _camera(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            if not self.pictures:
                continue
            self._frame_no += 1
            body = fake_scene.jpeg(self.parts, self._frame_no % 4, self.hand, wrong=self.wrong)
            channel = f"frames:{STATION}"
            head = {
                "channel": channel,
                "frame_no": self._frame_no,
                "captured_at_ns": time.time_ns() - (30 + self.late_ms) * 1_000_000,
                "width": 960,
                "height": 720,
            }
            packed = orjson.dumps(head)
            await self._to_subscribers(channel, struct.pack("!I", len(packed)) + packed + body)

    async def _to_subscribers(self, channel: str, message: str | bytes) -> None:
        for listener, channels in list(self.lives.items()):
            if channel in channels:
                await _send(listener, message)

    async def push_fact(self, msg: dict[str, Any]) -> None:
        """Sends a fact to everybody who listens."""
        channel = f"coaching:{STATION}"
        pushed = {"channel": channel, "offset": msg["offset"], "event": {"type": msg["status"], **msg}}
        await self._to_subscribers(channel, orjson.dumps(pushed).decode())
        for listener in list(self.coaches):
            await _send(listener, orjson.dumps({"status": "ok", "msg": msg}).decode())

    async def _push_prediction(self, msg: dict[str, Any], latest: dict[str, Any]) -> None:
        channel = f"predictions:{STATION}"
        await self._to_subscribers(channel, orjson.dumps({"channel": channel, "latest": latest}).decode())
        for listener in list(self.coaches):
            await _send(listener, orjson.dumps({"status": "ok", "msg": msg}).decode())

    async def _cut(self, code: int) -> None:
        for listener in [*self.lives, *self.coaches]:
            with contextlib.suppress(Exception):
                await listener.close(code)

    def missed(self, offset: str) -> list[dict[str, Any]]:
        """Facts after an offset."""
        after = int(offset.split("-")[0])
        return [fact for fact in self.facts if int(fact["offset"].split("-")[0]) > after]

    @property
    def position(self) -> dict[str, str]:
        """Place of the newest fact."""
        return {"epoch": self.epoch, "offset": self.facts[-1]["offset"] if self.facts else "0-0"}


async def _send(listener: Websocket, message: str | bytes) -> None:
    with contextlib.suppress(Exception):
        await asyncio.wait_for(listener.send(message), 2)


def screen_file(name: str, folder: Path = HMI) -> Response:
    """A file of the screens, read at once: a page that is left in the middle of it leaves no open file behind."""
    path = folder / name
    if not path.is_file():
        return Response(status=404)
    return Response(path.read_bytes(), content_type=mimetypes.guess_type(name)[0] or "text/html")


def build(hub: FakeHub) -> Quart:
    """The fake's routes."""
    app = Quart(__name__, static_folder=None)

    @app.after_request
    async def secure(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CSP)
        response.headers["Cache-Control"] = "no-cache"
        return response

    @app.get("/static/hmi/<path:name>")
    async def asset(name: str) -> Response:
        return screen_file(name)

    @app.get("/", defaults={"page": "index"})
    @app.get("/<any(train, 'sign-in'):page>")
    async def screen(page: str) -> Response:
        return screen_file(f"{page}.html")

    fake_rest.add(app, hub)
    fake_sockets.add(app, hub)
    return app
