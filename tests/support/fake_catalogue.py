"""A hub with a catalogue: operators, products, versions, steps and finished units, with just the rules that its screens show."""

import time
import uuid
from typing import Any

from quart import Quart, Response, request

from hub.gate import CSP
from tests.support import fake_scene, fake_steps
from tests.support.fake_hub import ASSEMBLY, STEPS, FakeHub, screen_file
from tests.support.fake_rest import _json, _refusal

PASSWORD = "green lathe nine"
BADGE = "04A1B2C3D4"
PRODUCT = "bbbbbbbb-0000-4000-8000-000000000001"
NAMES = [("Jana", "Dvořák"), ("Petr", "Novák"), ("Marie", "Svobodová")]


class FakeCatalogue(FakeHub):
    """A fake hub that keeps operators and recipes. What it was asked is in `requests`."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures = False
        self.operators = [operator(number, first, last) for number, (first, last) in enumerate(NAMES, start=1)]
        self.operators[0]["rfid"] = BADGE
        self.operators[2] |= {"has_password": False, "rfid": "77777777"}
        self.coachable: list[dict[str, Any]] = []
        self.records: list[dict[str, Any]] = []
        self.revisions = [revision()]
        self.versions_of: dict[str, list[dict[str, Any]]] = {PRODUCT: [recipe(1), recipe(2)]}
        self.steps_of = {one["id"]["id"]: recipe_steps() for one in self.versions_of[PRODUCT]}
        self.refuse_move = ""
        self.released = False
        self.bearers |= {f"Bearer {token(one)}" for one in self.operators}

    def role_of(self, bearer: str) -> str:
        """An operator's own, else that of the screen."""
        return next((str(one["role"]) for one in self.operators if bearer == f"Bearer {token(one)}"), self.role)

    def application(self) -> Quart:
        """What it serves."""
        app = super().application()

        @app.after_request
        async def strictly(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = CSP
            return response

        @app.get("/picture")
        async def product_picture() -> Response:
            return Response(fake_scene.jpeg(4, width=480), content_type="image/jpeg")

        @app.get("/admin")
        async def admin_page() -> Response:
            return screen_file("admin.html")

        @app.before_request
        async def refuse_strangers() -> Response | None:
            guarded = request.path.startswith(("/operator", "/assembly", "/coachable"))
            if guarded and request.headers.get("Authorization") not in self.bearers:
                return _refusal(401, "not_authenticated", "Sign in first.")
            return None

        _add_people(app, self)
        _add_operators(app, self)
        _add_recipes(app, self)
        fake_steps.add(app, self)
        return app

    def asked(self, method: str, path: str) -> list[Any]:
        """The bodies of the requests to one address."""
        return [body for how, where, body in list(self.requests) if (how, where) == (method, path)]


def operator(number: int, first: str, last: str = "", **more: Any) -> dict[str, Any]:
    """An operator as operation 97 shows one."""
    kept = {"id": str(number), "first_name": first, "last_name": last, "num_records": 12 * number, "role": "operator", "rfid": ""}
    return kept | {"active": True, "has_password": True, "options": {}} | more


def token(held: dict[str, Any]) -> str:
    """The token of an operator."""
    return f"operator-{held['id']}"


def revision(id_: str = PRODUCT, name: str = "Gearbox cover") -> dict[str, Any]:
    """A product as operation 43 shows one."""
    kept = {"id": id_, "name": name, "description": "", "image_link": "", "tenant_id": "default"}
    return kept | {"training_complete": True, "active_revision": ASSEMBLY, "published": True}


def recipe(number: int) -> dict[str, Any]:
    """A version of the product as operation 53 shows one."""
    id_ = ASSEMBLY if number == 1 else f"aaaaaaaa-0000-4000-8000-00000000000{number}"
    edited = {"seconds": str(int(time.time()) - 86_400), "nanos": 0}
    kept = {
        "id": {"id": id_},
        "name": "Gearbox cover",
        "description": "",
        "image_link": "",
        "revision_id": {"id": PRODUCT},
        "revision": number,
    }
    return kept | {"product_version": "", "published": number == 1, "approver": "", "active": number == 1, "last_edited": edited}


def recipe_steps() -> list[dict[str, Any]]:
    """Steps as operation 63 shows them."""
    return [
        {"id": str(n), "name": name, "description": words, "benchmark": benchmark, "minimum_predict": 0.6, "step_data": [], "options": {}}
        | {"classes": [f"step-{n}_good"]}
        for n, (name, words, benchmark) in enumerate(STEPS, start=1)
    ]


def record(number: int, times_s: list[float], status: str = "complete") -> dict[str, Any]:
    """A finished unit with its steps, as operation 115 shows it; a larger number is older."""
    ended_s = int(time.time()) - 600 * number
    results = [
        {"step_id": str(n), "number": n, "name": STEPS[(n - 1) % 6][0], "status": "COMPLETE", "seconds": seconds, "wrong_seen": 0}
        | {"benchmark": STEPS[(n - 1) % 6][2], "retries": 0}
        for n, seconds in enumerate(times_s, start=1)
    ]
    return {"id": f"cccccccc-0000-4000-8000-{number:012d}", "assembly_name": "Gearbox cover", "status": status, "step_results": results,
            "finished_at": {"seconds": str(ended_s), "nanos": 0}, "seconds": sum(times_s),
            "benchmark": sum(one["benchmark"] for one in results)}  # fmt: skip


def _ok(msg: Any) -> Response:
    return _json({"status": "ok", "msg": msg})


def _add_people(app: Quart, hub: FakeCatalogue) -> None:
    @app.get("/operator/active")
    async def active_operators() -> Response:
        return _ok({"operators": [one for one in hub.operators if one["active"]]})

    @app.post("/operator/authenticate")
    async def authenticate() -> Response:
        body = await request.get_json()
        held = next(one for one in hub.operators if one["first_name"] == body["first_name"])
        if body["password"] != PASSWORD:
            return _refusal(401, "wrong_credentials", "Name or password is wrong.")
        return _ok(token(held))

    @app.post("/operator/rfid/verify")
    async def verify() -> Response:
        body = await request.get_json()
        held = next((one for one in hub.operators if one["active"] and one["rfid"] == body["rfid"]), None)
        if held is None:
            return _refusal(401, "wrong_credentials", "No active operator has this badge.")
        return _ok(held | {"token": token(held)})

    @app.get("/coachable-assembly-revision")
    async def coachable() -> Response:
        return _ok(hub.coachable)

    @app.get("/operator/<operator_id>/assembly-record/filtered")
    async def operator_records(operator_id: str) -> Response:
        page, size = int(request.args["page"]), int(request.args["page_size"])
        shown = hub.records[(page - 1) * size : page * size]
        return _ok({"records": shown, "total": len(hub.records), "page": page, "total_pages": -(-len(hub.records) // size)})


def _add_operators(app: Quart, hub: FakeCatalogue) -> None:
    def taken(body: dict[str, Any]) -> bool:
        def name(one: dict[str, Any]) -> str:
            return f"{one.get('first_name')} {one.get('last_name')}".casefold()

        return any(name(one) == name(body) and one["id"] != body.get("id") for one in hub.operators)

    @app.get("/operator")
    async def list_operators() -> Response:
        return _ok({"operators": hub.operators})

    @app.post("/operator")
    async def add_operator() -> Response:
        body = await request.get_json()
        if taken(body):
            return _refusal(409, "name_taken", "Another operator is called so.")
        held = operator(len(hub.operators) + 1, body["first_name"], body.get("last_name", ""), role=body["role"], num_records=0)
        hub.operators.append(held | {"has_password": bool(body.get("password")), "rfid": body.get("rfid", "")})
        return _ok(held["id"])

    @app.put("/operator/<any(active, role, name, password, rfid):what>")
    async def change_operator(what: str) -> Response:
        body = await request.get_json()
        held = next(one for one in hub.operators if one["id"] == body["id"])
        if what == "name" and taken(body):
            return _refusal(409, "name_taken", "Another operator is called so.")
        if what == "password":
            if len(body["password"]) < 10:
                return _refusal(422, "weak_password", "A password has 10 to 256 characters.")
            held["has_password"] = True
        else:
            held.update({key: value for key, value in body.items() if key != "id"})
        return _ok("done")


def _add_recipes(app: Quart, hub: FakeCatalogue) -> None:
    @app.get("/assembly-revision")
    async def list_revisions() -> Response:
        return _ok(hub.revisions)

    @app.post("/assembly-revision")
    async def add_recipe() -> Response:
        made = revision(str(uuid.uuid4()), (await request.get_json())["name"]) | {"active_revision": "", "published": False}
        hub.revisions.append(made)
        hub.versions_of[made["id"]] = []
        return _ok(made)

    @app.put("/assembly-revision/<revision_id>")
    async def change_recipe(revision_id: str) -> Response:
        held = next(one for one in hub.revisions if one["id"] == revision_id)
        held.update(await request.get_json())
        return _ok(held)

    @app.get("/assembly-revision/<revision_id>/assembly")
    async def versions_recipe(revision_id: str) -> Response:
        return _ok(hub.versions_of[revision_id])

    @app.put("/assembly-revision/<revision_id>/active")
    async def activate_recipe(revision_id: str) -> Response:
        chosen = (await request.get_json())["assembly_id"]
        next(one for one in hub.revisions if one["id"] == revision_id)["active_revision"] = chosen
        for one in hub.versions_of[revision_id]:
            one["active"] = one["id"]["id"] == chosen
        return _ok("done")

    @app.put("/assembly/<assembly_id>")
    async def put_recipe(assembly_id: str) -> Response:
        body = await request.get_json()
        held = next((one for of in hub.versions_of.values() for one in of if one["id"]["id"] == assembly_id), None)
        if held is None:
            of = hub.versions_of[body["revision_id"]["id"]]
            held = recipe(len(of) + 1) | {"id": {"id": assembly_id}, "published": False, "active": not of}
            of.append(held)
            hub.steps_of[assembly_id] = []
        held.update({key: value for key, value in body.items() if key != "revision_id"})
        return _ok(held)

    @app.delete("/assembly/<assembly_id>")
    async def delete_recipe(assembly_id: str) -> Response:
        for of in hub.versions_of.values():
            of[:] = [one for one in of if one["id"]["id"] != assembly_id]
        return _ok("deleted")
