"""Where a step goes, whom a change of the order disturbs, and what decides a step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.coaching.step_order import END, action_of, moved, named, refuse_disorder
from hub.errors import Conflict, Invalid
from storage.entities.step import Label, LabelType, Step, StepAction
from storage.entities.step_data import StepData, StepDataType
from tests.support.stored import session

STEPS = tuple(Step(id=id_, name=f"Part {id_}") for id_ in (10, 20, 30, 40))


def order(steps: tuple[Step, ...]) -> list[int]:
    return [step.id for step in steps]


@pytest.mark.parametrize(
    ("previous", "following", "wanted"),
    [
        (None, None, [10, 20, 30, 40]),
        (10, 30, [10, 20, 30, 40]),
        (END, None, [20, 10, 30, 40]),
        (None, END, [10, 30, 40, 20]),
        (30, 40, [10, 30, 20, 40]),
        (30, None, [10, 30, 20, 40]),
        (None, 10, [20, 10, 30, 40]),
        (40, END, [10, 30, 40, 20]),
        (END, 30, [20, 10, 30, 40]),
        (10, END, [10, 30, 40, 20]),
    ],
)
def test_a_step_goes_between_the_neighbours_named_and_a_neighbour_that_it_has_says_nothing(
    previous: int | None, following: int | None, wanted: list[int]
) -> None:
    assert order(moved(STEPS, 20, previous, following)) == wanted


@pytest.mark.parametrize(
    ("previous", "following", "field"),
    [(20, None, "previous_step_id"), (99, None, "previous_step_id"), (None, 99, "next_step_id"), (40, 10, "next_step_id")],
)
def test_neighbours_that_are_none_are_refused(previous: int | None, following: int | None, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        moved(STEPS, 20, previous, following)
    assert refused.value.field == field


@given(st.permutations(range(1, 8)), st.data())
def test_whatever_is_named_no_step_is_lost_and_the_others_keep_their_order(ids: list[int], data: st.DataObject) -> None:
    steps = tuple(Step(id=id_) for id_ in ids)
    wanted = data.draw(st.sampled_from(ids))
    neighbour = st.one_of(st.none(), st.just(END), st.sampled_from([id_ for id_ in ids if id_ != wanted]))
    previous, following = data.draw(neighbour), data.draw(neighbour)
    try:
        after = order(moved(steps, wanted, previous, following))
    except Invalid:
        assert previous is not None
        assert following is not None
        return
    assert [id_ for id_ in after if id_ != wanted] == [id_ for id_ in ids if id_ != wanted]
    here = after.index(wanted)
    if following is None and previous is not None:
        assert ([END, *after])[here] == previous
    if previous is None and following is not None:
        assert ([*after, END])[here + 1] == following


@pytest.mark.parametrize("after", [[10, 30, 40], [20, 10, 30, 40], [10, 30, 20, 40], [40, 10, 20, 30]])
def test_a_unit_at_a_step_refuses_that_it_goes_or_that_others_change_sides(after: list[int]) -> None:
    steps = tuple(step for id_ in after for step in STEPS if step.id == id_)
    with pytest.raises(Conflict, match="step 2 “Part 20”") as refused:
        refuse_disorder([session("o", step_id=20)], STEPS, steps)
    assert (refused.value.code, refused.value.record_id) == ("being_coached", "record-1")


@pytest.mark.parametrize("after", [[10, 20, 40, 30], [10, 20, 30], [20, 30, 40], [10, 20, 30, 40, 50]])
def test_a_unit_at_a_step_minds_nothing_else(after: list[int]) -> None:
    refuse_disorder([session("o", step_id=20)], STEPS, tuple(Step(id=id_) for id_ in after))
    refuse_disorder([session("o", step_id=99)], STEPS, ())


def test_a_step_is_named_by_its_number_and_its_name() -> None:
    assert (named(STEPS, 30), named((Step(id=1),), 1), named(STEPS, 7)) == ("step 3 “Part 30”", "step 1", "step 7")


def test_data_decide_what_decides_a_step_unless_the_camera_was_taught_it() -> None:
    torque = (StepData(id=1, data_type=StepDataType.TORQUE),)
    taught = Step(id=1, step_data=torque, labels=(Label(id="m", type=LabelType.MASTER),))
    assert action_of(taught) is StepAction.ML
    assert action_of(Step(id=1, step_data=torque)) is StepAction.TORQUE_ONLY
    assert action_of(Step(id=1, step_data=(*torque, StepData(id=2)))) is StepAction.ML
    assert action_of(Step(id=1, action=StepAction.QA)) is StepAction.QA
    for type_ in StepDataType:
        assert action_of(Step(id=1, step_data=(StepData(id=1, data_type=type_),))).value.startswith(type_.name)
