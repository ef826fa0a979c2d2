"""How many replicas have to have a write before it counts: as many as the server itself asks for (min-replicas-to-write)."""

import asyncio
from typing import Any

import redis.exceptions as failures

# An administrator who changes the setting, or a fail-over to a server with another one, is noticed after so long.
_LOOK_EVERY_S = 5.0


class Replicas:
    """Reads the server's setting, and remembers it for a moment."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._wanted = 0
        self._look_at = 0.0

    async def wanted(self) -> int:
        """Replicas that have to confirm a write; 0 = none, also where the server does not tell. Raises StoreUnavailable."""
        now = asyncio.get_running_loop().time()
        # A cluster's nodes are asked by the library one by one: a write and a wait for it do not share a connection there.
        if now >= self._look_at and hasattr(self._redis, "connection_pool"):
            self._wanted = await self._look()
            self._look_at = now + _LOOK_EVERY_S
        return self._wanted

    async def _look(self) -> int:
        try:
            told = await self._redis.config_get("min-replicas-to-write")
        except failures.ResponseError:
            return 0
        return int(told.get("min-replicas-to-write", 0))
