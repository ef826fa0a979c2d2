"""Small parts of the live room."""

from typing import Any, cast

import pytest

from hub.live.allowance import Allowance
from hub.live.channel import PictureDemand, order
from hub.live.connection import Connection
from hub.live.heartbeat import PING_EVERY_S, PONG_WITHIN_S, Heartbeat
from hub.live.outbox import UNSENT_LIMIT, Tier, Waiting
from hub.live.pictures import Pace, greatest, width_for
from hub.live.push import JsonPush, MessagePush
from hub.live.transport import self_test
from hub.origins import origin_is_allowed
from hub.protocol.codec import JSON, PLAIN, Codec, decode
from hub.protocol.frames import PING, Frame, build


class Told:
    """A connection that only remembers."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.outbox = self
        self.last_pong = -1
        self.sent: list[bytes] = []
        self.ended: list[int] = []

    def fact(self, frame: Frame) -> None:
        self.sent.append(frame.payload)

    def raw(self, wire: bytes) -> None:
        self.sent.append(wire)

    def end(self, code: int, reason: str) -> None:
        self.ended.append(code)


def beat(heartbeat: Heartbeat, times: int) -> None:
    for _ in range(times):
        heartbeat.beat()


def test_a_client_that_answers_its_ping_stays_and_one_that_does_not_ends() -> None:
    heartbeat, alive, dead, plain = Heartbeat(), Told(JSON), Told(JSON), Told(PLAIN)
    for told in (alive, dead, plain):
        heartbeat.add(cast(Connection, told))
    beat(heartbeat, PING_EVERY_S)
    assert len(alive.sent) == len(dead.sent) == 1
    assert plain.sent == [PING]
    alive.last_pong = decode(alive.sent[0].decode())["ping"]
    beat(heartbeat, PONG_WITHIN_S)
    assert (alive.ended, dead.ended, plain.ended) == ([], [4408], [])


def test_only_the_newest_of_a_key_waits_and_the_oldest_key_gives_way() -> None:
    dropped: list[int] = []
    waiting = Waiting(dropped.append)
    small, large = build(b"x", binary=False), build(b"x" * UNSENT_LIMIT, binary=False)
    waiting.put("a", small)
    waiting.put("a", small)
    waiting.put("b", large)
    assert len(waiting) == 1
    assert sum(dropped) == 2
    assert waiting.take() is large
    assert waiting.size == 0
    assert waiting.take() is None


@pytest.mark.parametrize(("source_fps", "wanted", "expected"), [(15, 10, 10), (30, 10, 10), (30, 7, 7), (15, 30, 15), (10, 10, 10)])
def test_pictures_are_thinned_to_the_rate_that_was_asked_for(source_fps: int, wanted: int, expected: int) -> None:
    pace = Pace(wanted)
    seconds = 20
    passed = sum(pace.is_due(10**18 + int(n * 1e9 / source_fps)) for n in range(source_fps * seconds))
    assert abs(passed - expected * seconds) <= seconds * 0.1 + 1


def test_a_clock_that_goes_back_does_not_stop_the_pictures() -> None:
    pace = Pace(10)
    assert pace.is_due(10**18)
    assert pace.is_due(10**17)


def test_the_width_fits_what_was_asked_for() -> None:
    assert [width_for(width) for width in (None, 2000, 960, 959, 480, 100)] == [960, 960, 960, 480, 480, 480]


def test_the_highest_rate_of_a_picture_is_demanded() -> None:
    demands = [PictureDemand("o", "s", 480, 5), None, PictureDemand("o", "s", 480, 15), PictureDemand("o", "s", 960, 1)]
    assert greatest(demands) == [PictureDemand("o", "s", 480, 15), PictureDemand("o", "s", 960, 1)]


def test_a_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    bucket = Allowance(10, 3, now=0.0)
    assert [bucket.take(1000.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(1000.0 + seconds) for seconds in (0.05, 0.11, 0.12)] == [False, True, False]


def test_offsets_compare_as_numbers() -> None:
    assert order("9-10") < order("10-2") < order("10-11")
    assert order("") == order("0-0")


def test_a_reply_carries_the_id_of_its_request_in_both_kinds_of_push() -> None:
    pushes: list[Any] = [JsonPush(b'{"status":"ok"}', "e", "1-0"), MessagePush({"status": "ok"}, "e", "1-0")]
    for push in pushes:
        named = push.with_id("x")
        assert decode(named.frame("json").payload.decode()) == decode(named.frame("msgpack").payload) == {"id": "x", "status": "ok"}
        assert named.offset == "1-0"


def test_only_the_own_and_configured_origins_may_speak() -> None:
    allowed = frozenset({"https://screens.example"})
    assert origin_is_allowed(None, "hub:8000", allowed)
    assert origin_is_allowed("http://hub:8000", "hub:8000", allowed)
    assert origin_is_allowed("https://screens.example/", "hub:8000", allowed)
    for foreign in ("http://hub:8001", "https://evil.example", "null", "http://hub:8000.evil.example", ""):
        assert not origin_is_allowed(foreign, "hub:8000", allowed)


async def test_the_way_to_the_transport_is_as_expected() -> None:
    assert await self_test() is Tier.DESCRIPTOR
