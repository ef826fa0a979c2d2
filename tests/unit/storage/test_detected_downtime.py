"""A detected downtime's reasons add up to it, however it ends."""

import pytest

from storage.entities.detected_downtime import DetectedDowntime, ReasonLabel

AT_MS = 1_748_340_000_000
NOBODY, RESOLVING, WAITING = ReasonLabel.NO_OPERATOR, ReasonLabel.OPERATOR_RESOLVING_ANOMALY, ReasonLabel.WAITING


def downtime(reason_ms: dict[ReasonLabel, int]) -> DetectedDowntime:
    lasted_ms = sum(reason_ms.values())
    return DetectedDowntime(
        organisation="o", event_id="e", line_name="l", roi_name="r", roi_title="R",
        detected_at_ms=AT_MS, updated_at_ms=AT_MS + lasted_ms, reason_ms=reason_ms,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reasons", "lasted_ms", "then"),
    [
        ({NOBODY: 20_000, RESOLVING: 10_000}, 30_000, {NOBODY: 20_000, RESOLVING: 10_000}),
        ({NOBODY: 20_000, RESOLVING: 10_000}, 33_000, {NOBODY: 23_000, RESOLVING: 10_000}),
        ({NOBODY: 20_000, RESOLVING: 10_000}, 25_000, {NOBODY: 15_000, RESOLVING: 10_000}),
        ({NOBODY: 20_000, RESOLVING: 10_000}, 5_000, {NOBODY: 0, RESOLVING: 5_000}),
        ({NOBODY: 20_000, RESOLVING: 10_000}, -7_000, {NOBODY: 0, RESOLVING: 0}),
        ({}, 4_000, {WAITING: 4_000}),
    ],
    ids=["as known", "later", "earlier", "earlier than the longest reason", "before it was detected", "nothing known"],
)
def test_the_reasons_add_up_to_the_downtime_whenever_it_ends(
    reasons: dict[ReasonLabel, int], lasted_ms: int, then: dict[ReasonLabel, int]
) -> None:
    ended = downtime(reasons).ended(AT_MS + lasted_ms, AT_MS + 60_000)
    assert ended.reason_ms == then
    assert sum(then.values()) == (ended.ended_at_ms or 0) - AT_MS
