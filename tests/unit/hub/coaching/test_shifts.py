"""Weekly shifts on the calendar, over midnight and daylight saving."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.coaching.availability import Interval, total_ms, union
from hub.coaching.shifts import DAY_MS, DAYS, ShiftPeriod, WeeklyShift, minutes, moment, periods
from hub.zones import clock_of

HOUR_MS = 3_600_000
ZURICH = "Europe/Zurich"
ZONES = (
    ZURICH,
    "UTC",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
clocks = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda each: f"{each[0]:02d}:{each[1]:02d}")


def at(text: str) -> int:
    """Milliseconds UTC of an ISO 8601 time."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def told(period: ShiftPeriod, zone: str) -> tuple[str, str, float]:
    """A period on the wall clock, and its hours."""
    start, end = (datetime.fromtimestamp(ms / 1000, ZoneInfo(zone)) for ms in (period.start_ms, period.end_ms))
    return f"{start:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}", (period.end_ms - period.start_ms) / HOUR_MS


def of(shift: WeeklyShift, zone: str, from_day: str, to_day: str) -> list[tuple[str, str, float]]:
    """The periods of a shift in some days of its zone."""
    from_ms, to_ms = (int(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000) for day in (from_day, to_day))
    return [told(period, zone) for period in periods([shift], clock_of(zone), from_ms, to_ms)]


def test_a_shift_comes_every_week_at_the_same_time_of_the_wall_clock() -> None:
    assert of(WeeklyShift("mon", "06:00", "14:00"), ZURICH, "2026-03-16", "2026-04-06") == [
        ("2026-03-16 06:00", "2026-03-16 14:00", 8.0),
        ("2026-03-23 06:00", "2026-03-23 14:00", 8.0),
        ("2026-03-30 06:00", "2026-03-30 14:00", 8.0),
    ]


def test_an_end_at_or_before_the_start_is_on_the_next_day() -> None:
    assert of(WeeklyShift("sun", "22:00", "06:00"), ZURICH, "2026-06-07", "2026-06-09") == [("2026-06-07 22:00", "2026-06-08 06:00", 8.0)]
    assert of(WeeklyShift("sun", "22:00", "00:00"), ZURICH, "2026-06-07", "2026-06-08") == [("2026-06-07 22:00", "2026-06-08 00:00", 2.0)]
    assert of(WeeklyShift("sun", "06:00", "06:00"), ZURICH, "2026-06-07", "2026-06-08") == [("2026-06-07 06:00", "2026-06-08 06:00", 24.0)]


@pytest.mark.parametrize(
    ("day", "shift", "expected"),
    [
        ("2026-03-29", ("sun", "00:00", "00:00"), ("2026-03-29 00:00", "2026-03-30 00:00", 23.0)),
        ("2026-03-28", ("sat", "22:00", "06:00"), ("2026-03-28 22:00", "2026-03-29 06:00", 7.0)),
        ("2026-03-29", ("sun", "02:30", "10:00"), ("2026-03-29 03:00", "2026-03-29 10:00", 7.0)),
        ("2026-03-28", ("sat", "22:00", "02:30"), ("2026-03-28 22:00", "2026-03-29 03:00", 4.0)),
        ("2026-10-25", ("sun", "00:00", "00:00"), ("2026-10-25 00:00", "2026-10-26 00:00", 25.0)),
        ("2026-10-24", ("sat", "22:00", "06:00"), ("2026-10-24 22:00", "2026-10-25 06:00", 9.0)),
        ("2026-10-25", ("sun", "02:30", "10:00"), ("2026-10-25 02:30", "2026-10-25 10:00", 8.5)),
        ("2026-10-24", ("sat", "22:00", "02:30"), ("2026-10-24 22:00", "2026-10-25 02:30", 4.5)),
    ],
)
def test_a_shift_is_right_on_the_day_the_clock_changes(day: str, shift: tuple[str, str, str], expected: tuple[str, str, float]) -> None:
    days = timedelta(days=1)
    assert expected in of(WeeklyShift(*shift), ZURICH, day, f"{datetime.fromisoformat(day) + days:%Y-%m-%d}")


def test_a_shift_within_the_hour_that_is_skipped_has_no_period() -> None:
    assert of(WeeklyShift("sun", "02:10", "02:50"), ZURICH, "2026-03-29", "2026-03-30") == []


