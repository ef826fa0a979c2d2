"""Tokens for programs, from the id and the secret of an API key: oauth.token."""

import time
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from storage.entities.user import Role
from tests.support.devices import add_device
from tests.support.http import Answer
from tests.support.hub import RunningHub
from tests.support.sockets import open_socket

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def make_key(hub: RunningHub, role: str = "read-write", **fields: Any) -> dict[str, Any]:
    """A key of network 1."""
    admin = await hub.as_role(Role.ADMIN)
    made = await admin("POST", "/api/v1/api-keys", {"name": "gauge", "role": role, "network_ids": [1], **fields})
    assert made.status == 201
    return dict(made.json())


async def ask(hub: RunningHub, key: dict[str, Any], **changes: Any) -> Answer:
    """Asks for a token."""
    form = {"grant_type": "client_credentials", "client_id": key["id"], "client_secret": key["key"], **changes}
    body = urlencode({name: value for name, value in form.items() if value is not None}).encode()
    return await hub.http("POST", "/api/v1/oauth/token", raw=body, headers=FORM)


async def test_a_client_gets_a_token_with_its_networks_for_five_minutes(hub: RunningHub) -> None:
    key = await make_key(hub, network_ids=[1, 7])
    assert key["network_ids"] == [1, 7]
    answer = await ask(hub, key, scope="anything")
    said = answer.json()
    assert (answer.status, {**said, "access_token": ""}) == (200, {"access_token": "", "expires_in": 300, "token_type": "Bearer"})
    assert answer.headers["cache-control"] == "no-store"
    claims = jwt.decode(said["access_token"], options={"verify_signature": False})
    assert (claims["network_ids"], claims["client_id"], claims["exp"] - claims["iat"]) == ([1, 7], key["id"], 300)


async def test_the_token_may_what_its_key_may(hub: RunningHub) -> None:
    for number, network in ((101, 1), (102, 2)):
        await add_device(hub.store, hub.organisation, number, network=network)
    for role, status in (("read-only", 403), ("read-write", 200)):
        key = await make_key(hub, role)
        for secret in ((await ask(hub, key)).json()["access_token"], key["key"]):
            client = hub.http.signed(secret)
            assert [found["id"] for found in (await client("GET", "/api/v1/devices")).json()["data"]] == [101]
            assert (await client("POST", "/api/v1/device-apps/101/aam/heartbeat", {"status": "running"})).status == status
            assert (await client("GET", "/api/v1/device-apps/102/aam/uptime")).status == 404
    bare = await make_key(hub, network_ids=[])
    refused = await hub.http.signed((await ask(hub, bare)).json()["access_token"])("GET", "/api/v1/devices")
    assert (refused.status, refused.json()["error_code"]) == (403, "INSUFFICIENT_SCOPE")


async def test_a_wrong_client_a_wrong_secret_and_one_of_another_key_are_told_alike(hub: RunningHub) -> None:
    key, other = await make_key(hub), await make_key(hub)
    told = {
        (answer.status, answer.body)
        for answer in (
            await ask(hub, key, client_secret="wrong"),
            await ask(hub, key, client_id="nobody"),
            await ask(hub, key, client_id=other["id"]),
            await ask(hub, key, client_secret=other["key"]),
            await ask(hub, key, client_id="nobody", client_secret="wrong"),
            await ask(hub, key, client_id="ž" * 10),
        )
    }
    assert len(told) == 1
    status, body = told.pop()
    assert (status, b'"error_code":"INVALID_TOKEN"' in body) == (401, True)


async def test_what_is_no_grant_and_what_is_no_form_is_refused(hub: RunningHub) -> None:
    wrong: list[dict[str, Any]] = [{"grant_type": "password"}, {"grant_type": None}, {"client_id": None}]
    answers = [await ask(hub, {"id": "a", "key": "b"}, **changes) for changes in [*wrong, {"client_secret": ""}, {"client_id": "x" * 1000}]]
    for raw in (b"", b"\xff\xfe", b"a=%ff", b"&".join(b"a=1" for _ in range(200)), b'{"grant_type": "client_credentials"}'):
        for headers in (FORM, {"Content-Type": "application/json"}, {}):
            answers.append(await hub.http("POST", "/api/v1/oauth/token", raw=raw, headers=headers))
    assert {(answer.status, answer.json()["error_code"]) for answer in answers} == {(400, "INVALID_PARAM")}


async def test_a_token_ends_with_its_key_and_so_do_its_sockets(hub: RunningHub) -> None:
    key = await make_key(hub)
    client = hub.http.signed((await ask(hub, key)).json()["access_token"])
    async with open_socket(f"{hub.ws_url}/live", client.token) as socket:
        assert (await socket.subscribe("health"))["channel"] == "health"
        assert (await (await hub.as_role(Role.ADMIN))("DELETE", f"/api/v1/api-keys/{key['id']}")).status == 204
        assert await socket.closed() == 4401
    refused = await client("GET", "/api/v1/devices")
    assert (refused.status, refused.json()["error_code"]) == (401, "INVALID_TOKEN")
    assert (await ask(hub, key)).status == 401


async def test_an_expired_key_gets_no_token_and_ends_those_it_got(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await make_key(hub, expires_in_days=1)
    client = hub.http.signed((await ask(hub, key)).json()["access_token"])
    now = time.time()
    monkeypatch.setattr("hub.services.auth.time.time", lambda: now + 2 * 86_400)
    assert (await client("GET", "/api/v1/devices")).status == 401
    assert (await ask(hub, key)).status == 401


async def test_guesses_from_one_address_are_bounded(hub: RunningHub) -> None:
    answers = [await ask(hub, {"id": "a", "key": "b"}) for _ in range(3)]
    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in answers]
    assert (answers[0].headers["x-ratelimit-limit"], left[0] > left[2]) == ("60", True)
