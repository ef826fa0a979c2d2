"""What a channel is made of: where it comes from, how it reads, where it stands."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from hub.live.push import Push
from storage.facts import FactsSince, Position, StoredFact

StateReader = Callable[[], Awaitable[tuple[object | None, Position]]]


async def no_state() -> tuple[object | None, Position]:
    """For channels of which only what comes next matters."""
    return None, Position("", "")


class FactReader(Protocol):
    """All facts after a position, or word that they are gone."""

    async def __call__(self, epoch: str, offset: str, limit: int) -> FactsSince: ...


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel in one dialect. `name` is the client's, `key` unique in the process, `source` the channel of the bus."""

    name: str
    key: str
    source: str
    read: Callable[[bytes], Push | None]
    """A payload of the bus as a push; None = nothing to say. Must not raise for what the other processes send."""
    state: StateReader = no_state
    """The state now, and for facts the position that was read before it."""
    facts: "FactSource | None" = None
    """None = latest-only."""
    demand: "PictureDemand | None" = None
    """For pictures: what vision has to make."""


@dataclass(frozen=True, slots=True)
class FactSource:
    """How facts of a channel are read back."""

    since: FactReader
    push: Callable[[StoredFact], Push]


@dataclass(frozen=True, slots=True)
class PictureDemand:
    """Somebody looks at a station's pictures of a width, at most `fps` of them a second."""

    organisation: str
    station: str
    width: int
    fps: float


def order(offset: str) -> tuple[int, int]:
    """A stream id as numbers that compare."""
    milliseconds, _, sequence = offset.partition("-")
    return int(milliseconds or 0), int(sequence or 0)


# Between two tries to read what a gap hid.
RETRY_S = 0.5


async def pause() -> None:
    """Waits before a retry."""
    await asyncio.sleep(RETRY_S)
