"""Accounts: users.add, users.list, users.change."""

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from storage.entities.user import Role
from tests.support.http import HttpClient
from tests.support.hub import RunningHub


def body(hub: RunningHub, name: str = "ann", **fields: object) -> dict[str, object]:
    return {"email": f"{name}@{hub.organisation}.test", "full_name": name.title(), "role": "admin", "password": "0123456789", **fields}


async def sign_in(hub: RunningHub, email: object, password: object = "0123456789") -> HttpClient:
    answer = await hub.http("POST", "/api/v1/auth/login", {"email": email, "password": password})
    assert answer.status == 200, answer.body
    return hub.http.signed(answer.json()["access_token"])


async def test_an_admin_makes_accounts_and_a_made_password_is_told_once(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    made = await admin("POST", "/api/v1/auth/users", body(hub, password=None, role="operator", network_ids=[3]))
    assert made.status == 201
    assert made.json()["network_ids"] == [3]
    listed = (await admin("GET", "/api/v1/auth/users")).json()
    assert listed == [{key: value for key, value in made.json().items() if key != "password"}]
    assert b"argon2" not in (await admin("GET", "/api/v1/auth/users")).body
    me = await (await sign_in(hub, made.json()["email"], made.json()["password"]))("GET", "/api/v1/auth/me")
    assert me.json()["role"] == "operator"


async def test_an_address_signs_in_to_one_organisation_only(hub: RunningHub, other_organisation: str) -> None:
    admin, elsewhere = await hub.as_role(Role.ADMIN), await hub.as_role(Role.ADMIN, other_organisation)
    assert (await admin("POST", "/api/v1/auth/users", body(hub))).status == 201
    again = await admin("POST", "/api/v1/auth/users", body(hub, email=f"ANN@{hub.organisation}.test"))
    assert (again.status, again.json()) == (409, {"detail": "This e-mail address is taken."})
    assert (await elsewhere("POST", "/api/v1/auth/users", body(hub))).status == 409


@pytest.mark.parametrize(
    ("field", "value"), [("email", "no address"), ("role", "owner"), ("password", "short"), ("full_name", ""), ("network_ids", ["x"])]
)
async def test_a_field_that_does_not_fit_is_named_as_the_surface_names_it(hub: RunningHub, field: str, value: object) -> None:
    answer = await (await hub.as_role(Role.ADMIN))("POST", "/api/v1/auth/users", body(hub, **{field: value}))
    assert answer.status == 422
    assert answer.json()["detail"][0]["loc"][:2] == ["body", field]
    assert set(answer.json()["detail"][0]) == {"loc", "msg", "type"}


async def test_an_account_made_inactive_loses_its_sign_ins_and_its_sockets(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    user = (await admin("POST", "/api/v1/auth/users", body(hub, role="viewer"))).json()
    client = await sign_in(hub, user["email"])
    async with connect(f"{hub.ws_url}/live") as socket:
        await socket.send(client.token or "")
        await asyncio.wait_for(socket.recv(), 5)
        assert (await admin("PATCH", f"/api/v1/auth/users/{user['id']}", {"is_active": False})).status == 200
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
    assert (await client("GET", "/api/v1/auth/me")).status == 401
    assert (await admin("PATCH", f"/api/v1/auth/users/{user['id']}", {"is_active": True})).status == 200
    assert (await client("GET", "/api/v1/auth/me")).status == 401
    await sign_in(hub, user["email"])


async def test_a_new_role_holds_from_the_next_request(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    user = (await admin("POST", "/api/v1/auth/users", body(hub, role="admin"))).json()
    await admin("POST", "/api/v1/auth/users", body(hub, "ben"))
    client = await sign_in(hub, user["email"])
    assert (await client("GET", "/api/v1/auth/users")).status == 200
    assert (await admin("PATCH", f"/api/v1/auth/users/{user['id']}", {"role": "viewer"})).status == 200
    assert (await client("GET", "/api/v1/auth/users")).status == 403


async def test_the_last_administrator_stays_one(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    user = (await admin("POST", "/api/v1/auth/users", body(hub))).json()
    for change in ({"is_active": False}, {"role": "operator"}):
        assert (await admin("PATCH", f"/api/v1/auth/users/{user['id']}", change)).status == 409
    await admin("POST", "/api/v1/auth/users", body(hub, "ben"))
    assert (await admin("PATCH", f"/api/v1/auth/users/{user['id']}", {"role": "operator", "full_name": "Ann B."})).json()[
        "full_name"
    ] == "Ann B."
