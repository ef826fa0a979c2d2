"""How a machine fares, from what its timeline says."""

import pytest

from hub.coaching.machine_status import Heard, machine_status

NOW_MS = 1_795_000_000_000
OPEN = (NOW_MS - 1000, None)
OVER = (NOW_MS - 1000, NOW_MS)


@pytest.mark.parametrize(
    ("heard", "status"),
    [
        ([], "offline"),
        ([("shift_period", *OPEN)], "offline"),
        ([("cycle", *OPEN)], "healthy"),
        ([("part_count", NOW_MS - 5, NOW_MS - 5)], "healthy"),
        ([("unplanned", *OVER), ("activity_reason", *OVER)], "healthy"),
        ([("cycle", *OPEN), ("activity_reason", *OPEN)], "warning"),
        ([("planned", *OPEN)], "warning"),
        ([("maintenance", *OPEN)], "warning"),
        ([("changeover", *OPEN)], "warning"),
        ([("planned", NOW_MS - 5, NOW_MS + 5)], "warning"),
        ([("cycle", *OPEN), ("activity_reason", *OPEN), ("planned", *OPEN), ("unplanned", *OPEN)], "critical"),
        ([("unplanned", NOW_MS, NOW_MS + 1)], "critical"),
        ([("unplanned", NOW_MS + 1, None), ("cycle", *OVER)], "healthy"),
    ],
)
def test_the_gravest_of_what_is_open_counts(heard: list[tuple[str, int, int | None]], status: str) -> None:
    assert machine_status([Heard(*each) for each in heard], NOW_MS) == status
    assert machine_status([Heard(*each) for each in reversed(heard)], NOW_MS) == status
