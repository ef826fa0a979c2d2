"""Promises of the contract that hold for several operations at once."""

import pytest

from hub.operation import Surface
from storage.entities.user import Role
from tests.support.doors import rest_doors
from tests.support.hub import RunningHub

LISTS = {"users.list", "api_keys.list", "stations.list", "assemblies.list"}
# Shaped like a service's own pages, and yet none of its documented operations: ours.
OURS = ("auth.", "users.", "api_keys.")


async def test_a_list_tells_how_many_there_are_in_all(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    for name in ("a", "b", "c"):
        await admin("PUT", f"/api/v1/stations/{name}", {"name": name, "camera": "push"})
        await admin("POST", "/api/v1/api-keys", {"name": name, "role": "read-only"})
        await admin("POST", f"/model/new/{name}", {})
        mail = f"{name}-{hub.organisation}@example.test"
        await admin("POST", "/api/v1/auth/users", {"email": mail, "full_name": name, "role": "viewer", "password": "long enough 1"})
    told = {}
    for door in rest_doors(hub):
        if door.operation.name in LISTS:
            answer = await admin(door.method, door.path)
            told[door.operation.name] = (answer.headers["x-total-count"], len(answer.json()))
    assert told == dict.fromkeys(LISTS, ("3", 3))


async def test_accounts_and_keys_refuse_a_field_that_they_do_not_know(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    checked = set()
    for door in rest_doors(hub):
        if door.operation.name.startswith(OURS) and door.operation.body is not None:
            answer = await admin(door.method, door.path, {"no_such_field": 1})
            assert answer.status == 422, door
            assert b"no_such_field" in answer.body, door
            checked.add(door.operation.surface)
    assert checked == {Surface.HALTLESS, Surface.TRACKMYMACHINES, Surface.TAKT}


@pytest.mark.parametrize("path", ["/live", "/coach", "/station/bench/frames"])
async def test_a_socket_s_address_asked_for_without_an_upgrade_is_400(hub: RunningHub, path: str) -> None:
    answer = await hub.http("GET", path)
    assert (answer.status, answer.json()["msg"]) == (400, "This address is a websocket.")
