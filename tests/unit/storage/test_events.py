"""Events as GET /api/v1/events answers them."""

import json
import re

import pytest
from pydantic import ValidationError

from storage.entities.event import EventChange, EventType, change_json, event_id, event_json
from storage.interval import StoredInterval
from tests.support.stored import AT_MS, event


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (AT_MS, AT_MS + 5_400_000, ("2025-05-27T09:50:00Z", "2025-05-27T11:20:00Z", 5400)),
        (AT_MS + 123, AT_MS + 1_623, ("2025-05-27T09:50:00.123Z", "2025-05-27T09:50:01.623Z", 1.5)),
        (AT_MS, None, ("2025-05-27T09:50:00Z", None, None)),
        (AT_MS, AT_MS, ("2025-05-27T09:50:00Z", "2025-05-27T09:50:00Z", 0)),
        (-1, 0, ("1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z", 0.001)),
    ],
)
def test_times_are_to_the_second_and_to_the_millisecond_only_if_they_have_any(
    start: int, end: int | None, shown: tuple[object, ...]
) -> None:
    said = json.loads(event_json(event("org", start_ms=start, end_ms=end, label="PART123")))
    assert (said["from"], said["to"], said["duration_seconds"]) == shown
    assert list(said) == ["id", "type", "machine_foreign_id", "from", "to", "duration_seconds", "label"]


def test_a_change_says_what_happened_and_to_what() -> None:
    said = json.loads(change_json(EventChange.finished(event("org", end_ms=AT_MS + 1))))
    assert said["type"] == "finished"
    assert said["event"]["machine_foreign_id"] == "MACHINE_001"


def test_an_id_is_the_same_for_the_same_key_and_another_for_any_other() -> None:
    ids = {event_id(o, t, k) for o in ("a", "b") for t in EventType for k in ("1", "2", "12")}
    assert len(ids) == 2 * len(EventType) * 3
    assert all(re.fullmatch(r"evt_[0-9A-Za-z]{12}", i) for i in ids)
    assert event_id("a", EventType.STEP, "1") == event_id("a", EventType.STEP, "1")


def test_an_event_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValidationError, match="cannot end before it starts"):
        event("org", end_ms=AT_MS - 1)


@pytest.mark.parametrize(
    ("length", "expected"), [(None, "-"), (0, "0"), (1, "1"), (2, "2"), (3, "2"), (4, "3"), (1023, "10"), (1024, "11")]
)
def test_a_length_class_is_the_number_of_bits_of_the_duration(length: int | None, expected: str) -> None:
    assert StoredInterval("x", "step", AT_MS, None if length is None else AT_MS + length, b"{}").length_class == expected
