"""REST of the fake hub."""

from typing import TYPE_CHECKING, Any

import orjson
from quart import Quart, Response, request

from tests.support import fake_scene, fake_sockets

if TYPE_CHECKING:
    from tests.support.fake_hub import FakeHub


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/json")


def _refusal(status: int, code: str, sentence: str) -> Response:
    return _json({"status": "error", "code": code, "msg": sentence}, status)


def add(app: Quart, hub: "FakeHub") -> None:
    """Adds sign-in, reads and the training operations."""
    add_sign_in(app, hub)
    _add_reads(app, hub)
    _add_training(app, hub)


def add_sign_in(app: Quart, hub: "FakeHub") -> None:
    """Signing in, and the refusal of those who have not."""
    token = {"access_token": "fake-token", "token_type": "bearer", "mfa_required": False, "expires_in": 900}

    @app.before_request
    async def refuse() -> Response | None:
        hub.requests.append((request.method, request.path, await request.get_json(silent=True)))
        guarded = request.path.startswith(("/api/", "/model/")) and not request.path.startswith("/api/v1/auth/")
        if hub.refusing and guarded:
            return _refusal(503, "unavailable", "The store does not answer. It is tried again every second.")
        if guarded and request.headers.get("Authorization") not in hub.bearers:
            return _refusal(401, "not_authenticated", "Sign in first.")
        return None

    @app.post("/api/v1/auth/refresh")
    async def refresh() -> Response:
        return _json(token) if hub.signed_in else _json({"detail": "Not authenticated."}, 401)

    @app.post("/api/v1/auth/login")
    async def login() -> Response:
        body = await request.get_json()
        if body["password"] != "right horse":
            return _json({"detail": "E-mail or password is wrong."}, 401)
        hub.signed_in = True
        return _json(token)

    @app.post("/api/v1/auth/sign-in-code")
    async def sign_in_code() -> Response:
        hub.signed_in = True
        return _json(token)

    @app.post("/api/v1/auth/logout")
    async def logout() -> Response:
        hub.signed_in = False
        return Response(status=204)

    @app.get("/api/v1/auth/me")
    async def me() -> Response:
        who = {
            "id": "u",
            "email": "a@b.c" if hub.user_name else "",
            "full_name": hub.user_name,
            "organisation": "default",
            "role": hub.role_of(request.headers.get("Authorization", "")),
            "is_active": True,
        }
        return _json(who)


def _add_reads(app: Quart, hub: "FakeHub") -> None:
    @app.get("/api/v1/stations")
    async def stations() -> Response:
        return _json(hub.stations)

    @app.get("/api/v1/stations/<station_id>/session")
    async def session(station_id: str) -> Response:
        station = next(one for one in hub.stations if one["id"] == station_id)
        shown = hub.assemblies[0] if hub.session and hub.assemblies else None
        return _json({"station": station, "source": None, "session": hub.session, "position": hub.position, "results": hub.results,
                      "assembly": shown})  # fmt: skip

    @app.get("/api/v1/assemblies")
    async def assemblies() -> Response:
        return _json(hub.assemblies)

    @app.get("/api/v1/assemblies/<assembly_id>")
    async def one_assembly(assembly_id: str) -> Response:
        found = next((one for one in hub.assemblies if one["id"] == assembly_id), None)
        return _json(found) if found else _refusal(404, "not_found", "There is no such assembly.")

    @app.post("/coach/step/<assembly_id>/<step>")
    async def set_step(assembly_id: str, step: str) -> Response:
        await fake_sockets.tell(hub, "STEP_COMPLETE", int(step) - 1, "COMPLETE")
        await fake_sockets.tell(hub, "STEP_ADVANCE", int(step), "ACTIVE")
        return _json({"status": "ok", "msg": ""})

    @app.post("/coach/complete/<assembly_id>")
    async def complete(assembly_id: str) -> Response:
        await fake_sockets.tell(hub, "COACHING_COMPLETE", len(hub.assemblies[0]["steps"]), "COMPLETE")
        return _json({"status": "ok", "msg": ""})

    @app.get("/model/sample/image/<assembly_id>/<label>")
    async def image(assembly_id: str, label: str) -> Response:
        number = int(label.split("_")[0].removeprefix("step-")) if label.startswith("step-") else 0
        return Response(fake_scene.jpeg(number, width=480), content_type="image/jpeg")


def _add_training(app: Quart, hub: "FakeHub") -> None:
    def done(sentence: str = "ok") -> Response:
        return _json({"status": "ok", "msg": sentence})

    def find(assembly_id: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in hub.assemblies if one["id"] == assembly_id)
        return found

    @app.post("/model/new/<assembly_id>")
    async def new(assembly_id: str) -> Response:
        body = await request.get_json()
        if not any(one["id"] == assembly_id for one in hub.assemblies):
            blank: dict[str, Any] = {
                "id": assembly_id,
                "description": "",
                "active_model_version": None,
                "steps": [],
                "training": None,
                "recording": None,
            }
            hub.assemblies.append(blank | {"revision_id": "r2", "start_label": None, "occluded_label": None})
        find(assembly_id)["name"] = body["name"]
        return done()

    @app.post("/model/start/<assembly_id>")
    async def start(assembly_id: str) -> Response:
        find(assembly_id)["recording"] = await request.get_json()
        return done()

    @app.post("/model/end/<assembly_id>")
    async def end(assembly_id: str) -> Response:
        held = find(assembly_id)
        body, held["recording"] = held["recording"], None
        _record(held, body)
        return done("42 frames")

    @app.post("/model/revert")
    async def revert() -> Response:
        for one in hub.assemblies:
            one["recording"] = None
        return done()

    @app.post("/model/update/<assembly_id>")
    async def update(assembly_id: str) -> Response:
        return done()

    @app.post("/model/train/<assembly_id>")
    async def train(assembly_id: str) -> Response:
        return done()

    @app.post("/model/train/cancel/<assembly_id>")
    async def cancel(assembly_id: str) -> Response:
        return done()

    @app.get("/model/version/<assembly_id>")
    async def versions(assembly_id: str) -> Response:
        return _json(hub.versions)

    @app.put("/model/version/<assembly_id>/active")
    async def activate(assembly_id: str) -> Response:
        hub.versions["active"] = (await request.get_json())["version"]
        return done()


def _record(held: dict[str, Any], body: dict[str, Any]) -> None:
    """What the recording of a label leaves behind in the assembly."""
    number, kind = body.get("step_index", 0), body["step_type"]
    label = {"id": f"l{number}{kind}", "type": kind, "index": 0, "recordings": 1, "frames": 42, "image": None}
    if kind == "OCCLUDED":
        held["occluded_label"] = label | {"name": "occluded"}
    elif number == 0:
        held["start_label"] = label | {"name": "step-1_previous"}
    else:
        if number > len(held["steps"]):
            step = {"id": number, "number": number, "name": "", "benchmark": 0, "minimum_predict": 0.6, "action": "ML", "image": None}
            held["steps"].append(step | {"description": "", "labels": []})
        held["steps"][number - 1]["description"] = body.get("step_description", "")
        held["steps"][number - 1]["labels"] = [label | {"name": f"step-{number}_good"}]
