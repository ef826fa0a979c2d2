"""A hub that tells its clients of a fact before it is stored: the fault that the kill test must notice."""

import asyncio
import runpy
from collections.abc import Sequence

import msgpack

from storage import keys
from storage.entities.assembly import Assembly
from storage.entities.event import EventChange
from storage.entities.session import Session
from storage.repositories.sessions import Committed, Sessions

# Long enough for a kill at the moment of the announcement to come before the append.
LATE_S = 1.0

_commit = Sessions.commit


async def _announce_then_commit(
    self: Sessions, session: Session, facts: Sequence[bytes], changes: Sequence[EventChange], assembly: Assembly | None = None
) -> Committed:
    stream = keys.coaching_facts(session.organisation, session.station_id)
    position = await self.position(session.organisation, session.station_id)
    milliseconds, _, sequence = position.offset.partition("-")
    for number, fact in enumerate(facts, start=1):
        told = {"epoch": position.epoch, "offset": f"{milliseconds}-{int(sequence) + number}", "fact": fact}
        await self._db.redis.publish(stream, msgpack.packb(told))
    await asyncio.sleep(LATE_S if facts else 0)
    return await _commit(self, session, facts, changes, assembly)


if __name__ == "__main__":
    Sessions.commit = _announce_then_commit  # type: ignore[method-assign]
    runpy.run_module("hub", run_name="__main__")
