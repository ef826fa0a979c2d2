"""The station client against a real hub."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from clients.station import CoachEvent, ConnectionClosed, Refused, RestClient, StationClient
from hub.protocol.close_codes import CloseCode
from hub.protocol.coaching import InterruptRequest, InterruptType
from hub.protocol.coaching_message import CoachingStatus
from storage.entities.user import Role
from tests.support.coaching import add_assembly, add_station
from tests.support.hub import RunningHub

JPEG = b"\xff\xd8\xff\xe0 not quite a picture"


@pytest_asyncio.fixture
async def station(hub: RunningHub) -> AsyncIterator[StationClient]:
    await add_assembly(hub.store, hub.organisation)
    await add_station(hub.store, hub.organisation)
    async with StationClient(hub.url, await hub.token(Role.OPERATOR), "st1") as client:
        yield client


async def next_fact(station: StationClient) -> CoachEvent:
    async with asyncio.timeout(10):
        async for event in station.events():
            if event.is_fact:
                return event
    raise AssertionError("unreachable")


async def push_until(station: StationClient, sent: int) -> None:
    async with asyncio.timeout(10):
        while station.frames.sent < sent:
            station.push(JPEG)
            await asyncio.sleep(0.01)


async def test_a_unit_is_started_skipped_through_and_heard_to_its_end(station: StationClient) -> None:
    started = await station.start("asm", "me", step_progression_delay=0.0)
    heard = [await next_fact(station)]
    assert heard[0].place == started.place
    for _ in range(3):
        await station.interrupt("SKIP_STEP")
    while not heard[-1].is_end:
        heard.append(await next_fact(station))
    skipped = [CoachingStatus.STEP_INTERRUPT, CoachingStatus.STEP_ADVANCE]
    assert [event.status for event in heard] == [
        CoachingStatus.COACHING_STARTED,
        *(skipped * 2),
        CoachingStatus.STEP_INTERRUPT,
        CoachingStatus.COACHING_COMPLETE,
    ]


async def test_a_unit_goes_on_for_a_client_whose_connections_were_all_closed(hub: RunningHub, station: StationClient) -> None:
    await station.start("asm", "me", step_progression_delay=0.0)
    await station.interrupt("PAUSE")
    hub.hub.live.roster.end_all(CloseCode.RESTART, "as a test wants")
    wish = InterruptRequest(assembly_record_id=station.record_id, interrupt_type=InterruptType.RESUME)
    await hub.hub.coaching.interrupt(hub.organisation, wish)
    heard = [await next_fact(station) for _ in range(3)]
    assert [event.status.value for event in heard] == ["COACHING_STARTED", "COACHING_PAUSED", "COACHING_RESUMED"]
    assert all(event.recovered for event in heard)


async def test_a_second_start_is_refused_and_names_the_running_unit(station: StationClient) -> None:
    started = await station.start("asm", "me")
    with pytest.raises(Refused, match=started.assembly_record_id):
        await station.start("asm", "me")


async def test_frames_go_up_as_far_as_the_hub_grants(station: StationClient) -> None:
    for _ in range(20):
        station.push(JPEG)
        await asyncio.sleep(0.01)
    await push_until(station, 8)
    # Nobody infers here, so no more is granted.
    assert station.frames.sent == 8
    assert station.frames.dropped > 0


async def test_a_later_pusher_takes_the_station_over_for_good(hub: RunningHub, station: StationClient) -> None:
    await push_until(station, 1)
    async with StationClient(hub.url, await hub.token(Role.OPERATOR), "st1") as other:
        other.push(JPEG)
        with pytest.raises(ConnectionClosed) as closed:
            await push_until(station, 10**6)
    assert closed.value.code == 4409


async def test_a_wrong_token_is_said_and_not_tried_again(hub: RunningHub) -> None:
    async with StationClient(hub.url, "wrong", "st1") as station:
        with pytest.raises(ConnectionClosed) as closed:
            await station.start("asm", "me")
    assert closed.value.code == 4401


async def test_rest_refusals_carry_their_sentence_and_code(hub: RunningHub) -> None:
    rest = RestClient(hub.url, await hub.token(Role.VIEWER))
    assert isinstance(await rest.get("/api/v1/assemblies"), list)
    with pytest.raises(Refused, match="no station") as refused:
        await rest.get("/api/v1/stations/none")
    assert (refused.value.status, refused.value.code) == (404, "not_found")
