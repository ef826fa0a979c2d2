"""How late the loop runs: the sign that frames should be joined."""

import asyncio

TICK_S = 0.05
HIGH_LAG_S = 0.010
# Weight of the newest tick: about six ticks, a third of a second, say how it is.
WEIGHT = 0.3


class Pressure:
    """Smoothed lag of the event loop; `run` measures it."""

    def __init__(self) -> None:
        self.lag_s = 0.0

    @property
    def is_high(self) -> bool:
        """Whether the loop is so late that one write of several frames is better than several writes."""
        return self.lag_s > HIGH_LAG_S

    async def run(self) -> None:
        """Measures until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            self.lag_s += WEIGHT * (max(0.0, loop.time() - due) - self.lag_s)
