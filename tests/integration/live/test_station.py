"""/station/{id}/frames (station.frame): credit, frames that are told again, one pusher a station across hubs."""

import asyncio
from typing import Any

import msgpack

from hub.settings import Settings
from storage import keys
from storage.connection import Store
from storage.entities.user import Role
from storage.messages import PushedFrame
from storage.packing import unpack
from tests.support.hub import RunningHub, run_hub
from tests.support.sockets import open_socket

JPEG = b"\xff\xd8" + b"x" * 100


def frame(number: int, **fields: Any) -> dict[str, Any]:
    return {"frame_no": number, "captured_at_ns": 1_000 + number, "jpeg": JPEG, **fields}


async def test_frames_take_credit_and_get_it_back_when_vision_has_them(hub: RunningHub, push_station: str) -> None:
    token = await hub.token(Role.OPERATOR)
    async with hub.store.subscriber() as vision:
        await vision.subscribe(keys.pushed_frames(hub.organisation, push_station))
        arriving = aiter(vision)
        async with open_socket(f"{hub.ws_url}/station/{push_station}/frames", token, subprotocol="takt.v1.msgpack") as socket:
            assert await socket.receive() == {"credit": 8}
            for number in range(8):
                await socket.send(frame(number))
            seen = [unpack(PushedFrame, (await asyncio.wait_for(anext(arriving), 5))[1]) for _ in range(8)]
            assert seen == [PushedFrame(push_station, number, 1_000 + number, JPEG) for number in range(8)]
            await socket.send(frame(8))
            assert "credit" in (await socket.receive())["error"]["message"]
            done = keys.pushed_done(hub.organisation, push_station)
            await hub.store.channels.publish(done, msgpack.packb([0, 1, 99]))
            assert await socket.receive() == {"credit": 2}
            await hub.store.channels.publish(done, msgpack.packb(2))
            assert await socket.receive() == {"credit": 1}


async def test_what_vision_has_not_confirmed_is_told_again_even_after_the_pusher_left(hub: RunningHub, push_station: str) -> None:
    token = await hub.token(Role.OPERATOR)
    async with hub.store.subscriber() as vision:
        await vision.subscribe(keys.pushed_frames(hub.organisation, push_station))
        arriving = aiter(vision)
        async with open_socket(f"{hub.ws_url}/station/{push_station}/frames", token, subprotocol="takt.v1.msgpack") as socket:
            await socket.receive()
            await socket.send(frame(1))
            await asyncio.wait_for(anext(arriving), 5)
        _, again = await asyncio.wait_for(anext(arriving), 5)
        assert unpack(PushedFrame, again).frame_no == 1


async def test_bad_frames_are_answered_and_change_nothing(hub: RunningHub, push_station: str) -> None:
    token = await hub.token(Role.OPERATOR)
    async with open_socket(f"{hub.ws_url}/station/{push_station}/frames", token, subprotocol="takt.v1.msgpack") as socket:
        await socket.receive()
        for bad in (frame(1, jpeg=b"GIF89a.."), frame(-1), frame(2, colour="red"), {"frame_no": 1}):
            await socket.send(bad)
            assert "error" in await socket.receive()
        await socket.send(frame(1))
        await socket.send(frame(1))
        assert "grow" in (await socket.receive())["error"]["message"]
        assert await socket.closed() == 4400


async def test_the_newest_pusher_takes_the_station_over_whichever_hub_it_reached(
    hub: RunningHub, push_station: str, hub_settings: Settings, store: Store
) -> None:
    token = await hub.token(Role.OPERATOR)
    async with (
        run_hub(hub_settings, store, hub.organisation) as other,
        open_socket(f"{hub.ws_url}/station/{push_station}/frames", token, subprotocol="takt.v1.msgpack") as first,
    ):
        assert "credit" in await first.receive()
        async with open_socket(f"{other.ws_url}/station/{push_station}/frames", token, subprotocol="takt.v1.msgpack") as second:
            assert "credit" in await second.receive()
            assert await first.closed() == 4409
            async with open_socket(f"{other.ws_url}/station/{push_station}/frames", token, subprotocol="takt.v1.msgpack") as third:
                assert "credit" in await third.receive()
                assert await second.closed() == 4409


async def test_a_station_with_a_camera_of_its_own_takes_no_frames(hub: RunningHub, push_station: str) -> None:
    station = await hub.store.stations.get(hub.organisation, push_station)
    await hub.store.stations.save(station.model_copy(update={"camera": "0"}))
    token = await hub.token(Role.OPERATOR)
    async with open_socket(f"{hub.ws_url}/station/{push_station}/frames", token, subprotocol="takt.v1.msgpack") as socket:
        assert await socket.closed() == 4409
