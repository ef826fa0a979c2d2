"""An answer that is written in one go past the server's rendering is, on the wire, the one that the server would have written."""

import re

import pytest
from hypercorn.config import Config

from hub import hot_reads
from hub.settings import Settings
from hub.whole_answer import send_whole
from storage.connection import Store
from storage.entities.event import Event, EventChange, EventType, event_id
from storage.entities.user import Role
from tests.support.hub import RunningHub, run_hub
from tests.support.wire import connected, read_one, request

T0_MS = 1_748_340_000_000
"""2025-05-27T10:00:00Z."""
# What differs from one request to the next, whoever answers.
OF_THE_REQUEST = re.compile(rb"(x-request-id|x-ratelimit-remaining|date): [^\r]*\r\n", re.IGNORECASE)


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each plain read, whether it was written in one go."""
    each: list[bool] = []

    async def counted(*args: object) -> bool:
        each.append(await send_whole(*args))  # type: ignore[arg-type]  # handed on as they come
        return each[-1]

    monkeypatch.setattr(hot_reads, "send_whole", counted)
    return each


async def put(hub: RunningHub, count: int = 1, label: str = "ü") -> None:
    events = [
        Event(
            id=event_id(hub.organisation, EventType.STEP, str(number)),
            organisation=hub.organisation,
            type=EventType.STEP,
            machine="M",
            start_ms=T0_MS + number,
            end_ms=T0_MS + 60_000,
            label=label,
        )
        for number in range(count)
    ]
    await hub.store.machines.ensure(hub.organisation, "M")
    await hub.store.events.record([EventChange.finished(event) for event in events])


async def test_the_wire_carries_what_the_server_itself_would_write(
    hub: RunningHub, written: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def declined(*_: object) -> bool:
        return False

    await put(hub)
    token = await hub.token(Role.VIEWER)
    async with connected(hub) as (reader, writer):
        writer.write(request(token))
        head, body = await read_one(reader)
        tag = re.search(rb"etag: ([^\r]+)", head)
        assert tag is not None
        writer.write(request(token, f"If-None-Match: {tag[1].decode()}", "Connection: Keep-Alive"))
        unchanged = await read_one(reader)
        monkeypatch.setattr(hot_reads, "send_whole", declined)
        for ours, asked in (((head, body), ()), (unchanged, (f"If-None-Match: {tag[1].decode()}",))):
            writer.write(request(token, *asked))
            servers = await read_one(reader)
            assert ours[1] == servers[1]
            assert OF_THE_REQUEST.sub(b"", ours[0]) == OF_THE_REQUEST.sub(b"", servers[0])
            assert len(OF_THE_REQUEST.findall(ours[0])) == len(OF_THE_REQUEST.findall(servers[0])) == 3
    assert (written, unchanged[0].split(b"\r\n")[0].strip()) == ([True, True], b"HTTP/1.1 304")


async def test_requests_that_come_together_are_answered_one_after_the_other(hub: RunningHub, written: list[bool]) -> None:
    await put(hub)
    token = await hub.token(Role.VIEWER)
    live = request(token, target="/health/live")
    async with connected(hub) as (reader, writer):
        writer.write(request(token) + live + request(token) + request(token) + live)
        answers = [await read_one(reader) for _ in range(5)]
    assert [head.split()[1] for head, _ in answers] == [b"200"] * 5
    assert [body.startswith(b"[") for _, body in answers] == [True, False, True, True, False]
    assert written == [True] * 3


async def test_who_wants_the_connection_ended_is_told_and_has_it_ended(hub: RunningHub, written: list[bool]) -> None:
    await put(hub)
    token = await hub.token(Role.VIEWER)
    for asked in (request(token, "Connection: close"), request(token, version="1.0")):
        async with connected(hub) as (reader, writer):
            writer.write(asked)
            answer = await reader.read()
        assert b"connection: close\r\n" in answer.lower()
        assert answer.endswith(b"}]")
    assert written == [False, False]


async def test_the_last_answer_of_a_connection_says_so(
    hub_settings: Settings, store: Store, organisation: str, written: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Config, "keep_alive_max_requests", 3)
    async with run_hub(hub_settings, store, organisation) as hub:
        await put(hub)
        token = await hub.token(Role.VIEWER)
        async with connected(hub) as (reader, writer):
            for ends in (False, False, True):
                writer.write(request(token))
                head, _ = await read_one(reader)
                assert (b"connection: close" in head.lower()) is ends
            assert await reader.read() == b""
    assert written == [True, True, False]


async def test_a_long_answer_reaches_a_slow_reader_whole(hub: RunningHub, written: list[bool]) -> None:
    await put(hub, 900, "l" * 500)
    async with connected(hub, limit=4 * 1024) as (reader, writer):
        for _ in range(3):
            writer.write(request(await hub.token(Role.VIEWER)))
        for _ in range(3):
            _, body = await read_one(reader)
            assert (body.count(b'"id"'), len(body) > 500_000, body[-1:]) == (900, True, b"]")
    assert written == [True] * 3


async def test_clients_that_leave_before_their_answer_harm_nobody(hub: RunningHub, caplog: pytest.LogCaptureFixture) -> None:
    await put(hub, 900, "l" * 500)
    token = await hub.token(Role.VIEWER)
    for _ in range(8):
        async with connected(hub) as (_, writer):
            writer.write(request(token))
            await writer.drain()
            writer.transport.abort()
    async with connected(hub) as (reader, writer):
        writer.write(request(token))
        head, _ = await read_one(reader)
    assert head.startswith(b"HTTP/1.1 200")
    assert not caplog.records
