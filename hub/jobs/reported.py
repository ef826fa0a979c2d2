"""Forgets what is known of reported events and jobs besides their intervals, once retention took those."""

import time

from storage.connection import Store

DAY_MS = 86_400_000
# It looks at every reported event; what it frees is small.
FORGET_EVERY_S = 86_400.0


async def forget_reported(store: Store, retention_days: int) -> int:
    """In all organisations; returns how many. Idempotency keys stay: a retry may come at any time."""
    before_ms = time.time_ns() // 1_000_000 - retention_days * DAY_MS
    forgotten = 0
    for organisation in await store.organisations.list():
        forgotten += await store.posted_events.forget_trimmed(organisation.name)
        forgotten += await store.step_events.forget_trimmed(organisation.name, before_ms)
    return forgotten
