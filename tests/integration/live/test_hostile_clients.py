"""What a client may do to the sockets on purpose: it is answered or closed with its number, and nobody else notices."""

import asyncio
import os
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from hub.live.topic import REPLAY_LIMIT
from storage import keys
from storage.entities.event import EventChange
from storage.entities.user import Role
from tests.support.coaching import add_assembly, add_station
from tests.support.hub import RunningHub, run_hub
from tests.support.sockets import Socket, open_socket
from tests.support.stored import event

BOMBS = {
    "a map of four milliards": b"\xdf\xff\xff\xff\xff",
    "a list of four milliards": b"\xdd\xff\xff\xff\xff",
    "a text of four gigabytes": b"\xdb\xff\xff\xff\xff",
    "an extension of four gigabytes": b"\xc9\xff\xff\xff\xff\x01",
    "lists in lists": b"\x91" * 60_000 + b"\xc0",
    "maps in maps": b"\x81\xa1a" * 20_000 + b"\xc0",
    "a map whose keys are maps": b"\x81\x80\xc0",
    "what is no msgpack": b"\xc1",
    "nothing": b"",
}


async def still_answers(socket: Socket) -> bool:
    """Whether a request is answered as if nothing had been."""
    return bool((await socket.subscribe("health"))["channel"] == "health")


@pytest.mark.parametrize("subprotocol", ["takt.v1.json", "takt.v1.msgpack"])
async def test_msgpack_bombs_are_answered_with_an_error_and_the_fifth_closes(hub: RunningHub, subprotocol: str) -> None:
    token = await hub.token()
    async with open_socket(f"{hub.ws_url}/live", token, subprotocol=subprotocol) as other:
        bombs = list(BOMBS.values())
        for first in range(0, len(bombs), 4):
            async with open_socket(f"{hub.ws_url}/live", token, subprotocol=subprotocol) as socket:
                for bomb in bombs[first : first + 4]:
                    await socket.send(bomb)
                    assert (await socket.receive())["error"]["code"] == "bad_request", bomb[:8]
                assert await still_answers(socket)
        async with open_socket(f"{hub.ws_url}/live", token, subprotocol=subprotocol) as socket:
            for _ in range(5):
                await socket.send(b"\xc1")
            assert await socket.closed() == 4400
        assert await still_answers(other)


async def test_a_message_in_pieces_of_one_byte_is_one_message_and_pieces_without_end_are_too_big(hub: RunningHub) -> None:
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        await socket.connection.send(iter('{"id": 7, "subscribe": {"channel": "health"}}'))
        assert (await socket.receive())["subscribed"]["channel"] == "health"

        async def without_end() -> AsyncIterator[str]:
            while True:
                yield "x" * 4096

        with pytest.raises(Exception, match="1009"):
            async with asyncio.timeout(10):
                await socket.connection.send(without_end())
        assert await socket.closed() == 1009


@asynccontextmanager
async def raw_socket(hub: RunningHub) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A websocket by hand, past its handshake."""
    address = urlsplit(hub.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    key = b64encode(os.urandom(16)).decode()
    head = f"GET /live HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer {await hub.token()}\r\n\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(5):
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def masked(opcode: int, payload: bytes, first_bits: int = 0x80) -> bytes:
    """A client's frame; the mask is zero, so the payload is as it is."""
    return bytes([first_bits | opcode, 0x80 | len(payload)]) + bytes(4) + payload


@pytest.mark.parametrize(
    "what",
    [masked(1, b"\xff\xfe"), bytes([0x81, 2]) + b"{}", masked(3, b""), masked(1, b"{}", 0xF0), masked(0, b"{}")],
    ids=["no UTF-8", "no mask", "an unknown kind", "reserved bits", "a continuation of nothing"],
)
async def test_what_breaks_the_protocol_ends_the_connection_and_no_other(hub: RunningHub, what: bytes) -> None:
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as other:
        async with raw_socket(hub) as (reader, writer):
            writer.write(what)
            async with asyncio.timeout(10):
                await reader.read()
        assert await still_answers(other)


