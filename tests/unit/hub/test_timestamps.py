"""Times at the doors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.timestamps import iso, parse_iso


@given(st.integers(0, 4_000_000_000_000))
def test_what_is_said_is_read_back(at_ms: int) -> None:
    assert parse_iso(iso(at_ms)) == at_ms


@pytest.mark.parametrize(
    "text",
    [
        "2025-05-27T10:00:00Z",
        "2025-05-27T12:00:00+02:00",
        "2025-05-27T12:00:00 02:00",
        "2025-05-27T10:00:00.000Z",
        "2025-05-27T05:30-04:30",
    ],
)
def test_zones_and_a_plus_that_became_a_space_are_understood(text: str) -> None:
    assert parse_iso(text) == 1_748_340_000_000


@pytest.mark.parametrize("text", ["", "now", "2025-05-27", "2025-05-27T10:00:00", "2025-02-30T10:00:00Z", "1", "2025-05-27T10:00:00Zjunk"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_iso(text)
