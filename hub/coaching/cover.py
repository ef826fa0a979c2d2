"""How much of any span some intervals cover, asked many times."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from hub.coaching.availability import Interval, union


class Cover:
    """The union of intervals. Made in O(n log n), asked in O(log n)."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self._spans = union(intervals)
        self._starts = [span.start_ms for span in self._spans]
        self._before = [0, *accumulate(span.end_ms - span.start_ms for span in self._spans)]

    def within(self, start_ms: int, end_ms: int) -> int:
        """Milliseconds of [start, end) that are covered."""
        return self._until(end_ms) - self._until(start_ms) if start_ms < end_ms else 0

    def _until(self, at_ms: int) -> int:
        """Milliseconds covered before a moment."""
        count = bisect_right(self._starts, at_ms)
        if count == 0:
            return 0
        last = self._spans[count - 1]
        return self._before[count] - max(0, last.end_ms - at_ms)
