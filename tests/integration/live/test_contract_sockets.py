"""Promises of the sockets' contract that no single part can keep alone."""

import time

import pytest
import websockets

from storage.entities.event import EventChange
from storage.entities.user import Role
from tests.support.hub import RunningHub
from tests.support.sockets import open_socket
from tests.support.stored import event

PASSWORD = "long enough 1"


async def test_who_signs_in_again_after_a_change_of_role_is_let_in_at_once(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    email = f"{hub.organisation}@example.test"
    made = await admin("POST", "/api/v1/auth/users", {"email": email, "full_name": "Eve", "role": "operator", "password": PASSWORD})
    before = (await hub.http("POST", "/api/v1/auth/login", {"email": email, "password": PASSWORD})).json()["access_token"]
    async with open_socket(f"{hub.ws_url}/live", before) as socket:
        await socket.subscribe("health")
        await admin("PATCH", f"/api/v1/auth/users/{made.json()['id']}", {"role": "viewer"})
        assert await socket.closed() == 4401
    after = (await hub.http("POST", "/api/v1/auth/login", {"email": email, "password": PASSWORD})).json()["access_token"]
    async with open_socket(f"{hub.ws_url}/live", after) as socket:
        assert (await socket.subscribe("health"))["channel"] == "health"


async def test_a_malformed_sign_in_on_an_open_socket_is_answered_and_the_fifth_closes_it(hub: RunningHub) -> None:
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        for number, broken in enumerate(({}, "token", {"token": 5}, {"token": ""}, {})):
            await socket.send({"id": number, "auth": broken})
            reply = await socket.receive()
            assert (reply["id"], reply["error"]["code"]) == (number, "invalid")
        assert await socket.closed() == 4400


async def test_the_id_of_a_sign_in_comes_back_in_its_reply(hub: RunningHub) -> None:
    async with open_socket(f"{hub.ws_url}/coach") as socket:
        assert (await socket.ask({"auth": {"token": await hub.token()}}))["auth"]["role"] == "viewer"
        assert (await socket.ask({"auth": {"token": await hub.token(Role.OPERATOR)}}))["auth"]["role"] == "operator"


async def test_a_connection_follows_at_most_128_channels(hub: RunningHub) -> None:
    names = [f"M{number}" for number in range(129)]
    for name in names:
        await hub.store.machines.ensure(hub.organisation, name, None)
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        replies = [await socket.subscribe(f"timeline:{name}") for name in names]
        assert [reply.get("code") for reply in replies] == [None] * 128 + ["too_many_channels"]


@pytest.mark.parametrize("path", ["/nowhere", "/station//frames"])
async def test_a_websocket_to_an_address_that_has_none_is_told_404(hub: RunningHub, path: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with open_socket(f"{hub.ws_url}{path}", await hub.token()):
            pass
    assert refused.value.response.status_code == 404


async def test_who_listened_before_a_channel_s_first_fact_resumes_from_the_last_one_it_saw(hub: RunningHub) -> None:
    now_ms = int(time.time() * 1000)
    changes = [EventChange.started(event(hub.organisation, name, now_ms)) for name in ("a", "b")]
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        begin = await socket.subscribe("timeline:*")
        await hub.store.events.record(changes[:1])
        seen = await socket.receive()
    await hub.store.events.record(changes[1:])
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        again = await socket.subscribe("timeline:*", since={"epoch": begin["epoch"], "offset": seen["offset"]})
        assert again["recovered"] is True
        assert again["epoch"]
        assert (await socket.receive())["event"]["event"]["id"] == changes[1].event.id
        foreign = {"epoch": begin["epoch"], "offset": "1-1"}
        await socket.ask({"unsubscribe": {"channel": "timeline:*"}})
        assert (await socket.subscribe("timeline:*", since=foreign))["recovered"] is False
