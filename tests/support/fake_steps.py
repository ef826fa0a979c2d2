"""Steps, their checks and the settings of the fake catalogue."""

from typing import TYPE_CHECKING, Any

import orjson
from quart import Quart, Response, request

from tests.support.fake_rest import _json, _refusal

if TYPE_CHECKING:
    from tests.support.fake_catalogue import FakeCatalogue


def add(app: Quart, hub: "FakeCatalogue") -> None:
    """Adds them."""
    _add_steps(app, hub)
    _add_settings(app, hub)


def _ok(msg: Any) -> Response:
    return _json({"status": "ok", "msg": msg})


def _add_settings(app: Quart, hub: "FakeCatalogue") -> None:
    @app.get("/setting/release-control")
    async def release_control() -> Response:
        return _ok({"release_control_enabled": hub.released})

    @app.put("/setting/release-control")
    async def set_release_control() -> Response:
        hub.released = (await request.get_json())["release_control_enabled"]
        return _ok("done")

    @app.post("/step/<step_id>/step-data")
    async def add_check(step_id: str) -> Response:
        body = await request.get_json()
        checks = _step(hub, step_id)["step_data"]
        new = {"id": str(len(checks) + 500), "step_id": step_id, "units": "", "tolerance": 0.0, "auto_align": False, "torque_data": {}}
        checks.append(new | {"step_data_info": [], "ocr_capture_variable_info": []} | body)
        return _json({"id": 1})

    @app.put("/step/<step_id>/step-data/<check_id>")
    async def change_check(step_id: str, check_id: str) -> Response:
        next(one for one in _step(hub, step_id)["step_data"] if one["id"] == check_id).update(await request.get_json())
        return _json({"id": 1})


def _step(hub: "FakeCatalogue", step_id: str) -> dict[str, Any]:
    return next(step for steps in hub.steps_of.values() for step in steps if step["id"] == step_id)


def _add_steps(app: Quart, hub: "FakeCatalogue") -> None:
    def done(step_id: str) -> Response:
        return Response(orjson.dumps({"id": int(step_id)}), content_type="application/json")

    @app.get("/assembly/<assembly_id>/step")
    async def list_steps(assembly_id: str) -> Response:
        return _ok(hub.steps_of[assembly_id])

    @app.post("/assembly/<assembly_id>/step")
    async def add_step(assembly_id: str) -> Response:
        of = hub.steps_of[assembly_id]
        new = {"id": str(len(of) + 100), "description": "", "benchmark": 0, "minimum_predict": 0.6, "step_data": [], "classes": []}
        of.append(new | await request.get_json())
        return done(new["id"])  # type: ignore[arg-type]

    @app.put("/assembly/<assembly_id>/step/<step_id>")
    async def change_step(assembly_id: str, step_id: str) -> Response:
        of, body = hub.steps_of[assembly_id], await request.get_json()
        held = next(one for one in of if one["id"] == step_id)
        if "previous_step_id" in body:
            if hub.refuse_move:
                return _refusal(409, "step_in_use", hub.refuse_move)
            of.remove(held)
            before = [one["id"] for one in of]
            of.insert(before.index(body["previous_step_id"]) + 1 if body["previous_step_id"] else 0, held)
        held.update({key: value for key, value in body.items() if not key.endswith("_step_id")})
        return done(step_id)

    @app.delete("/assembly/<assembly_id>/step/<step_id>")
    async def delete_step(assembly_id: str, step_id: str) -> Response:
        hub.steps_of[assembly_id] = [one for one in hub.steps_of[assembly_id] if one["id"] != step_id]
        return done(step_id)
