"""Keys of machine clients: api_keys.list, api_keys.make, api_keys.delete."""

import asyncio
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from storage.entities.user import Role
from tests.support.hub import RunningHub


async def test_a_key_is_told_once_and_opens_what_its_role_may(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    made = await admin("POST", "/api/v1/api-keys", {"name": "line", "role": "read-only"})
    key = made.json()["key"]
    assert (made.status, key.startswith("takt_ro_")) == (201, True)
    assert key.encode() not in (await admin("GET", "/api/v1/api-keys")).body
    stored = await hub.store.redis.hgetall("takt:api-keys")  # type: ignore[misc]
    assert not any(key.encode() in name for name in stored)
    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        assert (await hub.http("GET", "/api/v1/stations", headers=headers)).status == 200
    refused = await hub.http("POST", "/api/v1/api-keys", {"name": "x", "role": "read-only"}, headers={"X-API-Key": key})
    assert (refused.status, refused.json()) == (403, {"error": "This API key does not have write permissions"})


async def test_a_read_write_key_is_an_operator(hub: RunningHub) -> None:
    key = (await (await hub.as_role(Role.ADMIN))("POST", "/api/v1/api-keys", {"name": "hmi", "role": "read-write"})).json()["key"]
    assert (await hub.http.signed(key)("GET", "/api/v1/auth/me")).json()["role"] == "operator"
    assert key.startswith("takt_rw_")


async def test_a_deleted_key_ends_at_once_with_its_sockets(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    made = (await admin("POST", "/api/v1/api-keys", {"name": "hmi", "role": "read-write"})).json()
    async with connect(f"{hub.ws_url}/live") as socket:
        await socket.send(made["key"])
        await asyncio.wait_for(socket.recv(), 5)
        assert (await admin("DELETE", f"/api/v1/api-keys/{made['id']}")).status == 204
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
    assert (await hub.http.signed(made["key"])("GET", "/api/v1/stations")).status == 401
    gone = await admin("DELETE", f"/api/v1/api-keys/{made['id']}")
    assert (gone.status, gone.json()) == (404, {"error": "API key not found"})


async def test_an_expired_key_opens_nothing(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    made = (
        await (await hub.as_role(Role.ADMIN))("POST", "/api/v1/api-keys", {"name": "old", "role": "read-only", "expires_in_days": 1})
    ).json()
    now = time.time()
    monkeypatch.setattr("hub.services.auth.time.time", lambda: now + 2 * 86_400)
    assert (await hub.http.signed(made["key"])("GET", "/api/v1/stations")).status == 401


@pytest.mark.parametrize("wrong", [{"role": "admin"}, {"expires_in_days": 0}, {"name": ""}])
async def test_a_key_that_does_not_fit_is_refused(hub: RunningHub, wrong: dict[str, object]) -> None:
    answer = await (await hub.as_role(Role.ADMIN))("POST", "/api/v1/api-keys", {"name": "n", "role": "read-only", **wrong})
    assert (answer.status, set(answer.json())) == (422, {"error"})
