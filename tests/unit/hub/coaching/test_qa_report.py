"""What a QA report says of a unit."""

from hub.coaching.qa_report import LONGEST_TEXT, MOST_LINES, MOST_ROWS, Verdict, report_of
from storage.entities.session import CapturedVariable, CoachingOptions, SessionState, StepStatus, TorqueResult
from tests.support.records import a_record, a_result
from tests.support.stored import AT_MS


def test_a_unit_without_a_hitch_has_passed() -> None:
    report = report_of(a_record("acme", "r1"))
    assert (report.verdict, report.why, report.rows_left_out) == (Verdict.PASSED, "Every step was done at the first go.", 0)
    assert [(row.number, row.name, row.working_ms, row.verdict) for row in report.rows] == [
        (1, "Fit part 1", 10_000, Verdict.PASSED),
        (2, "Fit part 2", 20_000, Verdict.PASSED),
        (3, "Fit part 3", 30_000, Verdict.PASSED),
    ]


def test_a_step_done_again_is_one_row_with_all_its_visits() -> None:
    visits = (a_result(10, AT_MS, 5, status=StepStatus.PENDING), a_result(10, AT_MS + 5000, 7, wrong_seen=1))
    report = report_of(a_record("acme", "r1", results=visits, steps_total=1))
    [row] = report.rows
    assert (row.visits, row.working_ms, row.wrong_seen, row.verdict) == (2, 12_000, 1, Verdict.REPEATED)
    assert (report.verdict, report.why) == (Verdict.REPEATED, "1 step was corrected before it was done.")


def test_what_was_skipped_or_never_begun_is_not_done() -> None:
    visits = (a_result(10, AT_MS, 5), a_result(20, AT_MS + 5000, 1, status=StepStatus.SKIPPED))
    report = report_of(a_record("acme", "r1", results=visits, steps_total=4))
    assert (report.verdict, report.why, report.rows[1].remark) == (Verdict.NOT_DONE, "3 steps were not done.", "Skipped.")


def test_a_unit_that_was_given_up_says_so_before_all_else() -> None:
    assert report_of(a_record("acme", "r1", state=SessionState.CANCELLED)).verdict is Verdict.CANCELLED


def test_something_wrong_between_steps_is_a_correction() -> None:
    report = report_of(a_record("acme", "r1", wrong_seen=1))
    assert (report.verdict, report.why) == (Verdict.REPEATED, "Something wrong was shown and corrected.")


def test_rework_can_pass() -> None:
    assert report_of(a_record("acme", "r1", options=CoachingOptions(is_rework=True))).verdict is Verdict.PASSED


def test_texts_and_torque_are_told_and_bounded() -> None:
    captured = tuple(CapturedVariable(name=f"v{n}", text="x" * 500, verified=n % 2 == 0) for n in range(25))
    torque = (TorqueResult(torque_nm=4.5, ok=True, at_ms=AT_MS), TorqueResult(torque_nm=3, ok=False, at_ms=AT_MS))
    result = a_result(10, AT_MS, 5, captured_variables=captured, torque_results=torque, reason="r" * 500)
    [row] = report_of(a_record("acme", "r1", results=(result,), steps_total=1)).rows
    assert (len(row.captured), row.captured[-1], row.torque) == (MOST_LINES + 1, "… and 15 more", ("4.5 Nm", "3 Nm (not ok)"))
    assert max(len(line) for line in (*row.captured, row.remark)) == LONGEST_TEXT


def test_so_many_rows_are_drawn_and_the_rest_is_counted() -> None:
    visits = tuple(a_result(10 * n, AT_MS + n, 1) for n in range(1, MOST_ROWS + 6))
    report = report_of(a_record("acme", "r1", results=visits, steps_total=len(visits)))
    assert (len(report.rows), report.rows_left_out, report.verdict) == (MOST_ROWS, 5, Verdict.PASSED)
