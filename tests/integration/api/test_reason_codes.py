"""The tree of reason codes: reason_codes.list, reason_codes.tree, reason_codes.create, reason_codes.update."""

import asyncio
from typing import Any

from storage.entities.user import Role
from tests.support.http import Answer
from tests.support.hub import RunningHub

CODES = "/api/v1/reason-codes"
NOBODY = "00000000-0000-4000-8000-000000000000"


async def make(hub: RunningHub, code: str, **fields: Any) -> dict[str, Any]:
    answer = await (await hub.as_role(Role.ADMIN))("POST", CODES, {"code": code, "name": f"Name of {code}", **fields})
    assert answer.status == 201, answer.body
    shown: dict[str, Any] = answer.json()
    return shown


async def put(hub: RunningHub, reason: dict[str, Any], **change: Any) -> Answer:
    return await (await hub.as_role(Role.ADMIN))("PUT", f"{CODES}/{reason['id']}", change)


async def read(hub: RunningHub, path: str = "", **query: Any) -> Any:
    answer = await (await hub.as_role(Role.VIEWER))("GET", CODES + path, query=query or None)
    assert answer.status == 200, answer.body
    return answer.json()


def names(tree: list[dict[str, Any]]) -> dict[str, Any]:
    """A tree as codes only."""
    return {branch["code"]: names(branch["children"]) for branch in tree}


async def test_a_reason_code_is_made_listed_and_changed(hub: RunningHub) -> None:
    top = await make(hub, "MEC", category="unplanned")
    assert list(top) == ["id", "code", "name", "category", "parent_id", "is_active", "created_at", "updated_at"]
    assert (top["category"], top["parent_id"], top["is_active"]) == ("unplanned", None, True)
    bearing = await make(hub, "BRG", parent_id=top["id"])
    assert await read(hub) == [bearing, top]
    changed = (await put(hub, bearing, name="Bearing worn", category="maintenance")).json()
    assert changed == bearing | {"name": "Bearing worn", "category": "maintenance", "updated_at": changed["updated_at"]}
    assert (await put(hub, bearing, code="BRG2", parent_id=None, category=None)).json()["parent_id"] is None
    assert [reason["code"] for reason in await read(hub)] == ["BRG2", "MEC"]
    await make(hub, "BRG")


async def test_the_tree_has_the_same_ones_nested(hub: RunningHub) -> None:
    top = await make(hub, "A")
    child = await make(hub, "B", parent_id=top["id"])
    leaf = await make(hub, "C", parent_id=child["id"])
    other = await make(hub, "D")
    assert await read(hub, "/tree") == [
        top | {"children": [child | {"children": [leaf | {"children": []}]}]},
        other | {"children": []},
    ]


async def test_one_that_is_switched_off_is_hidden_unless_asked_for_and_its_children_move_up(hub: RunningHub) -> None:
    top = await make(hub, "A")
    middle = await make(hub, "B", parent_id=top["id"])
    await make(hub, "C", parent_id=middle["id"])
    assert (await put(hub, middle, is_active=False)).json()["is_active"] is False
    assert [reason["code"] for reason in await read(hub)] == ["A", "C"]
    assert names(await read(hub, "/tree")) == {"A": {"C": {}}}
    assert [reason["code"] for reason in await read(hub, active_only="false")] == ["A", "B", "C"]
    assert names(await read(hub, "/tree", active_only="false")) == {"A": {"B": {"C": {}}}}
    await put(hub, top, is_active=False)
    assert names(await read(hub, "/tree")) == {"C": {}}
    assert (await put(hub, middle, is_active=True)).status == 200
    assert names(await read(hub, "/tree")) == {"B": {"C": {}}}


async def test_a_parent_that_would_make_a_cycle_is_refused(hub: RunningHub) -> None:
    top = await make(hub, "A")
    child = await make(hub, "B", parent_id=top["id"])
    leaf = await make(hub, "C", parent_id=child["id"])
    for under in (top, child, leaf):
        answer = await put(hub, top, parent_id=under["id"])
        assert (answer.status, answer.json()["detail"][0]["loc"]) == (422, ["body", "parent_id"])
    assert names(await read(hub, "/tree")) == {"A": {"B": {"C": {}}}}
    assert (await put(hub, leaf, parent_id=top["id"])).status == 200


