"""Where a recording belongs: places, names, and what a plan changes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Conflict, Invalid
from hub.services.labels import LabelWish, all_labels, apply_plan, label_by_name, name_of, not_recorded, plan_label
from storage.entities.assembly import Assembly
from storage.entities.step import LabelType, Step, StepAction

EMPTY = Assembly(organisation="o", id="a", revision_id="r", name="Cover", created_at_ms=0, updated_at_ms=0)


def taught(assembly: Assembly, recording: str, label_type: LabelType = LabelType.MASTER, index: int | None = None, **more: Any) -> Assembly:
    plan = plan_label(assembly, LabelWish(label_type, index, **more))
    return apply_plan(assembly, plan, recording, None)


def test_a_plan_changes_nothing_until_it_is_applied_and_applying_it_twice_changes_it_once() -> None:
    plan = plan_label(EMPTY, LabelWish(step_index=1, step_fields={"description": "Fit it"}))
    once = apply_plan(EMPTY, plan, "r1", ("0,0,1,1",))
    assert EMPTY.steps == ()
    assert (once.steps[0].description, once.steps[0].labels[0].overlay_rectangles) == ("Fit it", ("0,0,1,1",))
    assert apply_plan(once, plan, "r1", None) is once


def test_a_step_whose_end_is_taught_is_watched_from_then_on() -> None:
    checked_by_a_person = Step(id=1, action=StepAction.QA)
    assembly = EMPTY.model_copy(update={"steps": (checked_by_a_person,)})
    assert taught(assembly, "r1", LabelType.OCCLUDED, index=1).steps[0].action is StepAction.QA
    assert taught(assembly, "r2", index=1).steps[0].action is StepAction.ML


def test_a_step_that_was_deleted_meanwhile_is_said() -> None:
    assembly = taught(EMPTY, "r1", index=1)
    plan = plan_label(assembly, LabelWish(step_index=1))
    with pytest.raises(Conflict, match="deleted"):
        apply_plan(assembly.model_copy(update={"steps": ()}), plan, "r2", None)


def test_previous_is_the_end_of_the_step_before_and_occluded_may_be_the_assembly_s() -> None:
    assembly = taught(taught(taught(taught(EMPTY, "r0", index=0), "r1", index=1), "r2", index=2), "r3", LabelType.OCCLUDED)
    found = {name: label_by_name(assembly, name) for name in ("step-1_previous", "step-2_previous", "step-2_good", "step-2_occluded")}
    assert [label.recordings[0] for label in found.values() if label] == ["r0", "r1", "r2", "r3"]
    assert [label_by_name(assembly, name) for name in ("step-3_good", "step-x_good", "", "step-1_incorrect_1")] == [None] * 4


def test_training_needs_the_bench_and_the_end_of_every_step() -> None:
    assembly = taught(EMPTY, "r1", index=1)
    assert not_recorded(assembly) == ["step-1_previous"]
    assert not_recorded(taught(assembly, "r0", index=0)) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from([LabelType.MASTER, LabelType.CORRECT, LabelType.INCORRECT, LabelType.OCCLUDED]),
            st.one_of(st.none(), st.integers(-1, 5)),
            st.one_of(st.none(), st.integers(0, 4)),
            st.booleans(),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_whatever_is_recorded_every_label_has_a_name_of_its_own_that_finds_it(
    wishes: list[tuple[LabelType, int | None, int | None, bool, bool]],
) -> None:
    assembly, recorded = EMPTY, set()
    for number, (label_type, step_index, label_index, replaces, inserts) in enumerate(wishes):
        try:
            plan = plan_label(assembly, LabelWish(label_type, step_index, label_index, replaces, inserts))
        except Invalid:
            continue
        assembly = apply_plan(assembly, plan, f"r{number}", None)
        recorded.add(f"r{number}")
        names = [name_of(assembly, step_id, label) for step_id, label in all_labels(assembly)]
        assert len(set(names)) == len(names) or "step-1_occluded" in names
        for step_id, label in all_labels(assembly):
            found = label_by_name(assembly, name_of(assembly, step_id, label))
            assert found is not None
            assert found.type is label.type
        kept = {recording for _, label in all_labels(assembly) for recording in label.recordings}
        assert f"r{number}" in kept <= recorded
    ids = [step.id for step in assembly.steps]
    assert len(set(ids)) == len(ids)
    assert assembly.next_step_id > max(ids, default=0)
