"""Time zones by name."""

import pytest

from hub.errors import Invalid
from hub.zones import clock_of

HOUR_MS = 3_600_000


def test_a_zone_is_ahead_of_utc_by_what_its_clock_shows() -> None:
    zurich = clock_of("Europe/Zurich")
    change_ms = 1_774_746_000_000  # 2026-03-29T01:00:00Z
    assert (zurich(change_ms - 1), zurich(change_ms)) == (HOUR_MS, 2 * HOUR_MS)
    assert clock_of("UTC")(change_ms) == 0
    assert clock_of("America/St_Johns")(change_ms) == -2.5 * HOUR_MS


@pytest.mark.parametrize(
    "name", ["", "Nowhere/Town", "../../etc/passwd", "/etc/passwd", "Europe", "a\0b", "x" * 100_000, "Europe/Zurich\n", "ü"]
)
def test_a_name_that_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="is not a time zone"):
        clock_of(name)
