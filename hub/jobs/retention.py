"""Forgets intervals that are older than TAKT_RETENTION_DAYS."""

import time

from storage.connection import Store

DAY_MS = 86_400_000


async def trim_timelines(store: Store, retention_days: int) -> int:
    """Forgets every finished interval that ended more than `retention_days` ago, in all organisations; returns how many."""
    before_ms = int(time.time() * 1000) - retention_days * DAY_MS
    forgotten = 0
    for organisation in await store.organisations.list():
        for machine in await store.events.machines(organisation.name):
            while (count := await store.events.trim(organisation.name, machine, before_ms)) > 0:
                forgotten += count
    return forgotten
