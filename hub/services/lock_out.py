"""Guessing becomes hopeless: failed attempts at an account lock it for longer and longer, in the store, for all hubs."""

from hub.errors import TooMany
from storage.repositories.allowances import Allowances

# Five slips are human; then 10 s, 20 s, … up to a quarter of an hour makes guessing hopeless. Forgotten after a day.
FREE_ATTEMPTS = 5
FIRST_LOCK_S = 10.0
LONGEST_LOCK_S = 900.0
FORGET_S = 86_400


async def count_attempt(attempts: Allowances, account: str, free: int = FREE_ATTEMPTS) -> None:
    """Counts an attempt before its secret is looked at; a good one is forgiven afterwards. Raises TooMany while the account is locked."""
    wait_s = await attempts.attempt_login(account, free=free, first_s=FIRST_LOCK_S, longest_s=LONGEST_LOCK_S, forget_s=FORGET_S)
    if wait_s > 0:
        raise TooMany("Too many failed attempts for this account. Wait as long as Retry-After says.", retry_after_s=wait_s)
