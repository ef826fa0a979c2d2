"""Heartbeats become intervals, and intervals the uptime of an app."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.coaching.availability import Interval
from hub.coaching.uptime import Beats, BeatStatus, DeviceUptime, beat, silent, span, uptime
from tests.unit.hub.coaching.oracle import S, many_spans, seconds, windows, within

RUNNING, STOPPED = BeatStatus.RUNNING, BeatStatus.STOPPED
PERIOD = 10 * S
MINUTE = 60 * S
HALF_HOUR = 30 * MINUTE


def runs(*beats: tuple[int, BeatStatus]) -> list[Beats]:
    """The runs that beats at these seconds give, the open one last."""
    finished: list[Beats] = []
    now: Beats | None = None
    for at_s, status in beats:
        ended, now = beat(now, status, at_s * S, PERIOD)
        finished += [ended] if ended else []
    return [*finished, now] if now else finished


def test_the_example_of_the_source_gives_92_31() -> None:
    """VIANA's page: 23,400 s of window, three intervals with 1,800 s of gaps, the last one open since 05:00 and heard 10 s ago."""
    last = span(Beats(RUNNING, 10 * HALF_HOUR, 13 * HALF_HOUR - 10 * S), 13 * HALF_HOUR, PERIOD)
    intervals = [Interval(0, 4 * HALF_HOUR), Interval(4 * HALF_HOUR + 20 * MINUTE, 9 * HALF_HOUR + 20 * MINUTE), last]
    found = uptime(intervals, 0, 13 * HALF_HOUR)
    assert (found.running_seconds, found.stopped_seconds, found.uptime_pct, found.interval_count) == (21_600, 1_800, 92.31, 3)


@given(many_spans, windows)
def test_uptime_is_what_every_second_says(known: list[Interval], window: tuple[int, int]) -> None:
    found = uptime(known, *window)
    seen = [within(at_ms, known) for at_ms in seconds(*window)]
    assert (found.running_seconds, found.stopped_seconds) == (seen.count(True), seen.count(False))
    assert found.uptime_pct == (round(100 * seen.count(True) / len(seen), 2) if seen else 0.0)
    assert 0 <= found.uptime_pct <= 100


@given(many_spans, windows, st.integers(0, 20))
def test_a_split_window_adds_up(known: list[Interval], window: tuple[int, int], split: int) -> None:
    from_ms, to_ms = window
    middle = min(from_ms + split * S, to_ms)
    whole, left, right = uptime(known, *window), uptime(known, from_ms, middle), uptime(known, middle, to_ms)
    assert left.running_ms + right.running_ms == whole.running_ms
    assert left.stopped_ms + right.stopped_ms == whole.stopped_ms


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 5_000)).map(lambda p: Interval(p[0], p[0] + p[1])), max_size=5))
def test_whole_seconds_of_running_and_stopped_give_the_window(known: list[Interval]) -> None:
    found = uptime(known, 0, 15 * S)
    assert found.running_ms + found.stopped_ms == 15 * S
    assert found.running_seconds + found.stopped_seconds == 15
    assert min(found.running_seconds, found.stopped_seconds) >= 0


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param([Interval(0, 40), Interval(20, 60)], DeviceUptime(60, 40, 60.0, 2), id="overlapping, as after two hubs heard it"),
        pytest.param([Interval(0, 40), Interval(10, 20)], DeviceUptime(40, 60, 40.0, 2), id="nested"),
        pytest.param([Interval(0, 40), Interval(0, 40)], DeviceUptime(40, 60, 40.0, 2), id="duplicate"),
        pytest.param([Interval(0, 40), Interval(40, 60)], DeviceUptime(60, 40, 60.0, 2), id="touching"),
        pytest.param([Interval(50, 50)], DeviceUptime(0, 100, 0.0, 1), id="a single beat"),
        pytest.param([Interval(-50, 20), Interval(90, 200)], DeviceUptime(30, 70, 30.0, 2), id="over the edges"),
        pytest.param([Interval(-50, 0), Interval(100, 200), Interval(100, 100)], DeviceUptime(0, 100, 0.0, 0), id="outside"),
        pytest.param([], DeviceUptime(0, 100, 0.0, 0), id="none"),
    ],
)
def test_the_window_decides_what_counts(known: list[Interval], expected: DeviceUptime) -> None:
    assert uptime(known, 0, 100) == expected


