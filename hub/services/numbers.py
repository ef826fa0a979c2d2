"""The numbers of all hub processes in one answer: each puts its own into the store, whoever is asked joins them."""

import asyncio

from hub.metrics import Metrics
from storage import keys
from storage.connection import Store

EVERY_S = 2.0
# A process that has put nothing for so long is gone.
TTL_S = 10


class NumbersService:
    """Publishes this process's series and joins those of all."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics

    async def run(self) -> None:
        """Publishes until cancelled. Raises StoreUnavailable."""
        while True:
            await self._store.redis.set(keys.worker_metrics(self._metrics.worker), self._metrics.render(), ex=TTL_S)
            await asyncio.sleep(EVERY_S)

    async def joined(self, organisation: str) -> bytes:
        """The text format of Prometheus: this process's series as they are now, the others' of the last seconds.

        Of series that belong to an organisation only the caller's.
        """
        texts = {keys.worker_metrics(self._metrics.worker): self._metrics.render()}
        async for key in self._store.redis.scan_iter(match=keys.WORKER_METRICS, count=1000):
            name = key.decode()
            text = None if name in texts else await self._store.redis.get(name)
            if text is not None:
                texts[name] = text
        return join_series(list(texts.values()), organisation)


def join_series(texts: list[bytes], organisation: str) -> bytes:
    """Several expositions as one: each family's head once, then its series, which the label `worker` keeps apart.

    Series of other organisations are left out.
    """
    own = f'organisation="{organisation}"'.encode()
    families: dict[bytes, list[bytes]] = {}
    for text in texts:
        head = b""
        for line in text.splitlines():
            if line.startswith(b"# HELP "):
                head = line
            rows = families.setdefault(head, [])
            if line.startswith(b"#"):
                if line not in rows:
                    rows.append(line)
            elif own in line or b'organisation="' not in line:
                rows.append(line)
    return b"\n".join(row for rows in families.values() for row in rows) + b"\n"
