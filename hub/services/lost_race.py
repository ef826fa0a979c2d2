"""What to do when somebody else was faster: decide again after a moment, of which every one takes another."""

import asyncio
import random

TRIES = 24
"""Of all who decide at once each round lets at least one through; 64 at once need about ten."""
_LONGER_S = 0.04


async def wait_a_moment(turn: int) -> None:
    """A random while before the next of TRIES, counted from 0: the more turns were lost, the longer it may be."""
    await asyncio.sleep(random.uniform(0, _LONGER_S * (turn + 1)))
