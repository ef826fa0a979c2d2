"""Argon2id off the loop: a verification takes a quarter of a second and must not stop anybody's picture."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import Invalid

P = ParamSpec("P")
R = TypeVar("R")

MIN_LENGTH = 10
# A longer one would only buy hashing time for whoever sends it.
MAX_LENGTH = 256


class Passwords:
    """Hashes and verifies in two threads of its own, so that a flood of log-ins queues there and nowhere else."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The Argon2id hash of a new password. Raises Invalid when it is shorter or longer than allowed."""
        if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
            raise Invalid(f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.", field="password")
        return await self._in_thread(self._hasher.hash, password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether the password fits. Without a hash (no such account) the same work is done and the answer is False."""
        if self._nobody is None:
            self._nobody = await self._in_thread(self._hasher.hash, secrets.token_urlsafe())
        fits = await self._in_thread(self._fits, hashed or self._nobody, password[:MAX_LENGTH])
        return fits and hashed is not None

    def close(self) -> None:
        """Ends the threads; queued verifications are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(function, *args, **kwargs))
