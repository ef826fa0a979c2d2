"""What patterns of shifts put on a timeline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.coaching.jobs import Cycles, display_name, job_id, job_label
from hub.coaching.shift_plan import current_event, next_change_ms, overlapping, shift_events
from hub.coaching.shifts import DAYS
from storage.entities.shift_pattern import PatternMachine, Shift, ShiftPattern
from storage.entities.step_event import StepEvent

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
MONDAY_MS = 4 * DAY_MS
"""1970-01-05T00:00:00Z"""
MINUTES = 7 * 24 * 60


def utc(at_ms: int) -> int:
    return 0


def shifts(*said: str) -> tuple[Shift, ...]:
    """From `mon 06:00-14:00`."""
    return tuple(Shift(day=one[:3], start=one[4:9], end=one[10:]) for one in said)


def pattern(*said: str) -> ShiftPattern:
    fields = {"time_zone": "UTC", "machines": (), "created_at_ms": 0, "updated_at_ms": 0}
    return ShiftPattern.model_validate({"organisation": "o", "id": "Early", "weekly": shifts(*said), **fields})


def machine(since_ms: int = 0, written_ms: int = 0) -> PatternMachine:
    return PatternMachine(identifier="M", applies_from_ms=since_ms, written_until_ms=written_ms)


@pytest.mark.parametrize(
    ("said", "overlap"),
    [
        ((), False),
        (("mon 06:00-06:00",), False),
        (("mon 06:00-14:00", "mon 14:00-22:00"), False),
        (("mon 06:00-14:01", "mon 14:00-22:00"), True),
        (("sun 22:00-06:00", "mon 06:00-14:00"), False),
        (("sun 22:00-06:01", "mon 06:00-14:00"), True),
        (("mon 06:00-14:00", "mon 06:00-14:00"), True),
        (("mon 06:00-06:00", "tue 05:00-06:00"), True),
    ],
)
def test_shifts_that_share_time_are_found_over_midnight_and_the_end_of_the_week(said: tuple[str, ...], overlap: bool) -> None:
    assert (overlapping(shifts(*said)) is not None) is overlap


_CLOCK = st.tuples(st.integers(0, 23), st.integers(0, 5)).map(lambda at: f"{at[0]:02}:{at[1]}0")
_SHIFT = st.tuples(st.sampled_from(DAYS), _CLOCK, _CLOCK).map(lambda one: Shift(day=one[0], start=one[1], end=one[2]))


def minutes_of(shift: Shift) -> list[int]:
    at = [int(text[:2]) * 60 + int(text[3:]) for text in (shift.start, shift.end)]
    begins = DAYS.index(shift.day) * 1440 + at[0]
    return [(begins + minute) % MINUTES for minute in range((at[1] - at[0] - 1) % 1440 + 1)]


@given(st.lists(_SHIFT, max_size=4))
def test_overlapping_agrees_with_every_minute_of_the_week(weekly: list[Shift]) -> None:
    taken = [minute for shift in weekly for minute in minutes_of(shift)]
    assert (overlapping(weekly) is not None) is (len(set(taken)) < len(taken))


def test_a_period_begins_no_sooner_than_the_pattern_applies() -> None:
    early = pattern("mon 06:00-14:00", "tue 06:00-14:00")
    since_ms, now_ms = MONDAY_MS + 8 * HOUR_MS, MONDAY_MS + DAY_MS + 7 * HOUR_MS
    found = [(event.start_ms, event.end_ms) for event in shift_events(early, machine(since_ms, since_ms), utc, now_ms)]
    assert found == [(since_ms, MONDAY_MS + 14 * HOUR_MS), (MONDAY_MS + DAY_MS + 6 * HOUR_MS, None)]
    # What was in flight when it was written last is reckoned again, as the same event.
    again = shift_events(early, machine(since_ms, since_ms + HOUR_MS), utc, now_ms)
    assert again == shift_events(early, machine(since_ms, since_ms), utc, now_ms)
    assert current_event(early, machine(since_ms, since_ms), utc, MONDAY_MS + 15 * HOUR_MS) is None


def test_several_shifts_of_a_day_are_told_apart_by_their_times() -> None:
    one, several = pattern("mon 06:00-14:00", "tue 07:00-12:00"), pattern("mon 06:00-14:00", "mon 14:00-22:00")
    now_ms = MONDAY_MS + 15 * HOUR_MS
    assert [event.label for event in shift_events(one, machine(written_ms=MONDAY_MS), utc, now_ms)] == ["Early"]
    assert [event.label for event in shift_events(several, machine(written_ms=MONDAY_MS), utc, now_ms)] == [
        "Early 06:00-14:00",
        "Early 14:00-22:00",
    ]


def test_the_next_change_is_a_start_or_an_end() -> None:
    early = pattern("mon 06:00-14:00")
    asked = (MONDAY_MS, MONDAY_MS + 6 * HOUR_MS, MONDAY_MS + 14 * HOUR_MS)
    assert [next_change_ms(early, utc, at_ms) for at_ms in asked] == [asked[1], asked[2], asked[1] + 7 * DAY_MS]
    assert next_change_ms(pattern(), utc, MONDAY_MS) is None


_CYCLE = st.tuples(st.integers(0, 50), st.one_of(st.none(), st.integers(0, 20))).map(
    lambda c: (c[0], None if c[1] is None else c[0] + c[1])
)


@given(st.lists(_CYCLE, max_size=12), st.integers(0, 60), st.integers(1, 20))
def test_no_cycle_that_meets_a_job_is_missed(cycles: list[tuple[int, int | None]], start: int, length: int) -> None:
    found = Cycles(cycles, 100).meeting(start, start + length)
    assert {c for c in cycles if c[0] < start + length and (c[1] is None or c[1] > start)} <= set(found)
    assert set(found) <= set(cycles)


def test_a_job_has_one_id_and_a_name_that_people_know() -> None:
    assert job_id("o", "M", 1, "a/b", None, None) != job_id("o", "M", 1, "a", "b", None)
    assert job_id("o", "M", 1, "a", None, "10") == job_id("o", "M", 1, "a", None, "10")
    assert [job_label("WO-1", "P", "10"), job_label(None, "P", "10"), job_label(None, None, "10"), job_label(None, None, None)] == [
        "WO-1",
        "P",
        "Op10",
        "Job",
    ]
    job = StepEvent(organisation="o", id="e", machine="M", started_at_ms=0, part="1677723", step_number="10")
    assert [display_name(job, "x"), display_name(job.model_copy(update={"step_number": None}), "x"), display_name(None, "x")] == [
        "1677723 Op10",
        "1677723",
        "x",
    ]