async def test_frames_that_drip_in_byte_by_byte_are_read_and_a_client_that_never_ends_one_is_let_go(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with raw_socket(hub) as (reader, writer):
        for byte in masked(1, b'{"subscribe": {"channel": "health"}}'):
            writer.write(bytes([byte]))
            await writer.drain()
        async with asyncio.timeout(10):
            assert b"subscribed" in await reader.read(4096)
    monkeypatch.setattr(hub.hub.live.heartbeat, "_tick_s", 0.01)
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        # It hears its ping and never answers.
        assert await socket.closed(30) == 4408


async def test_a_fact_that_is_not_readable_closes_with_1011_and_a_resume_goes_on(hub: RunningHub) -> None:
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        start = await socket.subscribe("timeline:*")
        await hub.store.channels.publish(keys.timeline(hub.organisation), b"\xc1")
        assert await socket.closed() == 1011
    await hub.store.events.record([EventChange.started(event(hub.organisation, "after", int(time.time() * 1000)))])
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        again = await socket.subscribe("timeline:*", since={"epoch": start["epoch"], "offset": start["offset"]})
        assert again["recovered"] is True
        assert (await socket.receive())["event"]["event"]["id"] == event(hub.organisation, "after").id


@pytest.mark.parametrize("offset", ["99999999999999-0", "99999999999999999999-0", "0-99999999999999999999"])
async def test_a_place_where_the_stream_never_was_starts_from_the_state(hub: RunningHub, offset: str) -> None:
    await hub.store.events.record([EventChange.started(event(hub.organisation, "a", int(time.time() * 1000)))])
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        start = await socket.subscribe("timeline:*")
        await socket.ask({"unsubscribe": {"channel": "timeline:*"}})
        for epoch in (start["epoch"], "f" * 12):
            again = await socket.subscribe("timeline:*", since={"epoch": epoch, "offset": offset})
            assert (again["recovered"], again["offset"]) == (False, start["offset"])
            assert [found["id"] for found in again["snapshot"]["events"]] == [event(hub.organisation, "a").id]
            await socket.ask({"unsubscribe": {"channel": "timeline:*"}})


async def test_who_is_thousands_of_facts_behind_starts_from_the_state_and_misses_nothing_after_it(hub: RunningHub) -> None:
    first = event(hub.organisation, "first", 1_000_000, 1_000_001)
    await hub.store.events.record([EventChange.finished(first)])
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        start = await socket.subscribe("timeline:*")
    many = [EventChange.finished(event(hub.organisation, str(n), 1_000_000 + n, 1_000_001 + n)) for n in range(REPLAY_LIMIT + 1)]
    for at in range(0, len(many), 1_000):
        await hub.store.events.record(many[at : at + 1_000])
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        again = await socket.subscribe("timeline:*", since={"epoch": start["epoch"], "offset": start["offset"]})
        assert (again["recovered"], again["epoch"]) == (False, start["epoch"])
        await hub.store.events.record([EventChange.started(event(hub.organisation, "after", int(time.time() * 1000)))])
        assert (await socket.receive())["event"]["event"]["id"] == event(hub.organisation, "after").id


async def test_of_two_starts_at_once_on_two_hubs_one_begins_and_the_other_names_its_record(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    await add_station(hub.store, hub.organisation)
    start: dict[str, Any] = {"start": {"assembly_id": "asm", "operator_id": "op"}}
    token = await hub.token(Role.OPERATOR)
    async with (
        run_hub(hub.hub.settings, hub.store, hub.organisation) as second,
        open_socket(f"{hub.ws_url}/coach", token) as one,
        open_socket(f"{second.ws_url}/coach", token) as other,
    ):
        replies = await asyncio.gather(one.ask(start), other.ask(start))
    began = [reply["msg"] for reply in replies if reply["status"] == "ok"]
    refused = [reply["msg"] for reply in replies if reply["status"] == "error"]
    assert [said["status"] for said in began] == ["COACHING_STARTED"]
    assert [said["assembly_record_id"] for said in refused] == [began[0]["assembly_record_id"]]


async def test_a_flood_of_protocol_pings_from_a_client_that_does_not_read_costs_nobody_else_anything(hub: RunningHub) -> None:
    async with raw_socket(hub) as (_, writer), open_socket(f"{hub.ws_url}/live", await hub.token()) as other:
        flood = masked(9, b"x" * 120) * 2_000
        try:
            async with asyncio.timeout(1.0):
                for _ in range(100):
                    writer.write(flood)
                    await writer.drain()
        except TimeoutError:
            pass
        assert await still_answers(other)
