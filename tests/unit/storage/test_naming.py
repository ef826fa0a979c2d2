"""Labels are named by their place now; their ids never change."""

import pytest

from storage.entities.assembly import Assembly
from storage.entities.naming import LabelName, label_name
from storage.entities.step import Label, LabelType, Step


def step(id_: int, *labels: tuple[str, LabelType, int]) -> Step:
    return Step(id=id_, labels=tuple(Label(id=i, type=t, index=n) for i, t, n in labels))


ASSEMBLY = Assembly(
    organisation="org",
    id="a",
    revision_id="r",
    name="a",
    start_label=Label(id="l-start", type=LabelType.MASTER),
    occluded_label=Label(id="l-hands", type=LabelType.OCCLUDED),
    steps=(
        step(7, ("l-m1", LabelType.MASTER, 0), ("l-c2", LabelType.CORRECT, 2)),
        step(3, ("l-m2", LabelType.MASTER, 0), ("l-i1", LabelType.INCORRECT, 1), ("l-o", LabelType.OCCLUDED, 0)),
    ),
    created_at_ms=0,
    updated_at_ms=0,
)


@pytest.mark.parametrize(
    ("step_id", "label_id", "full"),
    [
        (7, "l-m1", "step-1_good"),
        (7, "l-c2", "step-1_good_2"),
        (3, "l-m2", "step-2_good"),
        (3, "l-i1", "step-2_incorrect_1"),
        (3, "l-o", "step-2_occluded"),
        (3, "l-hands", "step-2_occluded"),
        (7, "l-hands", "step-1_occluded"),
        (7, "l-start", "step-1_previous"),
        (3, "previous", "step-2_previous"),
        (3, "l-m1", "step-1_good"),
        (3, "wrong", "step-2_wrong"),
        (3, "not_sure", "step-2_not_sure"),
    ],
)
def test_a_label_has_its_name(step_id: int, label_id: str, full: str) -> None:
    name, value = full.split("_", 1)
    assert label_name(ASSEMBLY, step_id, label_id) == LabelName(name, value, full)


def test_moving_a_step_renames_what_is_shown_and_nothing_inside() -> None:
    moved = ASSEMBLY.model_copy(update={"steps": ASSEMBLY.steps[::-1]})
    assert label_name(moved, 3, "l-m2").full == "step-1_good"


def test_a_step_that_the_assembly_does_not_have_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        label_name(ASSEMBLY, 99, "l-m1")
