"""How a socket begins: who is let in, in which codec, and what is refused."""

import asyncio
import time

import pytest
import websockets

from hub.live import authentication, connection
from hub.services.auth import AuthService
from hub.services.revocation import Ended, announce
from storage.entities.user import Role
from tests.support.hub import RunningHub
from tests.support.sockets import open_socket


async def test_a_bearer_header_lets_in_and_an_offered_subprotocol_is_chosen(hub: RunningHub) -> None:
    for subprotocol in ("takt.v1.json", "takt.v1.msgpack", None):
        async with open_socket(f"{hub.ws_url}/live", await hub.token(), subprotocol=subprotocol) as socket:
            assert socket.connection.subprotocol == subprotocol
            assert (await socket.subscribe("health"))["channel"] == "health"


async def test_the_first_message_signs_in_as_a_message_or_as_the_raw_token(hub: RunningHub) -> None:
    token = await hub.token(Role.OPERATOR)
    for first in ({"auth": {"token": token}}, token):
        async with open_socket(f"{hub.ws_url}/live") as socket:
            await socket.send(first)
            reply = (await socket.receive())["auth"]
            assert (reply["role"], reply["organisation"]) == ("operator", hub.organisation)
            assert reply["expires_in"] > 3600


async def test_nothing_is_answered_before_the_token(hub: RunningHub) -> None:
    async with open_socket(f"{hub.ws_url}/live") as socket:
        await socket.send({"id": 1, "subscribe": {"channel": "health"}})
        with pytest.raises(websockets.ConnectionClosedError):
            await socket.receive()
        assert socket.connection.close_code == 4401


async def test_a_wrong_token_closes_with_4401(hub: RunningHub) -> None:
    async with open_socket(f"{hub.ws_url}/live", "takt_ro_nothing") as socket:
        assert await socket.closed() == 4401


async def test_silence_closes_with_4408(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "FIRST_MESSAGE_S", 0.05)
    async with open_socket(f"{hub.ws_url}/live") as socket:
        assert await socket.closed() == 4408


async def test_a_foreign_origin_is_refused_at_the_handshake_and_the_own_one_is_not(hub: RunningHub) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with open_socket(f"{hub.ws_url}/live", await hub.token(), origin="https://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403
    async with open_socket(f"{hub.ws_url}/live", await hub.token(), origin=hub.url) as socket:
        await socket.subscribe("health")


async def test_compression_is_never_agreed_to(hub: RunningHub) -> None:
    async with open_socket(f"{hub.ws_url}/live", await hub.token(), compression="deflate") as socket:
        assert "Sec-WebSocket-Extensions" not in socket.connection.response.headers  # type: ignore[union-attr]


async def test_a_role_below_the_sockets_closes_with_4403(hub: RunningHub) -> None:
    async with open_socket(f"{hub.ws_url}/station/any/frames", await hub.token(Role.VIEWER)) as socket:
        assert await socket.closed() == 4403


async def test_a_sign_in_that_ends_closes_its_sockets_at_once(hub: RunningHub) -> None:
    token = await hub.hub.auth.issue_token(hub.organisation, Role.VIEWER)
    caller = await hub.hub.auth.verify_token(token)
    async with open_socket(f"{hub.ws_url}/live", token) as socket, open_socket(f"{hub.ws_url}/live", await hub.token()) as other:
        await socket.subscribe("health")
        await other.subscribe("health")
        await announce(hub.store, hub.organisation, Ended(token_id=caller.id))
        assert await socket.closed(1.0) == 4401
        assert (await other.ask({"unsubscribe": {"channel": "health"}}))["unsubscribed"]


async def test_a_token_that_expires_is_announced_renewed_and_in_the_end_closed(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "EXPIRY_GRACE_S", 0.3)
    tokens = hub.hub.auth._tokens
    short, _ = await tokens.issue(hub.organisation, Role.VIEWER, subject=None, sid=None, ttl_s=2)
    async with open_socket(f"{hub.ws_url}/live", short) as socket:
        assert (await socket.receive())["expires_in"] <= 2
        await socket.send({"auth": {"token": await hub.token()}})
        assert (await socket.receive())["auth"]["expires_in"] > 3600
        again, _ = await tokens.issue(hub.organisation, Role.VIEWER, subject=None, sid=None, ttl_s=2)
        await socket.send({"auth": {"token": again}})
        started = time.monotonic()
        assert await socket.closed() == 4401
        assert 1.0 < time.monotonic() - started < 4.0


async def test_a_token_of_another_organisation_does_not_renew(hub: RunningHub, other_organisation: str) -> None:
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        await socket.subscribe("health")
        await socket.send({"auth": {"token": await hub.token(organisation=other_organisation)}})
        assert await socket.closed() == 4403


async def test_many_clients_sign_in_at_once(hub: RunningHub) -> None:
    token = await hub.token()

    async def visit() -> None:
        async with open_socket(f"{hub.ws_url}/live", token) as socket:
            await socket.subscribe("health")

    await asyncio.wait_for(asyncio.gather(*(visit() for _ in range(50))), 20)
    assert isinstance(hub.hub.auth, AuthService)
