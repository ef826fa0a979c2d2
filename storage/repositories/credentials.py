"""Secrets that belong to no entity: what signs the tokens, one-time codes, and tokens ended before their time."""

import hashlib
import secrets

from storage import keys
from storage.database import Database


class Credentials:
    """Each question is one atomic command; codes are kept as hashes only."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def signing_secret(self) -> bytes:
        """The installation's secret of 32 bytes, made by whoever asks first."""
        fresh = secrets.token_bytes(32)
        await self._db.redis.set(keys.JWT_SECRET, fresh, nx=True)
        stored: bytes | None = await self._db.redis.get(keys.JWT_SECRET)
        return stored or fresh

    async def keep_code(self, code: str, meaning: str, ttl_s: int) -> None:
        """Keeps what a one-time code stands for, for `ttl_s` seconds."""
        await self._db.redis.set(keys.sign_in_code(_sha256(code)), meaning.encode(), ex=ttl_s)

    async def use_code(self, code: str) -> str | None:
        """What a code stands for, once; None when it is unknown, used or too old."""
        meaning: bytes | None = await self._db.redis.getdel(keys.sign_in_code(_sha256(code)))
        return meaning.decode() if meaning else None

    async def end_token(self, organisation: str, jti: str, ttl_s: int) -> None:
        """Ends a token without a sign-in; remembered until it would have expired anyway."""
        await self._db.redis.set(keys.revoked(organisation, jti), b"1", ex=ttl_s)

    async def is_ended(self, organisation: str, jti: str) -> bool:
        """Whether a token without a sign-in was ended."""
        return bool(await self._db.quick("EXISTS", keys.revoked(organisation, jti)))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
