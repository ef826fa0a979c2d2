"""Forgets intervals that are older than TAKT_RETENTION_DAYS."""

import time

from storage import keys
from storage.connection import Store

DAY_MS = 86_400_000
# Lanes without lists of their own besides.
PLAIN_KINDS = (keys.MACHINE, keys.HEARTBEATS)


async def trim_timelines(store: Store, retention_days: int) -> int:
    """Forgets every event and run of beats that ended more than `retention_days` ago, in all organisations; returns how many."""
    before_ms = int(time.time() * 1000) - retention_days * DAY_MS
    forgotten = 0
    for organisation in await store.organisations.names():
        for kind in PLAIN_KINDS:
            for owner in await store.intervals.owners(organisation, kind):
                while (count := await store.intervals.trim(keys.Lane(organisation, kind, owner), before_ms)) > 0:
                    forgotten += count
    return forgotten
