"""The station client against a small server on real sockets."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from clients.station import CoachEvent, ConnectionClosed, OutcomeUnknown, Refused, StationClient
from clients.station.link import CodecName
from hub.protocol.coaching_message import CoachingStatus
from tests.integration.clients.small_hub import RECORD, SmallHub, small_hub


@pytest_asyncio.fixture
async def server() -> AsyncIterator[SmallHub]:
    async with small_hub() as hub:
        yield hub


@pytest_asyncio.fixture
async def station(server: SmallHub) -> AsyncIterator[StationClient]:
    async with StationClient(server.url, "secret", "st") as client:
        yield client


async def next_event(station: StationClient) -> CoachEvent:
    async with asyncio.timeout(10):
        return await anext(station.events())


async def push_until_closed(station: StationClient) -> None:
    async with asyncio.timeout(10):
        while True:
            station.push(b"\xff\xd8 2")
            await asyncio.sleep(0.01)


async def test_frames_are_sent_as_far_as_credit_was_granted_and_the_oldest_are_dropped(server: SmallHub, station: StationClient) -> None:
    station.push(b"\xff\xd8 0")
    await server.until(lambda: len(server.frames) == 1)
    numbers = [station.push(f"\xff\xd8 {n}".encode("latin-1")) for n in range(1, 10)]
    await server.until(lambda: len(server.frames) == 2)
    assert station.frames.dropped == 9 - 4
    await server.say(next(c for c in server.open if c.request is not None and "frames" in c.request.path), {"credit": 3})
    await server.until(lambda: len(server.frames) == 5)
    sent = [frame["frame_no"] for frame in server.frames]
    assert sent == sorted(set(sent))
    # Everything sent after the drop is among the newest four.
    assert set(sent[1:]) <= set(numbers[-4:])


async def test_frame_numbers_go_on_growing_after_a_reconnect(server: SmallHub, station: StationClient) -> None:
    station.push(b"\xff\xd8 1")
    await server.until(lambda: len(server.frames) == 1)
    await server.cut(1012)
    await server.until(lambda: any(c.request is not None and "frames" in c.request.path for c in server.open))
    station.push(b"\xff\xd8 2")
    await server.until(lambda: len(server.frames) == 2)
    assert server.frames[0]["frame_no"] < server.frames[1]["frame_no"]
    assert server.frames[1]["jpeg"] == b"\xff\xd8 2"


@pytest.mark.parametrize("codec", ["json", "msgpack"])
async def test_a_start_is_answered_by_its_fact_in_both_codecs(server: SmallHub, codec: CodecName) -> None:
    async with StationClient(server.url, "secret", "st", codec) as station:
        started = await station.start("asm", "me", step_progression_delay=0.1)
        assert (started.status, started.assembly_record_id) == (CoachingStatus.COACHING_STARTED, RECORD)
        assert server.requests[0]["start"] == {
            "assembly_id": "asm",
            "operator_id": "me",
            "station_id": "st",
            "step_progression_delay": 0.1,
        }
        assert (await next_event(station)).place == started.place
        assert server.tokens[0] == "Bearer secret"


async def test_an_interrupt_names_the_followed_unit_and_returns_the_fact(server: SmallHub, station: StationClient) -> None:
    await station.start("asm", "me")
    paused = await station.interrupt("PAUSE", "lunch")
    assert paused.status is CoachingStatus.COACHING_PAUSED
    assert server.requests[1]["interrupt"] == {"assembly_record_id": RECORD, "interrupt_type": "PAUSE", "reason": "lunch"}


async def test_a_refused_start_is_raised_with_its_sentence(server: SmallHub, station: StationClient) -> None:
    server.busy = True
    with pytest.raises(Refused, match="building") as refused:
        await station.start("asm", "me")
    assert refused.value.code == "station_busy"


@pytest.mark.parametrize("code", [0, 1001, 1011, 1012, 4408, 4429])
async def test_no_fact_is_lost_or_doubled_by_a_cut_in_the_middle(server: SmallHub, station: StationClient, code: int) -> None:
    await station.start("asm", "me")
    await server.tell(server.fact("STEP_COMPLETE"))
    heard = [await next_event(station), await next_event(station)]
    await server.cut(code)
    server.fact("STEP_ADVANCE")
    server.fact("STEP_COMPLETE")
    heard += [await next_event(station), await next_event(station)]
    # Told twice: replayed, and again as if it had been on its way.
    await server.tell(server.facts[-1])
    await server.tell(server.fact("COACHING_COMPLETE"))
    heard.append(await next_event(station))
    assert [event.raw["offset"] for event in heard] == [fact["offset"] for fact in server.facts]
    assert all(event.recovered for event in heard)
    assert station.cuts == 1


async def test_facts_that_cannot_be_replayed_come_as_a_snapshot_that_says_so(server: SmallHub, station: StationClient) -> None:
    await station.start("asm", "me")
    assert (await next_event(station)).recovered
    server.forgets = True
    server.fact("STEP_COMPLETE")
    server.fact("STEP_ADVANCE", message="Fit part 2.")
    await server.cut(0)
    snapshot = await next_event(station)
    assert (snapshot.recovered, snapshot.status, snapshot.message) == (False, CoachingStatus.STEP_ADVANCE, "Fit part 2.")
    await server.tell(server.fact("STEP_COMPLETE"))
    assert (await next_event(station)).recovered


@pytest.mark.parametrize("code", [1009, 4400, 4401, 4403, 4409])
async def test_a_close_that_says_not_to_come_back_is_final(server: SmallHub, station: StationClient, code: int) -> None:
    await station.start("asm", "me")
    await next_event(station)
    await server.cut(code)
    with pytest.raises(ConnectionClosed) as closed:
        await next_event(station)
    assert closed.value.code == code
    with pytest.raises(ConnectionClosed):
        await station.start("asm", "me")
    assert server.connections == 1


async def test_a_station_that_was_taken_over_does_not_push_back(server: SmallHub, station: StationClient) -> None:
    station.push(b"\xff\xd8 1")
    await server.until(lambda: len(server.frames) == 1)
    before = server.connections
    for connection in list(server.open):
        if connection.request is not None and "frames" in connection.request.path:
            await connection.close(4409)
    with pytest.raises(ConnectionClosed) as closed:
        await push_until_closed(station)
    assert closed.value.code == 4409
    assert server.connections == before


async def test_pings_are_answered_on_both_sockets(server: SmallHub, station: StationClient) -> None:
    station.push(b"\xff\xd8 1")
    await server.until(lambda: len(server.open) == 2)
    for number, connection in enumerate(list(server.open)):
        await server.say(connection, {"ping": number})
    await server.until(lambda: sorted(server.pongs) == [0, 1])


async def test_of_unread_predictions_only_the_newest_is_kept_and_facts_keep_their_order(server: SmallHub, station: StationClient) -> None:
    await station.start("asm", "me")
    prediction = {"status": "PREDICTION", "assembly_record_id": RECORD, "step": {"id": "1", "status": "INCORRECT", "evidence": 0.4}}
    for number in range(5):
        await server.tell({**prediction, "frame_no": number})
    await server.tell(server.fact("STEP_COMPLETE"))
    await server.tell({**prediction, "frame_no": 9})
    await station.interrupt()
    heard = [await next_event(station) for _ in range(5)]
    assert [event.status.value for event in heard] == ["COACHING_STARTED", "PREDICTION", "STEP_COMPLETE", "PREDICTION", "COACHING_PAUSED"]
    assert [event.frame_no for event in heard if not event.is_fact] == [4, 9]
    assert heard[1].step is not None
    assert (heard[1].step.status, heard[1].step.evidence) == ("INCORRECT", 0.4)


async def test_a_start_that_was_cut_off_is_sent_again(server: SmallHub, station: StationClient) -> None:
    server.swallows = "start"
    started = await station.start("asm", "me")
    assert started.status is CoachingStatus.COACHING_STARTED
    assert [list(request) for request in server.requests] == [["id", "start"], ["id", "start"]]


async def test_an_interrupt_that_was_cut_off_is_not_sent_again(server: SmallHub, station: StationClient) -> None:
    await station.start("asm", "me")
    server.swallows = "interrupt"
    with pytest.raises(OutcomeUnknown):
        await station.interrupt("SKIP_STEP")
    await server.until(lambda: any("resume" in request for request in server.requests))
    assert sum("interrupt" in request for request in server.requests) == 1


async def test_a_server_that_is_away_is_waited_for() -> None:
    async with small_hub() as gone:
        url = gone.url
    async with StationClient(url, "secret", "st") as station:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await station.start("asm", "me")
