"""How often a caller may ask for an operation."""

import math
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from storage.connection import Store
from storage.errors import StoreUnavailable
from storage.repositories.allowances import Allowances

# Callers that one process remembers for limits of its own; the least recent one is forgotten first.
REMEMBERED = 4096
# A whole number of requests that is a rounding error short of it still counts as whole.
ROUNDING = 1e-6


class Limited(Protocol):
    """What a declared limit says (hub.operation.Limit)."""

    @property
    def requests(self) -> int: ...

    @property
    def per_s(self) -> int: ...

    @property
    def shared(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """The outcome of one take: what X-RateLimit-Limit, X-RateLimit-Remaining and Retry-After tell."""

    granted: bool
    limit: int
    remaining: int
    retry_after_s: int


class LimitsService:
    """Rate limits per caller and operation, shared by all hubs through the store where the limit says so."""

    def __init__(self, store: Store) -> None:
        self._allowances = Allowances(store.database)
        self._due: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def take(self, operation: str, who: str, limit: Limited) -> Allowance:
        """Counts one request of `who`; a refusal is told, not raised.

        Without the store all is granted: what needs the store then fails by itself.
        """
        if not limit.shared:
            return self._take_here((operation, who), limit)
        try:
            granted, remaining, wait_s = await self._allowances.take(operation, who, limit.requests, limit.per_s)
        except StoreUnavailable:
            return Allowance(True, limit.requests, limit.requests, 0)
        return Allowance(granted, limit.requests, remaining, math.ceil(wait_s))

    def _take_here(self, key: tuple[str, str], limit: Limited) -> Allowance:
        step_s, now_s = limit.per_s / limit.requests, time.monotonic()
        ahead_s = max(self._due.get(key, now_s), now_s) + step_s - now_s
        if ahead_s > limit.per_s:
            return Allowance(False, limit.requests, 0, math.ceil(ahead_s - limit.per_s))
        self._due[key] = now_s + ahead_s
        self._due.move_to_end(key)
        if len(self._due) > REMEMBERED:
            self._due.popitem(last=False)
        return Allowance(True, limit.requests, int((limit.per_s - ahead_s) / step_s + ROUNDING), 0)
