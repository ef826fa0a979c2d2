"""What the intervals of a unit are called."""

import pytest

from hub.coaching.sentences import instruction
from hub.coaching.timeline import LONGEST_NAME, step_label
from tests.unit.hub.coaching.values import an_assembly


@pytest.mark.parametrize(
    ("name", "description", "label"),
    [
        ("Fit the crystal", "Marking towards the edge.", "Fit the crystal"),
        ("", "Fit the crystal, marking towards the edge.", "Fit the crystal"),
        ("", "Press until it clicks. Twice.", "Press until it clicks"),
        ("", "", "Step 2"),
        ("", " . ", "Step 2"),
    ],
)
def test_a_step_is_called_by_its_name_else_by_the_first_clause_of_its_description(name: str, description: str, label: str) -> None:
    assembly = an_assembly()
    steps = (assembly.steps[0], assembly.steps[1].model_copy(update={"name": name, "description": description}), assembly.steps[2])
    assert step_label(assembly.model_copy(update={"steps": steps}), 20) == label


def test_a_description_without_an_end_is_cut() -> None:
    step = an_assembly().steps[0].model_copy(update={"name": "", "description": "very " * 40})
    label = step_label(an_assembly().model_copy(update={"steps": (step,)}), step.id)
    assert len(label) <= LONGEST_NAME
    assert label.endswith("…")


def test_the_instruction_does_not_say_the_same_twice() -> None:
    described = an_assembly().steps[0].model_copy(update={"name": "", "description": "Fit the crystal, marking up."})
    named = an_assembly().steps[1]
    assembly = an_assembly().model_copy(update={"steps": (described, named)})
    assert instruction(assembly, described.id) == "Fit the crystal, marking up."
    assert instruction(assembly, named.id) == "Fit part 2. Marking towards the edge."


def test_a_deleted_step_keeps_its_number() -> None:
    assert step_label(an_assembly(), 99) == "Step (deleted, id 99)"
