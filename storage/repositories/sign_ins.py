"""Sign-ins: each expires with its refresh token, and one that is revoked is gone."""

from storage import keys
from storage.commit import Commit, Refused
from storage.database import Database
from storage.entities.user import SignIn
from storage.errors import AlreadyExists, NotStored


class SignIns:
    """Families of refresh tokens."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, sign_in: SignIn) -> SignIn:
        """A new sign-in. Raises AlreadyExists."""
        key = keys.sign_in(sign_in.organisation, sign_in.id)
        commit = Commit(self._db, sign_in.organisation)
        commit.expect_absent(key, "sign-in exists")
        commit.call("SET", key, sign_in.model_dump_json(), "PXAT", sign_in.expires_at_ms)
        try:
            await commit.run()
        except Refused as refused:
            raise AlreadyExists(refused.reason) from refused
        return sign_in

    async def by_id(self, organisation: str, id_: str) -> SignIn | None:
        """The sign-in, unless it expired or was revoked."""
        stored = await self._db.quick("GET", keys.sign_in(organisation, id_))
        return None if stored is None else SignIn.model_validate_json(stored)

    async def rotate(
        self, organisation: str, id_: str, old_sha256: str, new_sha256: str, expires_at_ms: int | None = None
    ) -> SignIn | None:
        """Replaces the refresh token in one step; `expires_at_ms` None keeps the age. None when the old token is not the current one
        (it was used before: the caller revokes the family) or the sign-in is gone."""
        sign_in = await self.by_id(organisation, id_)
        if sign_in is None:
            return None
        rotated = sign_in.model_copy(update={"refresh_sha256": new_sha256, "expires_at_ms": expires_at_ms or sign_in.expires_at_ms})
        key = keys.sign_in(organisation, id_)
        commit = Commit(self._db, organisation)
        commit.expect_field(key, "refresh_sha256", old_sha256, "used before")
        commit.call("SET", key, rotated.model_dump_json(), "PXAT", rotated.expires_at_ms)
        try:
            await commit.run()
        except (Refused, NotStored):
            return None
        return rotated

    async def revoke(self, organisation: str, id_: str) -> bool:
        """Ends a sign-in; True when there was one. Announcing it on `keys.control` is the caller's."""
        return bool(await self._db.redis.delete(keys.sign_in(organisation, id_)))

    async def is_revoked(self, organisation: str, id_: str) -> bool:
        """Whether the sign-in ended, by log-out, reuse or age."""
        return not await self._db.redis.exists(keys.sign_in(organisation, id_))
