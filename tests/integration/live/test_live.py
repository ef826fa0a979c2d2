"""/live (live.subscribe, live.unsubscribe): channels, resume, errors, both codecs."""

import asyncio
import time
from typing import Any

import pytest

from hub.live import topic
from storage import keys
from storage.entities.event import EventChange
from storage.messages import Picture
from storage.packing import pack
from tests.support.hub import RunningHub
from tests.support.sockets import Socket, open_socket
from tests.support.stored import AT_MS, event

MACHINE = "MACHINE_001"


async def _machine(hub: RunningHub) -> str:
    await hub.store.machines.ensure(hub.organisation, MACHINE, None)
    return f"timeline:{MACHINE}"


async def _record(hub: RunningHub, *names: str) -> None:
    for name in names:
        await hub.store.events.record([EventChange.started(event(hub.organisation, name, _now_ms()))])


def _now_ms() -> int:
    return int(time.time() * 1000)


async def _labels(socket: Socket, count: int) -> list[str]:
    return [(await socket.receive())["event"]["event"]["id"] for _ in range(count)]


def _ids(hub: RunningHub, *names: str) -> list[str]:
    return [event(hub.organisation, name).id for name in names]


@pytest.mark.parametrize("subprotocol", ["takt.v1.json", "takt.v1.msgpack"])
async def test_a_timeline_starts_with_its_state_and_goes_on_with_every_fact(hub: RunningHub, subprotocol: str) -> None:
    channel = await _machine(hub)
    await _record(hub, "a")
    async with open_socket(f"{hub.ws_url}/live", await hub.token(), subprotocol=subprotocol) as socket:
        for name in (channel, "timeline:*"):
            start = await socket.subscribe(name)
            assert [found["id"] for found in start["snapshot"]["events"]] == _ids(hub, "a")
            assert start["epoch"]
            assert start["offset"]
            assert start["recovered"] is False
            await _record(hub, "b" + name)
            push = await socket.receive()
            assert push["channel"] == name
            assert push["event"]["type"] == "started"
            assert push["event"]["event"]["id"] == event(hub.organisation, "b" + name).id
            await socket.ask({"unsubscribe": {"channel": name}})
            gone = event(hub.organisation, "b" + name, AT_MS, AT_MS + 1)
            await hub.store.events.record([EventChange.finished(gone)])


async def test_a_resume_brings_all_that_was_missed_in_order_and_once(hub: RunningHub) -> None:
    channel = await _machine(hub)
    await _record(hub, "a")
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        start = await socket.subscribe(channel)
    missed = [f"missed-{number}" for number in range(50)]
    await _record(hub, *missed)
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        since = {"epoch": start["epoch"], "offset": start["offset"]}
        again = await socket.subscribe(channel, since=since)
        assert again == {"channel": channel, **since, "recovered": True}
        await _record(hub, "live")
        assert await _labels(socket, 51) == _ids(hub, *missed, "live")


async def test_what_cannot_be_recovered_starts_from_the_state(hub: RunningHub) -> None:
    channel = await _machine(hub)
    await _record(hub, "a")
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        start = await socket.subscribe(channel, since={"epoch": "another", "offset": "1-0"})
        assert start["recovered"] is False
        assert [found["id"] for found in start["snapshot"]["events"]] == _ids(hub, "a")


async def test_facts_that_arrive_while_clients_join_reach_each_once(hub: RunningHub) -> None:
    channel = await _machine(hub)
    await _record(hub, "first")
    token = await hub.token()
    names = [f"fact-{number}" for number in range(120)]
    writing = asyncio.create_task(_record(hub, *names))

    async def follow(delay_s: float) -> list[str]:
        await asyncio.sleep(delay_s)
        async with open_socket(f"{hub.ws_url}/live", token) as socket:
            start = await socket.subscribe(channel)
            seen = [found["id"] for found in start["snapshot"]["events"]]
            offsets = [start["offset"]]
            while _ids(hub, names[-1])[0] not in seen:
                push = await socket.receive()
                seen.append(push["event"]["event"]["id"])
                offsets.append(push["offset"])
            assert [topic.order(a) < topic.order(b) for a, b in zip(offsets, offsets[1:], strict=False)].count(False) == 0
            return seen

    for seen in await asyncio.wait_for(asyncio.gather(*(follow(number * 0.01) for number in range(8))), 30):
        assert set(_ids(hub, *names)) <= set(seen)
    await writing


