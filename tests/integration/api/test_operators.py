"""Operators: operators.add, operators.list, operators.list_active, operators.get, operators.find_id, operators.set_active,
operators.set_role, operators.set_name, operators.set_password, operators.set_rfid."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from storage.entities.user import Role
from tests.support.hub import RunningHub
from tests.support.operators import PASSWORD, add_operator, shown_operator
from tests.support.operators import quick_hashes as quick_hashes


@pytest_asyncio.fixture(autouse=True)
async def hashing(quick_hashes: RunningHub) -> AsyncIterator[None]:
    """Every test here hashes cheaply."""
    yield


async def test_an_operator_is_counted_shown_and_listed_without_any_secret(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    first = await add_operator(hub, rfid="04A1B2", options={"language": "de"}, id="77", num_records=9, has_password=False)
    second = await add_operator(hub, "Ben", "", password=None, role="Supervisor", active=False)
    assert (first, second) == ("1", "2")
    ada = {"id": "1", "first_name": "Ada", "last_name": "Muster", "role": "operator", "active": True, "options": {"language": "de"}}
    ada |= {"num_records": 0, "has_password": True, "rfid": "04A1B2"}
    ben = {"id": "2", "first_name": "Ben", "last_name": "", "role": "supervisor", "active": False, "options": {}}
    ben |= {"num_records": 0, "has_password": False, "rfid": ""}
    listed = await admin("GET", "/operator")
    assert (listed.json(), listed.headers["x-total-count"]) == ({"status": "ok", "msg": {"operators": [ada, ben]}}, "2")
    active = await admin("GET", "/operator/active")
    assert (active.json()["msg"], active.headers["x-total-count"]) == ({"operators": [ada]}, "1")
    assert await shown_operator(hub, second) == ben
    for answer in (listed, active, await admin("GET", "/operator/1")):
        assert b"argon2" not in answer.body
        assert PASSWORD.encode() not in answer.body


async def test_only_an_administrator_is_answered_the_badge(hub: RunningHub) -> None:
    id_ = await add_operator(hub, rfid="04A1B2")
    for role in (Role.VIEWER, Role.OPERATOR, Role.SUPERVISOR):
        client = await hub.as_role(role)
        for path in ("/operator", "/operator/active", f"/operator/{id_}"):
            answer = await client("GET", path)
            assert (answer.status, b"rfid" in answer.body, b"04A1B2" in answer.body) == (200, False, False)


async def test_each_change_does_what_its_name_says_and_nothing_else(hub: RunningHub) -> None:
    admin, id_ = await hub.as_role(Role.ADMIN), await add_operator(hub, password=None)
    before = await shown_operator(hub, id_)
    whole = {
        **before,
        "first_name": "Eva",
        "last_name": "Klein",
        "role": "supervisor",
        "rfid": "BADGE",
        "active": False,
        "password": PASSWORD,
    }
    changed = {
        "/operator/active": {"active": False},
        "/operator/role": {"role": "supervisor"},
        "/operator/name": {"first_name": "Eva", "last_name": "Klein"},
        "/operator/password": {"has_password": True},
        "/operator/rfid": {"rfid": "BADGE"},
    }
    for path, fields in changed.items():
        answer = await admin("PUT", path, {**whole, "num_records": 3, "unknown": 1})
        assert (answer.status, answer.json()["status"], type(answer.json()["msg"])) == (200, "ok", str), path
        before |= fields
        assert await shown_operator(hub, id_) == before, path
    assert (await admin("PUT", "/operator/rfid", {"id": int(id_), "rfid": ""})).status == 200
    assert (await shown_operator(hub, id_))["rfid"] == ""


async def test_an_operator_is_found_by_name_whatever_the_case(hub: RunningHub) -> None:
    id_ = await add_operator(hub, "Zoë", "  van   Dyck ")
    viewer = await hub.as_role(Role.VIEWER)
    for first, last in (("zoë", "VAN DYCK"), (" Zoe\u0308 ", "van dyck")):
        found = await viewer("POST", "/operator/id", {"first_name": first, "last_name": last})
        assert (found.status, found.json()) == (200, {"status": "ok", "msg": id_})
    assert (await viewer("POST", "/operator/id", {"first_name": "Zoë"})).status == 404
    assert (await viewer("POST", "/operator/id", {})).json()["field"] == "first_name"


async def test_a_name_and_a_badge_are_one_operator_s_and_free_again_when_given_up(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    await add_operator(hub, rfid="04a1")
    ben = await add_operator(hub, "Ben", rfid="04b2")
    for path, body, code in (
        ("/operator", {"first_name": "ADA", "last_name": "muster"}, "name_taken"),
        ("/operator", {"first_name": "Cleo", "rfid": " 04A1 "}, "rfid_taken"),
    ):
        answer = await admin("POST", path, body)
        assert (answer.status, answer.json()["code"]) == (409, code)
    for path, body, code in (
        ("/operator/name", {"id": ben, "first_name": "ada", "last_name": "Muster"}, "name_taken"),
        ("/operator/rfid", {"id": ben, "rfid": "04A1"}, "rfid_taken"),
    ):
        answer = await admin("PUT", path, body)
        assert (answer.status, answer.json()["code"]) == (409, code)
    assert (await admin("PUT", "/operator/name", {"id": "1", "first_name": "Adele"})).status == 200
    assert (await admin("PUT", "/operator/rfid", {"id": "1", "rfid": "04c3"})).status == 200
    assert (await admin("PUT", "/operator/name", {"id": ben, "first_name": "Ada", "last_name": "Muster"})).status == 200
    assert (await admin("PUT", "/operator/rfid", {"id": ben, "rfid": "04A1"})).status == 200


async def test_ids_names_badges_and_changes_hold_when_many_come_at_once(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    bodies = [{"first_name": f"Nr {n}", "rfid": f"badge {n}"} for n in range(6)] + [{"first_name": "Twin"}] * 3
    answers = await asyncio.gather(*(admin("POST", "/operator", body) for body in bodies))
    made = [answer.json()["msg"] for answer in answers if answer.status == 200]
    assert (len(made), len(set(made)), [a.status for a in answers].count(409)) == (7, 7, 2)
    taking = [admin("PUT", "/operator/rfid", {"id": id_, "rfid": "the one badge"}) for id_ in made]
    assert sorted(answer.status for answer in await asyncio.gather(*taking)) == [200] + [409] * 6
    names = [admin("PUT", "/operator/name", {"id": made[0], "first_name": f"Name {n}"}) for n in range(6)]
    roles = [admin("PUT", "/operator/role", {"id": made[0], "role": "supervisor"}) for _ in range(2)]
    statuses = [answer.status for answer in await asyncio.gather(*names, *roles)]
    assert set(statuses) <= {200, 409}
    operators = (await admin("GET", "/operator")).json()["msg"]["operators"]
    assert sum(operator["rfid"] == "the one badge" for operator in operators) == 1
    now = await shown_operator(hub, made[0])
    assert (now["role"] == "supervisor") is (200 in statuses[6:])
    for name in (f"Name {n}" for n in range(6)):
        found = await admin("POST", "/operator/id", {"first_name": name})
        assert (found.status == 200) is (name == now["first_name"])


BAD_NEW: list[tuple[dict[str, object], str]] = [
    ({}, "first_name"),
    ({"first_name": "  "}, "first_name"),
    ({"first_name": "x" * 101}, "first_name"),
    ({"first_name": "Ada\u0000"}, "first_name"),
    ({"first_name": ["Ada"]}, "first_name"),
    ({"first_name": "Ada", "last_name": 7}, "last_name"),
    ({"first_name": "Ada", "role": "viewer"}, "role"),
    ({"first_name": "Ada", "role": "chief"}, "role"),
    ({"first_name": "Ada", "rfid": "x" * 201}, "rfid"),
    ({"first_name": "Ada", "rfid": "a\nb"}, "rfid"),
    ({"first_name": "Ada", "password": "short"}, "password"),
    ({"first_name": "Ada", "password": "x" * 2000}, "password"),
    ({"first_name": "Ada", "password": "Password-2026"}, "password"),
    ({"first_name": "Adalbert", "password": "my adalbert sings"}, "password"),
    ({"first_name": "Ada", "active": "maybe"}, "active"),
    ({"first_name": "Ada", "options": []}, "options"),
    ({"first_name": "Ada", "options": {"a": "x" * 17_000}}, "options"),
]


async def test_what_cannot_be_an_operator_is_refused_by_its_field(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    for body, field in BAD_NEW:
        answer = await admin("POST", "/operator", body)
        assert (answer.status, answer.json()["field"], answer.json()["status"]) == (422, field, "error"), body
    assert (await admin("GET", "/operator")).json()["msg"] == {"operators": []}
    id_ = await add_operator(hub)
    for path, field in (("active", "active"), ("role", "role"), ("name", "first_name"), ("password", "password"), ("rfid", "rfid")):
        for body, at in (({"id": id_}, field), ({field: "x"}, "id"), ({"id": [id_], field: "x"}, "id")):
            answer = await admin("PUT", f"/operator/{path}", body)
            told = answer.json()["field"]
            assert answer.status == 422, (path, body)
            assert told == at or (path == "active" and told == "active"), (path, body)


CHANGES: dict[str, dict[str, object]] = {
    "active": {"active": False},
    "role": {"role": "supervisor"},
    "name": {"first_name": "Eva"},
    "password": {"password": PASSWORD},
    "rfid": {"rfid": "04"},
}


async def test_an_unknown_operator_is_404(hub: RunningHub) -> None:
    await add_operator(hub)
    admin = await hub.as_role(Role.ADMIN)
    for id_ in ("2", "0", "-1", "01", "x", "1:2", "9" * 40, "%20"):
        assert (await admin("GET", f"/operator/{id_}")).status == 404
        assert (await admin("PUT", "/operator/role", {"id": id_, "role": "operator"})).status == 404
    for path, fields in CHANGES.items():
        assert (await admin("PUT", f"/operator/{path}", {"id": "2", **fields})).status == 404


async def test_another_organisation_s_operators_are_out_of_reach(hub: RunningHub, other_organisation: str) -> None:
    id_ = await add_operator(hub, rfid="04")
    before, other = await shown_operator(hub, id_), await hub.as_role(Role.ADMIN, other_organisation)
    for path, fields in CHANGES.items():
        assert (await other("PUT", f"/operator/{path}", {"id": id_, **fields})).status == 404
    assert (await other("GET", f"/operator/{id_}")).status == 404
    assert (await other("POST", "/operator/id", {"first_name": "Ada", "last_name": "Muster"})).status == 404
    assert (await other("GET", "/operator")).json()["msg"] == {"operators": []}
    assert await shown_operator(hub, id_) == before
    same = await other("POST", "/operator", {"first_name": "Ada", "last_name": "Muster", "rfid": "04"})
    assert (same.status, same.json()["msg"]) == (200, "1")


async def test_writes_need_an_administrator_and_everything_a_token(hub: RunningHub) -> None:
    id_ = await add_operator(hub)
    supervisor = await hub.as_role(Role.SUPERVISOR)
    for client, status in ((supervisor, 403), (hub.http, 401)):
        assert (await client("POST", "/operator", {"first_name": "Ben"})).status == status
        for path, fields in CHANGES.items():
            assert (await client("PUT", f"/operator/{path}", {"id": id_, **fields})).status == status
    for path in ("/operator", "/operator/active", f"/operator/{id_}"):
        assert (await hub.http("GET", path)).status == 401
