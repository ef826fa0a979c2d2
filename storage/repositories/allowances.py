"""What may still be done within a period, shared by all hub processes."""

import hashlib

from storage import keys
from storage.database import Database


class Allowances:
    """Rate limits and the lock-out of accounts; each question is one atomic script."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def take(self, name: str, who: str, requests: int, per_s: float) -> tuple[bool, int, float]:
        """Takes one request: (granted, how many remain now, seconds until the next would be granted)."""
        key = keys.rate_limit(_sha256(f"{name}\0{who}"))
        granted, remaining, wait_ms = await self._db.ask("allowance", [key], round(per_s * 1e6 / requests), requests)
        return bool(granted), int(remaining), wait_ms / 1000

    async def attempt_login(self, account: str, *, free: int, first_s: float, longest_s: float, forget_s: int) -> float:
        """Counts an attempt before the password is looked at: 0.0 = go on, else the seconds that the account is locked."""
        key = keys.login_failures(_sha256(account.lower()))
        wait_ms = await self._db.run("login_attempt", [key], free, str(first_s), str(longest_s), forget_s)
        return int(wait_ms) / 1000

    async def forgive(self, account: str) -> None:
        """Forgets an account's attempts, after a good one."""
        await self._db.redis.delete(keys.login_failures(_sha256(account.lower())))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
