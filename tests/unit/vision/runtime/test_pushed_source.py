"""Pushed frames: every one, in order, once, and acknowledged when it is through."""

import time

import pytest

from bench.drawn import draw, jpeg
from vision.sources.pushed import PushedSource

JPEG = jpeg(draw(1, 1))
SECOND_NS = 1_000_000_000


@pytest.fixture
def acknowledged() -> list[int]:
    return []


@pytest.fixture
def source(acknowledged: list[int]) -> PushedSource:
    return PushedSource(acknowledged.append)


def test_frames_keep_their_own_stamps_and_come_by_time_of_capture(source: PushedSource) -> None:
    for number in (2, 1, 3):
        source.offer(number, number * SECOND_NS, JPEG)
    readings = [source.read() for _ in range(3)]
    assert [(r.frame_no, r.captured_at_ns) for r in readings if r] == [(n, n * SECOND_NS) for n in (1, 2, 3)]
    assert source.read() is None


def test_a_repetition_has_no_effect_while_under_way_and_is_acknowledged_again_when_done(
    source: PushedSource, acknowledged: list[int]
) -> None:
    source.offer(7, SECOND_NS, JPEG)
    source.offer(7, SECOND_NS, JPEG)
    assert source.read() is not None
    assert source.read() is None
    source.offer(7, SECOND_NS, JPEG)
    assert source.read() is None
    assert acknowledged == []
    source.done(7, SECOND_NS)
    source.offer(7, SECOND_NS, JPEG)
    assert acknowledged == [7, 7]


def test_a_station_that_starts_again_may_count_from_one_again(source: PushedSource) -> None:
    source.offer(1, SECOND_NS, JPEG)
    source.done(1, SECOND_NS)
    assert source.read() is not None
    source.offer(1, 2 * SECOND_NS, JPEG)
    assert source.read() is not None


@pytest.mark.parametrize("content", [b"", b"no jpeg", JPEG[:40], b"\xff\xd8" + b"x" * 100])
def test_what_is_no_picture_is_acknowledged_so_that_it_is_not_repeated_for_ever(
    source: PushedSource, acknowledged: list[int], content: bytes
) -> None:
    source.offer(3, SECOND_NS, content)
    assert source.read() is None
    assert acknowledged == [3]


def test_a_wrong_clock_of_the_station_is_not_taken_for_delay(source: PushedSource) -> None:
    wrong_ns = time.time_ns() - 3600 * SECOND_NS
    source.offer(1, wrong_ns, JPEG)
    reading = source.read()
    assert reading is not None
    assert reading.seen_at_ns is not None
    assert abs(time.time_ns() - reading.seen_at_ns) < SECOND_NS
    assert reading.captured_at_ns == wrong_ns


def test_waiting_for_all_frames_ends_when_the_last_is_done(source: PushedSource) -> None:
    source.offer(1, SECOND_NS, JPEG)
    assert not source.wait_idle(0.01)
    source.done(1, SECOND_NS)
    assert source.wait_idle(1.0)
