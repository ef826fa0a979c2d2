"""What the demo finds missing in a unit, from what was shown and what was said."""

from types import SimpleNamespace
from typing import Any

import pytest

from clients.demo.camera import Seen
from clients.demo.coach import Record, shortcomings
from clients.demo.story import Act

MS = 1_000_000


def frames(act: Act, step: int, from_ms: int, to_ms: int) -> list[Seen]:
    return [Seen(at * MS, step, act) for at in range(from_ms, to_ms, 50)]


def unit(**changes: Any) -> list[str]:
    """A good unit of two steps: wrong part at step 1 from 1 to 4 s, hands at step 2 from 8 to 11 s; `changes` spoil the record."""
    memory = [*frames(Act.SHOW, 1, 1000, 4000), *frames(Act.WAIT, 1, 4000, 8000), *frames(Act.COVER, 2, 8000, 11000)]
    record = Record("r", ["10", "20"], {1: 7000 * MS, 2: 14000 * MS}, [("INCORRECT", 1, 2000 * MS), ("OCCLUDED", 2, 9000 * MS)])
    for name, value in changes.items():
        setattr(record, name, value)
    bench: Any = SimpleNamespace(step_names=lambda: ("one", "two"), has_mistakes=True)
    camera: Any = SimpleNamespace(memory=changes.get("memory", memory))
    return shortcomings(record, camera, bench)


def test_a_good_unit_lacks_nothing() -> None:
    assert unit() == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"completed": {1: 7000 * MS}}, "Step 2 (two) was not completed."),
        ({"said": [("OCCLUDED", 2, 9000 * MS)]}, "The wrong part of step 1 was not said before the step was done."),
        ({"said": [("INCORRECT", 1, 2000 * MS)]}, "The covered view of step 2 was not said before the step was done."),
        # Said of the right part, after the wrong one was taken off.
        (
            {"said": [("INCORRECT", 1, 6000 * MS), ("OCCLUDED", 2, 9000 * MS)]},
            "The wrong part of step 1 was not said before the step was done.",
        ),
        ({"completed": {1: 3000 * MS, 2: 14000 * MS}}, "Step 1 was taken for done while the wrong part was shown."),
        ({"cancelled": True}, "The unit was cancelled."),
    ],
)
def test_each_thing_that_did_not_happen_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert unit(**changes) == [sentence]


def test_a_mistake_that_was_never_shown_is_told() -> None:
    assert unit(memory=[]) == ["The wrong part was never shown.", "The covered view was never shown."]