def test_a_day_that_a_zone_left_out_has_no_shift() -> None:
    """Samoa went from Thursday 29 to Saturday 31 December 2011."""
    assert of(WeeklyShift("fri", "06:00", "14:00"), "Pacific/Apia", "2011-12-28", "2012-01-02") == []
    assert of(WeeklyShift("sat", "06:00", "14:00"), "Pacific/Apia", "2011-12-28", "2012-01-02") == [
        ("2011-12-31 06:00", "2011-12-31 14:00", 8.0)
    ]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_three_shifts_fill_a_day_of_any_length(day: str, hours: int) -> None:
    pattern = [WeeklyShift(each, *times) for each in DAYS for times in (("06:00", "14:00"), ("14:00", "22:00"), ("22:00", "06:00"))]
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(ZURICH))
    from_ms, to_ms = (int((start + timedelta(days=n)).timestamp() * 1000) for n in (0, 1))
    found = periods(pattern, clock_of(ZURICH), from_ms, to_ms)
    parts = [Interval(max(each.start_ms, from_ms), min(each.end_ms, to_ms)) for each in found]
    assert total_ms(parts) == total_ms(union(parts)) == to_ms - from_ms == hours * HOUR_MS


def test_a_period_is_the_same_whole_one_in_every_window_that_meets_it() -> None:
    shift, zone = [WeeklyShift("mon", "22:00", "06:00")], clock_of(ZURICH)
    [period] = periods(shift, zone, at("2026-06-01T00:00Z"), at("2026-06-03T00:00Z"))
    assert period.label == "mon 22:00-06:00"
    for from_ms, to_ms in (
        (period.start_ms, period.start_ms + 1),
        (period.end_ms - 1, period.end_ms),
        (period.start_ms - 5, period.end_ms + 5),
    ):
        assert periods(shift, zone, from_ms, to_ms) == [period]
    assert periods(shift, zone, period.end_ms, period.end_ms + HOUR_MS) == []
    assert periods(shift, zone, period.start_ms - HOUR_MS, period.start_ms) == []


@given(st.sampled_from(DAYS), clocks, clocks, st.sampled_from(ZONES), st.integers(0, 25_000), st.integers(0, 20))
def test_a_window_has_the_periods_that_a_longer_one_has_in_it(day: str, start: str, end: str, zone: str, first: int, days: int) -> None:
    shift, clock = [WeeklyShift(day, start, end)], clock_of(zone)
    from_ms, to_ms = first * DAY_MS, (first + days) * DAY_MS
    longer = periods(shift, clock, from_ms - 14 * DAY_MS, to_ms + 14 * DAY_MS)
    assert periods(shift, clock, from_ms, to_ms) == [each for each in longer if each.start_ms < to_ms and each.end_ms > from_ms]
    assert all(left.end_ms <= right.start_ms for left, right in zip(longer, longer[1:], strict=False))


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Casablanca"])
@pytest.mark.parametrize("times", [("00:00", "00:00"), ("23:59", "23:59"), ("00:00", "00:01"), ("23:59", "00:00")])
def test_a_period_is_found_by_its_first_and_by_its_last_millisecond_far_from_utc(zone: str, times: tuple[str, str]) -> None:
    pattern, clock = [WeeklyShift(day, *times) for day in DAYS], clock_of(zone)
    fortnight = periods(pattern, clock, 20_500 * DAY_MS, 20_514 * DAY_MS)
    assert len(fortnight) >= 14
    for each in fortnight:
        assert each in periods(pattern, clock, each.start_ms, each.start_ms + 1)
        assert each in periods(pattern, clock, each.end_ms - 1, each.end_ms)


@given(st.sampled_from(ZONES), st.integers(0, 2_000_000_000))
def test_a_moment_is_the_first_at_which_the_clock_shows_a_time_or_later(zone: str, at_s: int) -> None:
    clock, at_ms = clock_of(zone), at_s * 1000
    local_ms = at_ms + clock(at_ms)
    found = moment(clock, local_ms)
    assert found <= at_ms
    assert found + clock(found) >= local_ms
    assert found - 1 + clock(found - 1) < local_ms


@given(st.sampled_from(ZONES), st.integers(0, 2_000_000_000), st.integers(0, 100_000))
def test_later_times_of_the_clock_are_no_earlier_moments(zone: str, local_s: int, more_s: int) -> None:
    clock = clock_of(zone)
    assert moment(clock, local_s * 1000) <= moment(clock, (local_s + more_s) * 1000)


@given(st.sampled_from(ZONES), st.integers(0, 2_000_000_000))
def test_moments_agree_with_the_calendar_of_python(zone: str, local_s: int) -> None:
    local = datetime.fromtimestamp(local_s, UTC).replace(tzinfo=ZoneInfo(zone))
    again = local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(fold=0)
    if again.replace(tzinfo=None) == local.replace(tzinfo=None):
        assert moment(clock_of(zone), local_s * 1000) == int(local.timestamp()) * 1000


@pytest.mark.parametrize("clock", ["", "6:00", "06:0", "24:00", "06:60", "-1:00", "06-00", "06:00:00", "ab:cd", "٠٦:٠٠", "06:00" * 1000])
def test_what_is_no_time_of_day_is_refused(clock: str) -> None:
    with pytest.raises(ValueError, match="is not a time of day"):
        minutes(clock)


def test_what_is_no_day_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a day: use one of mon, tue"):
        periods([WeeklyShift("monday", "06:00", "14:00")], clock_of("UTC"), 0, DAY_MS)
