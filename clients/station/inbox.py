"""The events that wait to be read: facts in order and never dropped, predictions only the newest."""

import asyncio
from collections import deque

from clients.station.errors import StationError
from clients.station.events import CoachEvent

# More unread facts than this, and the connection is not read any more until somebody reads here.
MOST_FACTS = 1_000


class Inbox:
    """A bounded queue with one reader."""

    def __init__(self, most_facts: int = MOST_FACTS) -> None:
        self._most_facts = most_facts
        self._events: deque[CoachEvent] = deque()
        self._facts = 0
        self._changed = asyncio.Condition()
        self._fault: StationError | None = None

    async def put(self, event: CoachEvent) -> None:
        """Adds an event. A prediction replaces one that is still unread and has nothing after it; facts wait for room."""
        async with self._changed:
            if not event.is_fact:
                if self._events and not self._events[-1].is_fact:
                    self._events.pop()
            else:
                await self._changed.wait_for(lambda: self._facts < self._most_facts)
                self._facts += 1
            self._events.append(event)
            self._changed.notify_all()

    async def get(self) -> CoachEvent:
        """The next event. Raises the fault, once everything before it was read."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._events) or self._fault is not None)
            if self._events:
                event = self._events.popleft()
                self._facts -= event.is_fact
                self._changed.notify_all()
                return event
            assert self._fault is not None
            raise self._fault

    async def fail(self, fault: StationError) -> None:
        """Nothing more will come."""
        async with self._changed:
            self._fault = fault
            self._changed.notify_all()
