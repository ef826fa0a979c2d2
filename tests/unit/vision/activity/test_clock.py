"""A stop begins and ends when activity did, not when that was noticed."""

import pytest

from vision.activity.clock import LONGEST_GAP_MS, SET_BACK_MS, IdleClock
from vision.activity.stops import Change, OpenStop, Reason, StopChange

STEP_MS = 200
NOBODY, RESOLVING, WAITING = Reason.NO_OPERATOR, Reason.OPERATOR_RESOLVING_ANOMALY, Reason.WAITING


def played(clock: IdleClock, start_ms: int, *spans: tuple[int, bool, Reason]) -> list[StopChange]:
    """What is told of spans (ms, active, who is there), five looks a second."""
    told, at_ms = [], start_ms
    for lasts_ms, active, reason in spans:
        for _ in range(lasts_ms // STEP_MS):
            told += clock.see(at_ms, active, reason)
            at_ms += STEP_MS
    return told


def kinds(told: list[StopChange]) -> list[Change]:
    return [each.kind for each in told if each.kind is not Change.CHANGED]


def test_a_stop_lasts_from_the_last_activity_to_the_first() -> None:
    told = played(IdleClock(5000, 2000), 0, (10_000, True, NOBODY), (8000, False, NOBODY), (4000, True, NOBODY))
    assert kinds(told) == [Change.STARTED, Change.FINISHED]
    assert (told[0].detected_at_ms, told[0].last_ms) == (9800, 14_800)
    assert (told[-1].detected_at_ms, told[-1].ended_at_ms, told[-1].seconds) == (9800, 18_000, 8.2)


def test_a_rest_shorter_than_the_idle_time_is_no_stop() -> None:
    work = [(3000, True, NOBODY), (4600, False, NOBODY)] * 5
    assert played(IdleClock(5000, 2000), 0, *work) == []


def test_a_flash_neither_puts_off_a_stop_nor_ends_it() -> None:
    told = played(IdleClock(5000, 2000), 0, (4000, True, NOBODY), *[(2000, False, NOBODY), (400, True, NOBODY)] * 5)
    assert kinds(told) == [Change.STARTED]
    assert told[-1].detected_at_ms == 3800


def test_the_reasons_add_up_at_every_moment() -> None:
    spans = [(3000, True, NOBODY), (2000, False, NOBODY), (6400, False, RESOLVING), (1000, False, WAITING), (9000, True, RESOLVING)]
    told = played(IdleClock(4000, 2000), 0, *spans)
    assert all(sum(each.reasons.values()) == pytest.approx(each.seconds) for each in told)
    assert told[-1].reasons == {NOBODY: 2.0, RESOLVING: 6.6, WAITING: 1.0}
    assert told[-1].ended_at_ms == 12_400


def test_a_lasting_stop_is_told_once_a_second() -> None:
    told = played(IdleClock(4000, 2000), 0, (14_000, False, WAITING))
    assert [each.kind for each in told] == [Change.STARTED] + [Change.CHANGED] * 9
    assert {each.detected_at_ms for each in told} == {0}


def test_a_restart_goes_on_with_the_open_stop() -> None:
    clock = IdleClock(5000, 2000, OpenStop(10_000, {"waiting": 4.0, "no_operator": 6.0}, 20_000))
    told = played(clock, 30_000, (4000, False, NOBODY), (3000, True, NOBODY))
    assert kinds(told) == [Change.FINISHED]
    assert (told[-1].detected_at_ms, told[-1].ended_at_ms) == (10_000, 34_000)
    assert told[-1].reasons == {NOBODY: 20.0, RESOLVING: 0.0, WAITING: 4.0}


def test_a_machine_that_works_after_a_restart_stopped_only_as_long_as_it_was_seen() -> None:
    clock = IdleClock(5000, 2000, OpenStop(10_000, {"waiting": 10.0}, 20_000))
    told = played(clock, 60_000, (400, False, NOBODY), (3000, True, NOBODY))
    assert (told[-1].kind, told[-1].ended_at_ms, told[-1].reasons[WAITING]) == (Change.FINISHED, 20_000, 10.0)


def test_nobody_vouches_for_a_machine_that_was_not_seen_for_long() -> None:
    clock = IdleClock(5000, 2000, OpenStop(10_000, {}, 20_000))
    back_ms = 20_000 + LONGEST_GAP_MS + 1
    told = clock.see(back_ms, False, NOBODY)
    assert [(each.kind, each.ended_at_ms) for each in told] == [(Change.FINISHED, 20_000)]
    assert kinds(played(clock, back_ms + 200, (6000, False, NOBODY))) == [Change.STARTED]


def test_no_stop_begins_while_the_camera_is_away() -> None:
    clock = IdleClock(5000, 2000)
    assert played(clock, 0, (4000, True, NOBODY), (3000, False, NOBODY)) == []
    told = played(clock, 60_000, (6000, False, NOBODY))
    assert (told[0].kind, told[0].detected_at_ms) == (Change.STARTED, 60_000)


def test_a_stop_goes_on_over_a_gap_only_when_the_machine_still_stands_after_it() -> None:
    for active, ended_ms in ((True, 9800), (False, None)):
        clock = IdleClock(5000, 2000)
        played(clock, 0, (10_000, False, NOBODY))
        told = played(clock, 30_000, (4000, active, NOBODY))
        assert (told[-1].ended_at_ms, told[-1].detected_at_ms) == (ended_ms, 0)


def test_a_clock_that_jumps_back_gives_no_negative_seconds() -> None:
    clock = IdleClock(2000, 2000, OpenStop(10_000, {"waiting": 900.0}, 20_000))
    told = clock.see(15_000, False, NOBODY) + clock.see(21_500, False, NOBODY) + clock.see(23_000, False, NOBODY)
    assert all(min(each.reasons.values()) >= 0 and sum(each.reasons.values()) == pytest.approx(each.seconds) for each in told)


def test_a_clock_that_is_set_back_ends_the_stop_with_its_last_look_and_begins_anew() -> None:
    clock = IdleClock(5000, 2000)
    before = played(clock, 1_000_000, (10_000, False, NOBODY))
    assert before[0].detected_at_ms == 1_000_000
    back_ms = 1_009_800 - SET_BACK_MS - 1
    told = played(clock, back_ms, (6000, False, WAITING))
    assert [(each.kind, each.detected_at_ms, each.ended_at_ms) for each in told[:2]] == [
        (Change.FINISHED, 1_000_000, 1_009_800),
        (Change.STARTED, back_ms, None),
    ]
    assert told[0].reasons == {NOBODY: 9.8, RESOLVING: 0.0, WAITING: 0.0}
    assert told[1].reasons == {NOBODY: 0.0, RESOLVING: 0.0, WAITING: 5.0}


def test_a_clock_that_is_set_back_while_the_machine_works_begins_no_stop() -> None:
    clock = IdleClock(5000, 2000)
    assert played(clock, 1_000_000, (4000, True, NOBODY), (4000, False, NOBODY)) == []
    assert played(clock, 500_000, (4800, False, NOBODY), (4000, True, NOBODY)) == []


@pytest.mark.parametrize("idle_ms", [1, 1000, 3_600_000])
def test_the_idle_time_holds_at_its_limits(idle_ms: int) -> None:
    clock = IdleClock(idle_ms, 1000)
    clock.see(0, True, NOBODY)
    told = [change for at_ms in range(200, idle_ms + 2000, 200) for change in clock.see(at_ms, False, NOBODY)]
    assert (told[0].kind, told[0].detected_at_ms) == (Change.STARTED, 0)
    assert idle_ms <= told[0].last_ms <= idle_ms + 200


@pytest.mark.parametrize("times", [(0, 1000), (1000, 0), (-1, 5)])
def test_times_must_be_above_zero(times: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="above zero"):
        IdleClock(*times)