async def test_two_moves_at_once_make_no_cycle_together(hub: RunningHub) -> None:
    first, second = await make(hub, "A"), await make(hub, "B")
    for _ in range(5):
        answers = await asyncio.gather(put(hub, first, parent_id=second["id"]), put(hub, second, parent_id=first["id"]))
        assert sorted(answer.status for answer in answers) == [200, 422]
        assert names(await read(hub, "/tree")) in ({"A": {"B": {}}}, {"B": {"A": {}}})
        await put(hub, first, parent_id=None)
        await put(hub, second, parent_id=None)


async def test_a_code_is_there_once_also_when_it_is_made_twice_at_once(hub: RunningHub) -> None:
    client = await hub.as_role(Role.ADMIN)
    answers = await asyncio.gather(*(client("POST", CODES, {"code": "BRG", "name": "Bearing"}) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    other = await make(hub, "BLT")
    taken = await put(hub, other, code="BRG")
    assert (taken.status, taken.json()) == (409, {"detail": "Another reason code has this code."})
    assert [reason["code"] for reason in await read(hub)] == ["BLT", "BRG"]


async def test_a_tree_grows_no_deeper_than_it_may(hub: RunningHub) -> None:
    parent = None
    for level in range(12):
        parent = (await make(hub, f"L{level:02}", parent_id=parent))["id"]
    client = await hub.as_role(Role.ADMIN)
    refused = await client("POST", CODES, {"code": "L12", "name": "Too deep", "parent_id": parent})
    assert (refused.status, refused.json()["detail"][0]["loc"]) == (422, ["body", "parent_id"])
    twig = await make(hub, "T")
    await make(hub, "U", parent_id=twig["id"])
    levels = await read(hub)
    assert (await put(hub, twig, parent_id=levels[10]["id"])).status == 422
    assert (await put(hub, twig, parent_id=levels[9]["id"])).status == 200


async def test_fields_that_do_not_fit_are_named(hub: RunningHub) -> None:
    reason = await make(hub, "BRG")
    client = await hub.as_role(Role.ADMIN)
    for field, value in (
        ("code", ""),
        ("code", " "),
        ("code", "x" * 51),
        ("code", None),
        ("name", ""),
        ("name", 7),
        ("name", None),
        ("category", "lunch"),
        ("parent_id", NOBODY),
        ("parent_id", ""),
        ("parent_id", ["x"]),
    ):
        for answer in (await client("POST", CODES, {"code": "X", "name": "Y", field: value}), await put(hub, reason, **{field: value})):
            assert (answer.status, answer.json()["detail"][0]["loc"]) == (422, ["body", field]), (field, value, answer.body)
    assert (await put(hub, reason, is_active=None)).status == 422
    assert (await client("GET", CODES, query={"active_only": "perhaps"})).json()["detail"][0]["loc"] == ["query", "active_only"]
    assert await read(hub, active_only="false") == [reason]


async def test_only_administrators_change_them_and_only_their_own(hub: RunningHub, other_organisation: str) -> None:
    reason = await make(hub, "BRG")
    supervisor, elsewhere = await hub.as_role(Role.SUPERVISOR), await hub.as_role(Role.ADMIN, other_organisation)
    assert (await supervisor("POST", CODES, {"code": "X", "name": "Y"})).status == 403
    assert (await supervisor("PUT", f"{CODES}/{reason['id']}", {"name": "Y"})).status == 403
    for unknown in (reason["id"], NOBODY, "x"):
        answer = await elsewhere("PUT", f"{CODES}/{unknown}", {"name": "Mine"})
        assert (answer.status, answer.json()) == (404, {"detail": "Reason code not found."})
    assert (await elsewhere("POST", CODES, {"code": "BRG", "name": "Own", "parent_id": reason["id"]})).status == 422
    assert (await elsewhere("POST", CODES, {"code": "BRG", "name": "Own"})).status == 201
    assert await read(hub) == [reason]
