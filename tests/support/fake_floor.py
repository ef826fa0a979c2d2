"""A hub with a floor: the shapes that the dashboard reads, made from a day that a test chooses, and pushed as a test tells it."""

import time
from typing import Any

import orjson
from quart import Quart, Response, request, websocket

from hub.gate import CSP
from tests.support import fake_rest
from tests.support.fake_floor_data import HOUR_MS, Day, iso, reason_tree, to_ms
from tests.support.fake_hub import HMI, FakeHub, screen_file

DASHBOARD = HMI.parent / "dashboard"
ZONE = "Europe/Prague"
METHOD = "MTTR = repair time of unplanned and maintenance records / repairs; MTBF = uptime / unplanned failures"


class FakeFloor(FakeHub):
    """A fake hub whose pages are those of the dashboard. Its `day` may be changed by the test's thread; `tell` pushes an event."""

    def __init__(self, day: Day | None = None) -> None:
        super().__init__()
        self.pictures = False
        self.day = day or Day(int(time.time() * 1000))
        self.clock_ms = 0
        self.offset = 1000
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.refuse_next: tuple[int, Any] | None = None
        self.seen: list[dict[str, Any]] = []
        self.regions: list[dict[str, Any]] = []

    def application(self) -> Quart:
        """What it serves."""
        app = Quart(__name__, static_folder=None)

        @app.after_request
        async def secure(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = CSP
            response.headers["Cache-Control"] = "no-cache"
            return response

        @app.get("/static/<any(hmi, dashboard):room>/<path:name>")
        async def asset(room: str, name: str) -> Response:
            return screen_file(name, HMI.parent / room)

        @app.get("/dashboard")
        async def page() -> Response:
            return screen_file("index.html", DASHBOARD)

        fake_rest.add_sign_in(app, self)
        _add_reads(app, self)
        _add_figures(app, self)
        _add_writes(app, self)
        _add_socket(app, self)
        return app

    def now_ms(self) -> int:
        """The hub's clock."""
        return int(time.time() * 1000) + self.clock_ms

    def tell(self, event: dict[str, Any], kind: str = "changed") -> None:
        """Pushes an event as a fact of timeline:*; from the test's thread."""
        self._run(self.told_event(event, kind))

    async def told_event(self, event: dict[str, Any], kind: str = "changed") -> None:
        """The same from its own thread."""
        self.offset += 1
        message = {"channel": "timeline:*", "offset": f"{self.offset}-0", "event": {"type": kind, "event": event}}
        self.told.append((message["offset"], message))
        await self._to_subscribers("timeline:*", orjson.dumps(message).decode())

    def wait_until_followed(self) -> None:
        """Returns when a page follows the timeline."""
        deadline = time.monotonic() + 10
        while not any("timeline:*" in channels for channels in list(self.lives.values())):
            assert time.monotonic() < deadline, "no page follows the timeline"
            time.sleep(0.02)


def _json(value: Any, status: int = 200, **headers: str) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/json", headers=headers)


def _add_reads(app: Quart, floor: FakeFloor) -> None:
    @app.get("/api/v1/site")
    async def site() -> Response:
        return _json({"time_zone": ZONE, "now_ms": floor.now_ms()})

    @app.get("/api/v1/events")
    async def events() -> Response:
        start, end = to_ms(request.args["from"]), to_ms(request.args["to"])
        if end - start > 24 * HOUR_MS:
            return _json({"error": "the window between from and to must not be longer than 1 day"}, 422)
        found = [(span[0], id_) for id_, span in floor.day.spans.items() if span[0] < end and (span[1] is None or span[1] > start)]
        return _json([floor.day.events[id_] for _, id_ in sorted(found)], **{"Takt-Epoch": floor.epoch, "Takt-Offset": f"{floor.offset}-0"})

    @app.get("/api/v1/machines")
    async def machines() -> Response:
        return _json(_page(floor.day.machines))

    @app.get("/api/v1/fleet/downtime")
    async def downtime() -> Response:
        return _json(_page(sorted(floor.day.records.values(), key=lambda r: r["started_at"], reverse=True)))

    @app.get("/api/v1/reason-codes/tree")
    async def tree() -> Response:
        return _json(reason_tree())

    @app.get("/api/v1/downtime")
    async def seen() -> Response:
        return _json(floor.seen)

    @app.get("/api/v1/rois")
    async def regions() -> Response:
        return _json(floor.regions)


def _page(items: list[dict[str, Any]]) -> dict[str, Any]:
    page, size = int(request.args.get("page", 1)), int(request.args.get("page_size", 20))
    shown = items[(page - 1) * size : page * size]
    return {"items": shown, "total": len(items), "page": page, "page_size": size, "total_pages": -(-len(items) // size)}


def _add_figures(app: Quart, floor: FakeFloor) -> None:
    @app.get("/api/v1/fleet/mttr-mtbf")
    async def fleet() -> Response:
        return _json(
            {"mttr_hours": 0.42, "mtbf_hours": 31.5, "total_failures": 61, "total_repairs": 78, "uptime_hours": 1921.0, "method": METHOD}
        )

    @app.get("/api/v1/machines/<machine_id>/mttr-mtbf")
    async def machine(machine_id: str) -> Response:
        return _json(
            {"mttr_hours": None, "mtbf_hours": None, "total_failures": 0, "total_repairs": 0, "uptime_hours": 812.5, "method": METHOD}
        )

    @app.get("/api/v1/devices/status")
    async def devices() -> Response:
        return _json({"status": True, "message": "Success", "data": DEVICES})

    @app.get("/api/v1/device-apps/<device>/<code>/uptime")
    async def uptime(device: str, code: str) -> Response:
        summary = {"running_seconds": 1, "stopped_seconds": 1, "uptime_pct": UPTIMES[code], "interval_count": 1}
        return _json({"status": True, "message": "Success", "data": {"summary": summary}})


def _device(number: int, name: str, apps: dict[str, tuple[str, bool]]) -> dict[str, Any]:
    place = {"id": 1, "name": "Plant"}
    times = {"since": "2026-01-01T06:00:00.000Z", "hb_last_seen_at": "2026-01-01T06:29:50.000Z", "source": "heartbeat"}
    shown = [
        {"app": {"code": code}, "online": online, "current_status": {"status": status, **times}} for code, (status, online) in apps.items()
    ]
    return {"id": number, "name": name, "network": place, "site": place, "location": place, "time_zone": ZONE, "heartbeat_seconds": 10,
            "online": any(online for _, online in apps.values()), "hb_last_seen_at": times["hb_last_seen_at"], "apps": shown}  # fmt: skip


DEVICES = [
    _device(0, "Takt", {"camera": ("running", True), "webserver": ("running", True)}),
    _device(101, "Hall camera", {"viana-core": ("running", False), "aam": ("stopped", True)}),
]
UPTIMES = {"camera": 99.97, "webserver": 100.0, "viana-core": 92.31, "aam": 98.4}


def _add_writes(app: Quart, floor: FakeFloor) -> None:
    def refusal() -> Response | None:
        refused, floor.refuse_next = floor.refuse_next, None
        return _json(refused[1], refused[0]) if refused else None

    async def told(record: dict[str, Any], status: int = 200) -> Response:
        end = record["ended_at"]
        record["duration_seconds"] = None if end is None else (to_ms(end) - to_ms(record["started_at"])) / 1000
        record["updated_at"] = iso(floor.now_ms())
        await floor.told_event(floor.day.tell(record))
        return _json(record, status)

    @app.post("/api/v1/machines/<machine_id>/downtime")
    async def add(machine_id: str) -> Response:
        if refused := refusal():
            return refused
        body = await request.get_json()
        record = floor.day.record(machine_id, to_ms(body["started_at"]), None, ("", body["reason"], body["category"]))
        record |= {"ended_at": body["ended_at"], "reason_code_id": body["reason_code_id"]}
        return await told(record, 201)

    @app.put("/api/v1/machines/<machine_id>/downtime/<record_id>")
    async def change(machine_id: str, record_id: str) -> Response:
        if refused := refusal():
            return refused
        record = floor.day.records[record_id]
        record.update(await request.get_json())
        return await told(record)

    @app.post("/api/v1/machines/<machine_id>/downtime/<record_id>/end")
    async def end(machine_id: str, record_id: str) -> Response:
        if refused := refusal():
            return refused
        record = floor.day.records[record_id]
        record["ended_at"] = iso(floor.now_ms())
        return await told(record)


def _add_socket(app: Quart, floor: FakeFloor) -> None:
    async def say(message: dict[str, Any]) -> None:
        await websocket.send(orjson.dumps(message).decode())

    @app.websocket("/live")
    async def live() -> None:
        await websocket.accept(subprotocol="takt.v1.json")
        if floor.refusing:
            await websocket.close(1012)
            return
        await websocket.receive()
        await say({"auth": {"role": floor.role, "organisation": "default", "expires_in": 900}})
        socket = websocket._get_current_object()  # type: ignore[attr-defined]
        floor.lives[socket] = {}
        try:
            while True:
                await _subscribe(floor, floor.lives[socket], orjson.loads(await websocket.receive()), say)
        finally:
            floor.lives.pop(socket, None)


async def _subscribe(floor: FakeFloor, channels: dict[str, Any], message: dict[str, Any], say: Any) -> None:
    if "subscribe" not in message:
        return
    channel, since = message["subscribe"]["channel"], message["subscribe"].get("since")
    recovered = bool(since and since["epoch"] == floor.epoch)
    body = {"channel": channel, "epoch": floor.epoch, "offset": f"{floor.offset}-0", "recovered": recovered}
    await say({"id": message.get("id"), "subscribed": body})
    if recovered and channel == "timeline:*":
        for offset, missed in floor.told:
            if int(offset.split("-")[0]) > int(since["offset"].split("-")[0]):
                await say(missed)
    channels[channel] = message["subscribe"]
