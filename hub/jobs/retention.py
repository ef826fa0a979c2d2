"""Forgets intervals that are older than TAKT_RETENTION_DAYS."""

import time
from collections.abc import Awaitable, Callable

from storage import keys
from storage.connection import Store

DAY_MS = 86_400_000
Trim = Callable[[str, str, int], Awaitable[int]]


async def trim_timelines(store: Store, retention_days: int) -> int:
    """Forgets everything that ended more than `retention_days` ago, in all organisations: events, runs of beats, downtime records and
    downtimes that cameras saw. Answers how many. What has no end stays."""
    before_ms = int(time.time() * 1000) - retention_days * DAY_MS

    def plain(kind: str) -> Trim:
        return lambda organisation, owner, before: store.intervals.trim(keys.Lane(organisation, kind, owner), before)

    # The last two stand in lists of their own besides.
    trims: dict[str, Trim] = {
        keys.MACHINE: plain(keys.MACHINE),
        keys.HEARTBEATS: plain(keys.HEARTBEATS),
        keys.DOWNTIME_RECORDS: store.downtime_records.trim,
        keys.DETECTED: store.detected_downtimes.trim,
    }
    forgotten = 0
    for organisation in await store.organisations.names():
        for kind, trim in trims.items():
            for owner in await store.intervals.owners(organisation, kind):
                while (count := await trim(organisation, owner, before_ms)) > 0:
                    forgotten += count
    return forgotten
