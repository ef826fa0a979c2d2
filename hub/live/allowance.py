"""How many messages a client may send."""

import time


class Allowance:
    """A bucket of `burst` tokens that fills with `per_s`; the clock is an argument for tests."""

    def __init__(self, per_s: float, burst: float, now: float | None = None) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = burst
        self._at = time.monotonic() if now is None else now

    def take(self, now: float | None = None) -> bool:
        """Takes one token. Returns whether there was one."""
        now = time.monotonic() if now is None else now
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
