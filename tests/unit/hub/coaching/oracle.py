"""What the rules about intervals are measured with: intervals in whole seconds, and an oracle that looks at every second by itself."""

from collections.abc import Iterable

from hypothesis import strategies as st

from hub.coaching.availability import PRECEDENCE, Interval, Stop
from storage.entities.downtime_record import Category

S = 1000
# Short enough to be counted second by second, long enough for nested, touching and overlapping ones.
LONGEST_S = 40

moments = st.integers(-5, LONGEST_S)
spans = st.tuples(moments, moments).map(sorted).map(lambda pair: Interval(pair[0] * S, pair[1] * S))
many_spans = st.lists(spans, max_size=8)
windows = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda pair: (pair[0] * S, (pair[0] + pair[1]) * S))
nows = st.integers(-5, LONGEST_S + 5).map(lambda second: second * S)


@st.composite
def _stop(draw: st.DrawFn) -> Stop:
    span = draw(spans)
    return Stop(span.start_ms, draw(st.sampled_from([span.end_ms, span.end_ms, None])), draw(st.sampled_from(Category)))


stops = st.lists(_stop(), max_size=8)


def stop(start_s: int, end_s: int | None, category: Category = Category.UNPLANNED) -> Stop:
    """A stop in seconds."""
    return Stop(start_s * S, None if end_s is None else end_s * S, category)


def seconds(from_ms: int, to_ms: int) -> range:
    """Every second of a window, by its first millisecond."""
    return range(from_ms, to_ms, S)


def within(at_ms: int, intervals: Iterable[Interval]) -> bool:
    """Whether this second is covered."""
    return any(each.start_ms <= at_ms < each.end_ms for each in intervals)


def category_at(at_ms: int, stops: Iterable[Stop]) -> Category | None:
    """The category that takes this second; None while the machine runs."""
    there = {each.category for each in stops if each.start_ms <= at_ms and (each.end_ms is None or at_ms < each.end_ms)}
    return next((category for category in PRECEDENCE if category in there), None)
