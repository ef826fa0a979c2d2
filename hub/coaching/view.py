"""What the screen says now: the verdicts of the last frames, settled so that it does not flicker."""

import math
from dataclasses import dataclass

from hub.coaching.sighting import Kind

# A view must be the better one for about this long before the screen changes: long enough for a single bad frame to
# pass unseen, short enough to be felt as "at once".
SETTLE_S = 0.15
# By how much its weight must lead; two verdicts that take turns never do.
LEAD = 0.35
# One frame speaks for at most this long, so that a slow camera cannot turn the screen with a single frame.
GAP_MOST_NS = 100_000_000

_START: tuple[tuple[Kind, float], ...] = ((Kind.WAITING, 1.0),)


@dataclass(frozen=True, slots=True)
class View:
    """The settled kind, and the weight (together 1) of each kind in the frames just past."""

    kind: Kind = Kind.WAITING
    weights: tuple[tuple[Kind, float], ...] = _START
    captured_at_ns: int | None = None


def settle(view: View, kind: Kind, captured_at_ns: int) -> View:
    """The view after one more frame: an exponential vote with a time constant of SETTLE_S and a lead to overcome."""
    since_ns = GAP_MOST_NS if view.captured_at_ns is None else captured_at_ns - view.captured_at_ns
    gap_ns = min(max(since_ns, 0), GAP_MOST_NS)
    keep = math.exp(-gap_ns / 1e9 / SETTLE_S)
    weights = {known: weight * keep for known, weight in view.weights}
    weights[kind] = weights.get(kind, 0.0) + 1.0 - keep
    best = max(weights, key=lambda known: weights[known])
    leads = weights[best] > weights.get(view.kind, 0.0) + LEAD
    return View(best if leads else view.kind, tuple(weights.items()), captured_at_ns)
