"""How long to wait before trying again: twice as long each time, with jitter so that a hundred stations do not come back at once."""

import random

FIRST_S = 0.2
MOST_S = 5.0


class Backoff:
    """Waits grow from FIRST_S to MOST_S until `reset`."""

    def __init__(self, first_s: float = FIRST_S, most_s: float = MOST_S) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._next_s = first_s

    def wait_s(self) -> float:
        """The next wait, seconds: half to all of the present step."""
        wait = self._next_s * random.uniform(0.5, 1.0)
        self._next_s = min(self._most_s, self._next_s * 2)
        return wait

    def reset(self) -> None:
        """After a connection that held."""
        self._next_s = self._first_s
