"""Access tokens: signed JSON web tokens whose secret is the installation's, kept in the store."""

import secrets
import time
from dataclasses import dataclass

import jwt

from hub.errors import NotAuthenticated, TokenExpired
from storage.connection import Store
from storage.entities.user import Role

ACCESS_TTL_S = 15 * 60
CONSOLE_TTL_S = 12 * 3600
# Tokens whose signature was found good need not be computed again (they may still be revoked or expire); the oldest is forgotten first.
REMEMBERED = 4096
_ALGORITHM = "HS256"
_AUDIENCE = "takt"
_REQUIRED = ["sub", "org", "role", "jti", "exp", "aud"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. `sid` is None for a token without a sign-in: made on the console (`subject` is then its own jti), or for an API
    key (`client_id` is then the key's)."""

    subject: str
    organisation: str
    role: Role
    sid: str | None
    jti: str
    expires_at_ms: int
    network_ids: tuple[int, ...] = ()
    client_id: str | None = None


class Tokens:
    """Signs and reads tokens; the secret is made once, atomically, by whichever process asks first."""

    def __init__(self, store: Store) -> None:
        self._credentials = store.credentials
        self._secret: bytes | None = None
        self._known: dict[str, Claims] = {}

    async def issue(
        self,
        organisation: str,
        role: Role,
        *,
        subject: str | None,
        sid: str | None,
        ttl_s: int,
        network_ids: tuple[int, ...] = (),
        client_id: str | None = None,
    ) -> tuple[str, Claims]:
        """A new token and what it says. Without a subject the token stands for itself."""
        jti = secrets.token_hex(12)
        claims = Claims(subject or jti, organisation, role, sid, jti, (int(time.time()) + ttl_s) * 1000, network_ids, client_id)
        payload: dict[str, object] = {
            "sub": claims.subject,
            "org": organisation,
            "role": role.value,
            "jti": jti,
            "aud": _AUDIENCE,
            "iat": int(time.time()),
            "exp": claims.expires_at_ms // 1000,
            "network_ids": list(network_ids),
        }
        payload |= {name: value for name, value in (("sid", sid), ("client_id", client_id)) if value is not None}
        return jwt.encode(payload, await self._signing_secret(), _ALGORITHM), claims

    async def read(self, token: str) -> Claims:
        """What a token says. Raises TokenExpired, or NotAuthenticated when it is not one of ours."""
        known = self._known.get(token)
        if known is not None and known.expires_at_ms > time.time() * 1000:
            return known
        claims = await self._decode(token)
        if len(self._known) >= REMEMBERED:
            self._known.pop(next(iter(self._known)))
        self._known[token] = claims
        return claims

    async def _decode(self, token: str) -> Claims:
        try:
            said = jwt.decode(
                token, await self._signing_secret(), algorithms=[_ALGORITHM], audience=_AUDIENCE, options={"require": _REQUIRED}
            )
            return Claims(
                str(said["sub"]),
                str(said["org"]),
                Role(said["role"]),
                said.get("sid"),
                str(said["jti"]),
                int(said["exp"]) * 1000,
                tuple(said.get("network_ids", ())),
                said.get("client_id"),
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired("This token has expired. Sign in again, or refresh it.") from error
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise NotAuthenticated("This token is not valid.") from error

    async def _signing_secret(self) -> bytes:
        if self._secret is None:
            self._secret = await self._credentials.signing_secret()
        return self._secret
