"""Every operation of the four timeline services, by table: a good answer, and who and what is refused, in the manners of its surface."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import pytest_asyncio
import yaml

from storage.entities.user import Role
from tests.support.floor import PASSWORD, Floor, make_floor
from tests.support.http import Answer, HttpClient
from tests.support.hub import RunningHub
from tests.support.timelines_table import TABLE, Ask

CONTRACT = yaml.safe_load((Path(__file__).parents[2] / "contract" / "timelines.yaml").read_text())["operations"]
OPERATIONS: dict[str, dict[str, Any]] = {f"{o['method']} {o['path']}": o for o in CONTRACT}
# These sign in by what they are sent, not by a token.
OPEN = {"POST /api/v1/auth/login", "POST /api/v1/auth/refresh", "POST /api/v1/oauth/token"}
# What they answer is the caller's own.
ABOUT_ONESELF = {"GET /api/v1/auth/me", "POST /api/v1/auth/logout"}
WITH_PLACES = [name for name in OPERATIONS if "{" in name and not name.endswith("{chart_type}")]
# They make what they name, in the caller's own organisation.
MAKES = {"PUT /api/v1/rois/{roi_name}", "PUT /api/v1/devices/{deviceId}", "PUT /api/v1/shift-patterns/{name}"}


@pytest_asyncio.fixture
async def floor(hub: RunningHub) -> Floor:
    """One of everything, in the hub's own organisation."""
    return await make_floor(hub)


def role_of(name: str) -> Role:
    """The lowest rung that the contract names; none named = viewer."""
    named = OPERATIONS[name].get("roles", "viewer")
    return Role(named) if named in set(Role) else Role.VIEWER


async def send(client: HttpClient, name: str, floor: Floor, ask: Ask, end: str = "") -> Answer:
    """The request with its places filled in, and `end` behind its path."""
    method, path = name.split(" ", 1)
    places = {**floor.ids, **ask.path}
    path = re.sub(r"\{(\w+)\}", lambda place: quote(places[place[1]], safe=""), path) + end
    if ask.form is not None:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await client(method, path, raw=urlencode(ask.form).encode(), headers=headers)
    return await client(method, path, ask.body, query=ask.query or None)


def told_badly(surface: str, body: Any) -> bool:
    """Whether an error does not have the shape of its surface."""
    if surface in ("cerrion", "trackmymachines"):
        return not (set(body) in ({"error"}, {"message"}) and all(isinstance(text, str) and text for text in body.values()))
    if surface == "viana":
        return not (set(body) == {"status", "message", "error_code"} and body["status"] is False and body["message"])
    detail = body.get("detail")
    of_fields = isinstance(detail, list) and all({"loc", "msg", "type"} <= set(item) for item in detail)
    return set(body) != {"detail"} or not detail or not (isinstance(detail, str) or of_fields)


def items_of(answer: Any, *, page: bool) -> list[Any]:
    """What `keys` of a row speak of."""
    if page:
        assert set(answer) == {"items", "total", "page", "page_size", "total_pages"}
        return list(answer["items"])
    return answer if isinstance(answer, list) else [answer]


def test_the_table_has_every_operation_of_the_contract() -> None:
    assert set(TABLE) == set(OPERATIONS)
    assert len(TABLE) == 46


async def test_a_good_request_is_answered_in_the_shape_of_the_contract(hub: RunningHub, floor: Floor) -> None:
    client = await hub.as_role(Role.ADMIN)
    cookie = (await client("POST", "/api/v1/auth/login", {"email": floor.email, "password": PASSWORD})).cookie
    wrong = {}
    # What takes something away comes last.
    for name in sorted(TABLE, key=lambda name: (name.endswith("/logout"), name.startswith("DELETE"), list(TABLE).index(name))):
        row = TABLE[name]
        if name.endswith("/refresh"):
            answer = await hub.http("POST", "/api/v1/auth/refresh", headers={"Cookie": cookie})
        else:
            answer = await send(client, name, floor, row.good(floor))
        if answer.status != OPERATIONS[name].get("status", row.status):
            wrong[name] = f"{answer.status} {answer.body[:300]!r}"
        elif row.keys:
            items = items_of(answer.json(), page=row.page)
            missing = [row.keys - set(item) for item in items if not row.keys <= set(item)]
            if missing or (not items and not name.endswith(("/downtime", "/detections"))):
                wrong[name] = f"lacks {missing[:1] or 'everything'}"
    assert not wrong


async def test_a_slash_too_many_at_the_end_is_forgiven_as_by_the_sources(hub: RunningHub, floor: Floor) -> None:
    client = await hub.as_role(Role.ADMIN)
    reads = [name for name in TABLE if name.startswith("GET")]
    plain = {name: (await send(client, name, floor, TABLE[name].good(floor))).status for name in reads}
    assert {name: (await send(client, name, floor, TABLE[name].good(floor), "/")).status for name in reads} == plain
    inside = await client("GET", "/api/v1//events", query=TABLE["GET /api/v1/events"].good(floor).query)
    assert (inside.status, inside.json()["code"]) == (404, "not_found")


