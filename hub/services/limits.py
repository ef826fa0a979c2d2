"""How often a caller may ask for an operation."""

import math
from dataclasses import dataclass

from hub.operation import Limit
from storage.connection import Store
from storage.repositories.allowances import Allowances


@dataclass(frozen=True, slots=True)
class Allowance:
    """The outcome of one take: what X-RateLimit-Limit, X-RateLimit-Remaining and Retry-After tell."""

    granted: bool
    limit: int
    remaining: int
    retry_after_s: int


class LimitsService:
    """Rate limits per caller and operation, shared by all hubs through the store."""

    def __init__(self, store: Store) -> None:
        self._allowances = Allowances(store.redis)

    async def take(self, operation: str, who: str, limit: Limit) -> Allowance:
        """Counts one request of `who`. Never raises for a refusal: the caller decides how to tell it."""
        granted, remaining, wait_s = await self._allowances.take(operation, who, limit.requests, limit.per_s)
        return Allowance(granted, limit.requests, remaining, math.ceil(wait_s))
