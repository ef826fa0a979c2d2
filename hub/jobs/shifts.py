"""Starts and ends shift periods on time, and catches up after a standstill."""

import time

from hub.services.shift_periods import ShiftPeriods
from storage.connection import Store

# A look costs one read of the patterns; a period that is told two seconds late has its right time.
SHIFTS_EVERY_S = 2.0


class Shifts:
    """Remembers between its turns what is due when."""

    def __init__(self, store: Store) -> None:
        self._periods = ShiftPeriods(store)

    async def keep(self) -> int:
        """One turn; returns how many patterns changed. Periods carry the times of the pattern, however late the turn is."""
        return await self._periods.keep(time.time_ns() // 1_000_000)