async def test_a_lost_subscription_of_the_hub_loses_no_fact(hub: RunningHub) -> None:
    channel = await _machine(hub)
    await _record(hub, "a")
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        await socket.subscribe(channel)
        await hub.store.redis.client_kill_filter(_type="pubsub")
        await _record(hub, "b", "c")
        assert await _labels(socket, 2) == _ids(hub, "b", "c")


async def test_errors_name_what_is_wrong_and_change_nothing(hub: RunningHub) -> None:
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        asked: list[tuple[dict[str, Any], str]] = [
            ({"subscribe": {"channel": "nothing:x"}}, "unknown_channel"),
            ({"subscribe": {"channel": "predictions:no-such-station"}}, "unknown_channel"),
            ({"unsubscribe": {"channel": "health"}}, "not_subscribed"),
            ({"subscribe": {"channel": "health"}, "unsubscribe": {"channel": "health"}}, "bad_request"),
            ({"subscribe": {"channel": "health", "colour": "red"}}, "invalid"),
        ]
        for message, code in asked:
            assert (await socket.ask(message))["error"]["code"] == code
        assert (await socket.subscribe("health"))["channel"] == "health"
        assert (await socket.subscribe("health"))["code"] == "already_subscribed"


async def test_the_fifth_bad_message_closes_after_its_answer(hub: RunningHub) -> None:
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        for number in range(5):
            await socket.send("{" if number % 2 else "[]")
            assert (await socket.receive())["error"]["code"] == "bad_request"
        assert await socket.closed() == 4400


async def test_messages_are_limited_by_bytes(hub: RunningHub) -> None:
    for text in ("a" * 66_000, "é" * 40_000):
        async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
            await socket.send('{"x":"' + text + '"}')
            assert await socket.closed() == 1009


async def test_too_many_messages_close_with_4429(hub: RunningHub) -> None:
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        for number in range(600):
            await socket.send({"id": number, "unsubscribe": {"channel": "health"}})
        assert await socket.closed() == 4429


async def test_another_organisations_machine_is_unknown_and_its_facts_are_not_heard(hub: RunningHub, other_organisation: str) -> None:
    channel = await _machine(hub)
    token = await hub.token(organisation=other_organisation)
    async with open_socket(f"{hub.ws_url}/live", token) as socket:
        assert (await socket.subscribe(channel))["code"] == "unknown_channel"
        await socket.subscribe("timeline:*")
        await _record(hub, "a")
        await hub.store.machines.ensure(other_organisation, "own", None)
        await hub.store.events.record([EventChange.started(event(other_organisation, "own", _now_ms(), machine="own"))])
        assert await _labels(socket, 1) == [event(other_organisation, "own").id]


async def test_pictures_come_at_the_rate_and_size_that_were_asked_for(hub: RunningHub, push_station: str) -> None:
    async with open_socket(f"{hub.ws_url}/live", await hub.token()) as socket:
        await socket.subscribe(f"frames:{push_station}", max_fps=5, max_width=500)
        for number in range(20):
            picture = Picture(push_station, number, 1_000_000_000 + number * 50_000_000, 480, 270, b"\xff\xd8jpeg")
            await hub.store.channels.publish(keys.pictures(hub.organisation, push_station, 480), pack(picture))
        seen = []
        while len(seen) < 5:
            data = await socket.receive()
            assert isinstance(data, bytes)
            size = int.from_bytes(data[:4])
            seen.append(data[4 : 4 + size])
            assert data[4 + size :] == b"\xff\xd8jpeg"
        assert b'"frame_no":0' in seen[0]
        assert b'"frame_no":4' in seen[1]
        demand = await hub.store.redis.get(keys.picture_demand(hub.organisation, push_station, 480))
        assert float(demand) == 5
