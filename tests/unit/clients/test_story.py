"""The operator: what is done, in which order, and what has to be heard before it goes on."""

import pytest

from clients.demo.scenes import Scene, State
from clients.demo.story import PATIENCE_S, SHOWN_AT_LEAST_S, SHOWN_AT_MOST_S, Act, Operator

TICK_S = 0.05


@pytest.fixture(scope="module")
def bench() -> Scene:
    return Scene("bench")


def watch(operator: Operator, from_s: float, seconds: float) -> tuple[list[Act], State, float]:
    """The acts in their order, what is seen last, and the time then."""
    acts: list[Act] = []
    state, t = operator.state(from_s), from_s
    while t < from_s + seconds:
        t += TICK_S
        state = operator.state(t)
        if not acts or acts[-1] is not operator.act:
            acts.append(operator.act)
    return acts, state, t


def test_nothing_happens_before_the_coach_begins(bench: Scene) -> None:
    operator = Operator(bench, 1, wrong_step=2, cover_step=3)
    _, state, _ = watch(operator, 0, 30)
    assert state == State()


def test_a_part_is_put_and_lies_until_the_coach_moves_on(bench: Scene) -> None:
    operator = Operator(bench, 1, wrong_step=2, cover_step=3)
    operator.move_to(1, 0.0)
    assert operator.state(0.4).carried is not None
    acts, state, _ = watch(operator, 0.4, 4)
    assert acts == [Act.PUT, Act.WAIT]
    assert [item.cutout for item in state.lying] == ["engine"]
    assert state.hands == ()


def test_a_wrong_part_lies_until_it_was_noticed_then_the_right_one_is_put(bench: Scene) -> None:
    operator = Operator(bench, 1, wrong_step=1, cover_step=3)
    operator.move_to(1, 0.0)
    _, state, t = watch(operator, 0, 4)
    assert operator.act is Act.SHOW
    assert [item.cutout for item in state.lying] != ["engine"]
    _, _, t = watch(operator, t, SHOWN_AT_LEAST_S)
    assert operator.act is Act.SHOW
    operator.hear("INCORRECT", t)
    acts, state, _ = watch(operator, t, 5)
    assert acts == [Act.TAKE_OFF, Act.PUT, Act.WAIT]
    assert [item.cutout for item in state.lying] == ["engine"]


def test_a_wrong_part_that_is_noticed_at_once_still_lies_long_enough_to_be_seen(bench: Scene) -> None:
    operator = Operator(bench, 1, wrong_step=1, cover_step=3)
    operator.move_to(1, 0.0)
    t = 0.0
    while operator.act is not Act.SHOW:
        t += TICK_S
        operator.state(t)
    operator.hear("INCORRECT", t + 0.1)
    _, _, _ = watch(operator, t, SHOWN_AT_LEAST_S - 0.2)
    assert operator.act is Act.SHOW


def test_what_nobody_notices_ends_all_the_same(bench: Scene) -> None:
    operator = Operator(bench, 1, wrong_step=1, cover_step=3)
    operator.move_to(1, 0.0)
    acts, _, _ = watch(operator, 0, SHOWN_AT_MOST_S + 6)
    assert acts == [Act.PUT_WRONG, Act.SHOW, Act.TAKE_OFF, Act.PUT, Act.WAIT]


def test_the_view_is_covered_once_by_hands_before_the_part_is_there(bench: Scene) -> None:
    operator = Operator(bench, 1, wrong_step=2, cover_step=1)
    operator.move_to(1, 0.0)
    _, state, t = watch(operator, 0, 2)
    assert operator.act is Act.COVER
    assert len(state.hands) == 2
    assert state.lying == ()
    operator.hear("INCORRECT", t)
    operator.hear("OCCLUDED", t)
    acts, _, t = watch(operator, t, 6)
    assert acts == [Act.COVER, Act.DRAW_BACK, Act.PUT, Act.WAIT]
    operator.move_to(2, t)
    operator.move_to(1, t)
    acts, _, _ = watch(operator, t, 3)
    assert Act.COVER not in acts


def test_an_operator_who_waits_too_long_puts_the_part_straight(bench: Scene) -> None:
    operator = Operator(bench, 1, wrong_step=2, cover_step=3)
    operator.move_to(1, 0.0)
    _, before, t = watch(operator, 0, 3)
    acts, after, _ = watch(operator, t, PATIENCE_S + 3)
    assert acts == [Act.WAIT, Act.ADJUST, Act.WAIT]
    assert before.lying[0].pose != after.lying[0].pose
    assert before.lying[0].cutout == after.lying[0].cutout


def test_going_back_takes_the_later_parts_off(bench: Scene) -> None:
    operator = Operator(bench, 1, wrong_step=4, cover_step=4)
    operator.move_to(3, 0.0)
    assert [item.cutout for item in operator.state(0.0).lying] == ["engine", "tank"]
    operator.move_to(1, 1.0)
    assert operator.state(1.0).lying == ()


def test_a_finished_unit_shows_all_parts(bench: Scene) -> None:
    operator = Operator(bench, 1, wrong_step=2, cover_step=3)
    operator.move_to(5, 0.0)
    acts, state, _ = watch(operator, 0, 20)
    assert acts == [Act.WAIT]
    assert len(state.lying) == 4


def test_the_same_seed_tells_the_same_story(bench: Scene) -> None:
    stories = []
    for _ in range(2):
        operator = Operator(bench, 9, wrong_step=1, cover_step=2)
        operator.move_to(1, 0.0)
        stories.append([operator.state(t * 0.3) for t in range(40)])
    assert stories[0] == stories[1]
    assert stories[0] != [Operator(bench, 10, 1, 2).state(t * 0.3) for t in range(40)]
