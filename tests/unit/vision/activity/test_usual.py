"""What usually moves at a machine is learnt from its work alone."""

import pytest

from vision.activity.usual import Usual


def watched(usual: Usual, seconds: int, moving: int) -> Usual:
    """So many seconds of the machine's own motion, five looks a second."""
    for _ in range(5 * seconds):
        usual.learn(moving, own=moving > 0, others=False, elapsed_s=0.2)
    return usual


@pytest.mark.parametrize(("idle_after_s", "known_after_s"), [(1.0, 7), (4.0, 13), (60.0, 31), (3600.0, 31)])
def test_a_machine_is_known_soon_whatever_its_idle_time(idle_after_s: float, known_after_s: int) -> None:
    assert watched(Usual(idle_after_s), known_after_s - 3, 40).cells is None
    assert watched(Usual(idle_after_s), known_after_s, 40).cells == 40


def test_the_idle_time_before_a_stop_says_nothing_of_work() -> None:
    usual = watched(watched(Usual(30.0), 60, 40), 30, 0)
    assert usual.cells == 0
    usual.interrupt()
    assert usual.cells == 40


def test_where_nearly_all_motion_comes_from_outside_no_machine_is_known() -> None:
    usual = Usual(4.0)
    for number in range(500):
        usual.learn(40, own=number % 20 == 0, others=True, elapsed_s=0.2)
    assert usual.cells is None