def test_an_empty_window_has_no_uptime() -> None:
    assert uptime([Interval(0, 10)], 5, 5) == DeviceUptime(0, 0, 0.0, 0)


def test_beats_without_a_gap_are_one_run() -> None:
    assert runs((0, RUNNING), (10, RUNNING), (40, RUNNING)) == [Beats(RUNNING, 0, 40 * S)]


def test_a_gap_over_three_periods_ends_the_run_at_its_last_beat() -> None:
    assert runs((0, RUNNING), (10, RUNNING), (41, RUNNING)) == [Beats(RUNNING, 0, 10 * S), Beats(RUNNING, 41 * S, 41 * S)]


def test_a_gap_of_days_ends_the_run_at_its_last_beat_too() -> None:
    """As after a hub that was down meanwhile."""
    assert runs((0, RUNNING), (10, STOPPED), (500_000, RUNNING))[1:] == [
        Beats(STOPPED, 10 * S, 10 * S),
        Beats(RUNNING, 500_000 * S, 500_000 * S),
    ]


def test_another_status_begins_where_the_last_one_ends() -> None:
    assert runs((0, RUNNING), (10, RUNNING), (20, STOPPED)) == [Beats(RUNNING, 0, 20 * S), Beats(STOPPED, 20 * S, 20 * S)]


def test_another_status_after_a_gap_leaves_the_gap() -> None:
    assert runs((0, RUNNING), (100, STOPPED)) == [Beats(RUNNING, 0, 0), Beats(STOPPED, 100 * S, 100 * S)]


def test_a_beat_that_comes_late_changes_nothing() -> None:
    assert runs((0, RUNNING), (20, RUNNING), (10, STOPPED), (10, RUNNING)) == [Beats(RUNNING, 0, 20 * S)]


def test_the_same_beat_twice_is_one() -> None:
    assert runs((0, RUNNING), (10, RUNNING), (10, RUNNING)) == [Beats(RUNNING, 0, 10 * S)]


@pytest.mark.parametrize(("now_s", "expected"), [(0, False), (30, False), (31, True), (10_000, True)])
def test_silence_is_more_than_three_periods(now_s: int, expected: bool) -> None:
    assert silent(Beats(RUNNING, -50 * S, 0), now_s * S, PERIOD) is expected


def test_an_open_run_reaches_until_now_while_it_is_heard_and_to_its_last_beat_after() -> None:
    heard = Beats(RUNNING, 0, 100 * S)
    assert span(heard, 115 * S, PERIOD) == Interval(0, 115 * S)
    assert span(heard, 200 * S, PERIOD) == Interval(0, 100 * S)
    assert span(heard, -5 * S, PERIOD) == Interval(0, 100 * S)


@given(st.lists(st.tuples(st.integers(0, 80), st.sampled_from(BeatStatus)), min_size=1, max_size=30))
def test_runs_are_apart_and_hold_every_beat(beats: list[tuple[int, BeatStatus]]) -> None:
    ordered = sorted(beats, key=lambda each: each[0])
    found = runs(*ordered)
    assert all(left.last_ms <= right.start_ms for left, right in zip(found, found[1:], strict=False))
    assert all(any(run.start_ms <= at_s * S <= run.last_ms for run in found) for at_s, _ in ordered)
    covered = uptime([Interval(run.start_ms, run.last_ms) for run in found], 0, 100 * S).running_ms
    moments = [at_s for at_s, _ in ordered]
    steps = [later - earlier for earlier, later in zip(moments, moments[1:], strict=False)]
    assert covered == sum(step for step in steps if step <= 30) * S
