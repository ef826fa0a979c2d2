"""What a machine did, second by second and without a hole."""

from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from hub.coaching.activities import Activity, ActivityState, activities
from hub.coaching.availability import Interval
from tests.unit.hub.coaching.oracle import many_spans, seconds, windows, within

ACTIVE, IDLE, OFF = ActivityState.ACTIVE, ActivityState.IDLE, ActivityState.OFF


def state_at(at_ms: int, busy: list[Interval], stopped: list[Interval], shifts: list[Interval] | None) -> ActivityState:
    """The oracle's word for one second."""
    if within(at_ms, busy) and not within(at_ms, stopped):
        return ACTIVE
    return IDLE if shifts is None or within(at_ms, shifts) else OFF


@given(many_spans, many_spans, st.none() | many_spans, windows)
def test_every_second_has_its_state(
    busy: list[Interval], stopped: list[Interval], shifts: list[Interval] | None, window: tuple[int, int]
) -> None:
    found = activities(busy, stopped, shifts, *window)
    told = [next(span.state for span in found if span.start_ms <= at_ms < span.end_ms) for at_ms in seconds(*window)]
    assert told == [state_at(at_ms, busy, stopped, shifts) for at_ms in seconds(*window)]


@given(many_spans, many_spans, st.none() | many_spans, windows)
def test_spans_touch_cover_the_window_and_differ_from_their_neighbours(
    busy: list[Interval], stopped: list[Interval], shifts: list[Interval] | None, window: tuple[int, int]
) -> None:
    found = activities(busy, stopped, shifts, *window)
    from_ms, to_ms = window
    assert sum(span.end_ms - span.start_ms for span in found) == to_ms - from_ms
    assert all(span.start_ms < span.end_ms for span in found)
    for left, right in zip(found, found[1:], strict=False):
        assert left.end_ms == right.start_ms
        assert left.state is not right.state
    if found:
        assert (found[0].start_ms, found[-1].end_ms) == window


def test_a_day_with_a_shift_a_stop_and_overtime() -> None:
    found = activities([Interval(10, 50), Interval(70, 90)], [Interval(30, 40)], [Interval(0, 60)], -10, 100)
    assert found == [
        Activity(-10, 0, OFF),
        Activity(0, 10, IDLE),
        Activity(10, 30, ACTIVE),
        Activity(30, 40, IDLE),
        Activity(40, 50, ACTIVE),
        Activity(50, 60, IDLE),
        Activity(60, 70, OFF),
        Activity(70, 90, ACTIVE),
        Activity(90, 100, OFF),
    ]


def test_a_machine_without_shifts_is_never_off_and_one_with_none_this_week_is() -> None:
    assert activities([], [], None, 0, 10) == [Activity(0, 10, IDLE)]
    assert activities([], [], [], 0, 10) == [Activity(0, 10, OFF)]


def test_an_empty_or_reversed_window_has_no_spans() -> None:
    assert activities([Interval(0, 10)], [], None, 5, 5) == []
    assert activities([Interval(0, 10)], [], None, 7, 3) == []


def test_thirty_thousand_intervals_take_no_time() -> None:
    busy = [Interval(n * 100, n * 100 + 60) for n in range(30_000)]
    began = process_time()
    assert len(activities(busy, busy[::100], None, 0, 3_000_000)) > 30_000
    assert process_time() - began < 5
