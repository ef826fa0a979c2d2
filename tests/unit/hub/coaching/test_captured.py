"""Which step captures what, and what a change of steps may not take away."""

import pytest

from hub.coaching.captured import captured_variables, met_needs, refuse_renaming, refuse_unmet
from hub.errors import Conflict
from storage.entities.session import CapturedVariable, StepResult, StepStatus
from storage.entities.step import Step
from storage.entities.step_data import OcrCaptureVariable, StepData, StepDataType
from tests.support.stored import AT_MS, session


def data(id_: int, type_: StepDataType, *names: str) -> StepData:
    return StepData(id=id_, data_type=type_, variables=tuple(OcrCaptureVariable(name=name) for name in names))


def reads(step: int, *names: str) -> Step:
    return Step(id=step, name="Read", step_data=(data(step, StepDataType.OCR_CAPTURE, *names),))


def checks(step: int, *names: str) -> Step:
    return Step(id=step, name="Check", step_data=(data(step, StepDataType.OCR_VERIFY, *names),))


def test_a_need_is_met_by_what_was_captured_before_in_the_same_step_too() -> None:
    both = Step(id=3, step_data=(data(1, StepDataType.OCR_CAPTURE, "lot"), data(2, StepDataType.OCR_VERIFY, "lot", "serial", "date")))
    steps = (reads(1, "serial"), reads(2, "serial"), both, reads(4, "date"))
    assert met_needs(steps) == {(3, "lot"): [3], (3, "serial"): [1, 2]}
    assert [variable.name for variable in captured_variables(steps)] == ["serial", "serial", "lot", "date"]


@pytest.mark.parametrize(
    "after", [(checks(2, "serial"),), (checks(2, "serial"), reads(1, "serial")), (reads(1, "lot"), checks(2, "serial"))]
)
def test_what_takes_a_capture_away_or_puts_it_behind_is_refused_naming_both_steps(after: tuple[Step, ...]) -> None:
    with pytest.raises(Conflict, match="Step 1 “Read” captures serial, which step 2 “Check” verifies") as refused:
        refuse_unmet((reads(1, "serial"), checks(2, "serial")), after)
    assert refused.value.code == "step_depended_on"


def test_a_capture_may_go_while_another_serves_or_with_what_needed_it() -> None:
    refuse_unmet((reads(1, "serial"), reads(2, "serial"), checks(3, "serial")), (reads(2, "serial"), checks(3, "serial")))
    refuse_unmet((reads(1, "serial"), checks(3, "serial")), (reads(1, "serial"),))
    refuse_unmet((reads(1, "serial"), checks(3, "serial")), (checks(3),))
    refuse_unmet((checks(3, "serial"), reads(1, "serial")), (checks(3, "serial"),))


def test_many_lost_needs_are_said_in_a_sentence_that_ends() -> None:
    with pytest.raises(Conflict, match="And 2 more"):
        refuse_unmet((reads(1, *"abcde"), checks(2, *"abcde")), (checks(2, *"abcde"),))


def test_a_unit_that_has_captured_a_variable_keeps_its_name() -> None:
    result = StepResult(
        step_id=1,
        status=StepStatus.COMPLETE,
        started_at_ms=AT_MS,
        finished_at_ms=AT_MS,
        captured_variables=(CapturedVariable(name="serial", text="A1"),),
    )
    open_one = session("o", results=(result,))
    refuse_renaming([open_one], "lot")
    with pytest.raises(Conflict) as refused:
        refuse_renaming([open_one], "serial")
    assert refused.value.record_id == open_one.id