async def test_without_a_token_every_operation_is_refused_in_the_manners_of_its_surface(hub: RunningHub, floor: Floor) -> None:
    wrong = {}
    for name, row in TABLE.items():
        if name not in OPEN:
            answer = await send(hub.http, name, floor, row.good(floor))
            if answer.status != 401 or told_badly(OPERATIONS[name]["surface"], answer.json()):
                wrong[name] = (answer.status, answer.body[:200])
    assert not wrong


async def test_one_rung_below_is_refused_in_the_manners_of_its_surface(hub: RunningHub, floor: Floor) -> None:
    wrong = {}
    for name, row in TABLE.items():
        needed = role_of(name)
        if name in OPEN or needed is Role.VIEWER:
            continue
        below = await hub.as_role(list(Role)[needed.rung - 1])
        answer = await send(below, name, floor, row.good(floor))
        if answer.status != 403 or told_badly(OPERATIONS[name]["surface"], answer.json()):
            wrong[name] = (answer.status, answer.body[:200])
    assert not wrong


@pytest.mark.parametrize("kind", ["read-only", "read-write"])
async def test_an_api_key_may_what_its_role_may(hub: RunningHub, floor: Floor, kind: str) -> None:
    key = (await (await hub.as_role(Role.ADMIN))("POST", "/api/v1/api-keys", {"name": kind, "role": kind})).json()["key"]
    may = Role.VIEWER if kind == "read-only" else Role.OPERATOR
    wrong = {}
    for name, row in TABLE.items():
        # The network scope of a key has tests of its own.
        if name in OPEN | ABOUT_ONESELF or OPERATIONS[name]["surface"] == "viana":
            continue
        answer = await send(HttpClient(hub.url, key), name, floor, row.good(floor))
        if (answer.status == 403) is may.may(role_of(name)) or answer.status in (401, 500):
            wrong[name] = (answer.status, answer.body[:200])
    assert not wrong


async def test_another_organisation_reaches_nothing_by_id(hub: RunningHub, floor: Floor, other_organisation: str) -> None:
    stranger = await hub.as_role(Role.ADMIN, other_organisation)
    wrong = {}
    for name in WITH_PLACES:
        answer = await send(stranger, name, floor, TABLE[name].good(floor))
        if name in MAKES:
            # The same name in another organisation is another thing: refused for what it refers to, or made beside.
            if answer.status not in (200, 201, 422):
                wrong[name] = (answer.status, answer.body[:200])
        elif answer.status != 404 or told_badly(OPERATIONS[name]["surface"], answer.json()):
            wrong[name] = (answer.status, answer.body[:200])
    assert not wrong


async def test_another_organisation_sees_nothing_in_lists_and_changes_nothing(
    hub: RunningHub, floor: Floor, other_organisation: str
) -> None:
    owner, stranger = await hub.as_role(Role.ADMIN), await hub.as_role(Role.ADMIN, other_organisation)
    reads = [name for name in TABLE if name.startswith("GET") and name not in ABOUT_ONESELF]
    before = {name: (await send(owner, name, floor, TABLE[name].good(floor))).body for name in reads if "status" not in name}
    for name in WITH_PLACES:
        await send(stranger, name, floor, TABLE[name].good(floor))
    secrets = {floor.ids[place] for place in ("machine_id", "code_id", "record_id", "ended_id", "event_id", "key_id", "user_id")}
    leaked = {}
    for name in reads:
        told = (await send(stranger, name, floor, TABLE[name].good(floor))).body.decode()
        if "{" not in name and any(secret in told for secret in secrets):
            leaked[name] = told[:200]
    assert not leaked
    lasting = ("/reason-codes", "/rois", "/shift-patterns", "/api-keys", "/users", "/machines", "/fleet/downtime", "/events")
    for name in before:
        if name.endswith(lasting) and not name.endswith("step_events"):
            assert (await send(owner, name, floor, TABLE[name].good(floor))).body == before[name], name


async def test_bad_input_is_refused_in_the_manners_of_the_surface_and_changes_nothing(hub: RunningHub, floor: Floor) -> None:
    client = await hub.as_role(Role.ADMIN)
    # What does not change by the mere passing of time.
    moving = ("status", "activities", "step_events", "mttr-mtbf")
    lists = [name for name in TABLE if name.startswith("GET") and "{" not in name and not any(word in name for word in moving)]
    before = {name: (await send(client, name, floor, TABLE[name].good(floor))).body for name in lists}
    wrong = {}
    for name, row in TABLE.items():
        for number, (ask, status) in enumerate(row.bad(floor)):
            answer = await send(client, name, floor, ask)
            if answer.status != status or told_badly(OPERATIONS[name]["surface"], answer.json()):
                wrong[f"{name} {number}"] = (answer.status, status, answer.body[:200])
    assert not wrong
    for name in lists:
        assert (await send(client, name, floor, TABLE[name].good(floor))).body == before[name], name
