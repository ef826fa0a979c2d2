"""How much a region moves when its machine works."""

import math
from collections import deque

_BLOCKS, _FEWEST = 75, 3
"""Spans of work that are remembered, and how many are needed before anything is known."""
_LOW = 0.15
"""Quantile of the spans' liveliest moments: somebody who walks through makes some of them too lively."""
_KNOWN_S, _KNOWN_SHARE = 6.0, 0.1
"""So much motion of its own makes a region a machine's. Where hands do the work, nearly all motion comes from outside."""
_FORGET_S = 900.0
_LONGEST_SPAN_S = 10.0
"""With a long idle time, too, a machine shall be known soon. One that rests longer shows spans of rest: then any motion is work."""


class Usual:
    """Learns from the time between stops, span by span: a working machine is lively at least once in its idle time."""

    def __init__(self, idle_after_s: float) -> None:
        self._span_s = min(idle_after_s, _LONGEST_SPAN_S)
        self._idle_spans = math.ceil(idle_after_s / self._span_s)
        self._liveliest: deque[int] = deque(maxlen=_BLOCKS)
        self._block_s, self._block_most = 0.0, 0
        self._own_s = self._others_s = 0.0

    @property
    def cells(self) -> float | None:
        """Cells that move at the liveliest moment of a span of quiet work; None while too little is known or hands do the work."""
        known = self._own_s >= _KNOWN_S and self._own_s >= _KNOWN_SHARE * (self._own_s + self._others_s)
        if not known or len(self._liveliest) < _FEWEST:
            return None
        return float(sorted(self._liveliest)[int(_LOW * len(self._liveliest))])

    def learn(self, moving: int, own: bool, others: bool, elapsed_s: float) -> None:
        """One look while no stop is open: cells that move, and whether the machine or somebody else moves."""
        if own or others:
            kept = max(0.0, 1 - elapsed_s / _FORGET_S)
            self._own_s = kept * self._own_s + elapsed_s * own
            self._others_s = kept * self._others_s + elapsed_s * (others and not own)
        self._block_s, self._block_most = self._block_s + elapsed_s, max(self._block_most, moving)
        if self._block_s >= self._span_s:
            self._liveliest.append(self._block_most)
            self._block_s, self._block_most = 0.0, 0

    def interrupt(self) -> None:
        """A stop was noticed: the spans that its idle time lies in, and the one that has just begun, say nothing of work."""
        self._block_s, self._block_most = 0.0, 0
        for _ in range(min(self._idle_spans, len(self._liveliest))):
            self._liveliest.pop()
