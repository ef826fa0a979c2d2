"""Tells the metrics how the live room is."""

import asyncio
from collections import Counter

from hub.live.pressure import Pressure
from hub.live.stalled import Stalled
from hub.metrics import Metrics

EVERY_S = 1.0


class Gauges:
    """Counts who is inside; `run` reports once a second."""

    def __init__(self, metrics: Metrics, pressure: Pressure, stalled: Stalled) -> None:
        self._metrics = metrics
        self._pressure = pressure
        self._stalled = stalled
        self._inside: Counter[str] = Counter()
        self._dropped = 0

    def entered(self, socket: str) -> None:
        """A connection was admitted."""
        self._inside[socket] += 1

    def left(self, socket: str) -> None:
        """A connection ended."""
        self._inside[socket] -= 1

    def slow_client(self) -> None:
        """A connection was ended because it did not read."""
        self._metrics.slow_client()

    async def run(self) -> None:
        """Reports until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            self._metrics.loop_lag(self._pressure.lag_s * 1000)
            self._metrics.queue_depth("stalled connections", len(self._stalled))
            for socket, inside in self._inside.items():
                self._metrics.connections(socket, inside)
            dropped, self._dropped = self._stalled.dropped - self._dropped, self._stalled.dropped
            if dropped:
                self._metrics.dropped("latest", dropped)
