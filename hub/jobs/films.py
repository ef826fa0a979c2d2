"""Forgets films whose units ended longer ago than TAKT_RETENTION_DAYS; their records stay."""

import time

from hub.jobs.retention import DAY_MS
from storage.connection import Store

# Deleted between two looks, so that a job that is cancelled has done most of its work.
_AT_ONCE = 100


async def forget_films(store: Store, retention_days: int) -> int:
    """Deletes them in all organisations; how many."""
    before_ms = int(time.time() * 1000) - retention_days * DAY_MS
    forgotten = 0
    for organisation in await store.organisations.names():
        while films := await store.films.oldest(organisation, _AT_ONCE, before_ms):
            for film in films:
                await store.films.forget(film, store.files)
            forgotten += len(films)
    return forgotten
