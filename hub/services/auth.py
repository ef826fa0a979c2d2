"""Signing in, staying signed in, and the proof of who asks."""

import hashlib
import secrets
import time
import uuid
from dataclasses import dataclass

from hub.caller import Caller
from hub.errors import NotAuthenticated, NotFound
from hub.services.lock_out import count_attempt
from hub.services.operator_sign_ins import caller_of_operator
from hub.services.passwords import Passwords
from hub.services.revocation import Ended, announce
from hub.services.tokens import ACCESS_TTL_S, CONSOLE_TTL_S, Claims, Tokens
from storage.connection import Store
from storage.entities.user import ApiKey, Role, SignIn, User
from storage.repositories.allowances import Allowances

REFRESH_TTL_S = 14 * 24 * 3600
CODE_TTL_S = 15 * 60
# As VIANA's: a program asks again by itself.
CLIENT_TTL_S = 300

KEY_ROLES = {"read-only": Role.VIEWER, "read-write": Role.OPERATOR}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh access token, and the refresh token that belongs into the cookie."""

    access_token: str
    expires_in_s: int
    refresh_token: str
    user: User


class AuthService:
    """Log-in by password or one-time code, refresh, log-out, and `verify_token` for every door."""

    def __init__(self, store: Store, passwords: Passwords | None = None) -> None:
        self._store = store
        self._tokens = Tokens(store)
        self._passwords = passwords or Passwords()
        self._attempts = Allowances(store.database)
        self._credentials = store.credentials

    @property
    def passwords(self) -> Passwords:
        """The hasher, shared with the users service."""
        return self._passwords

    async def verify_token(self, token: str) -> Caller:
        """Who a JWT or an API key proves to be, with the role that is stored now. Raises NotAuthenticated, TokenExpired."""
        if token.startswith(("takt_ro_", "takt_rw_")):
            return await self._verify_key(token)
        claims = await self._tokens.read(token)
        if claims.client_id is not None:
            return _caller_of_key(await self._store.api_keys.find(claims.organisation, claims.client_id), claims.expires_at_ms)
        if claims.sid is None:
            return await self._verify_console_token(claims)
        sign_in = await self._store.sign_ins.by_id(claims.organisation, claims.sid)
        if sign_in is not None and sign_in.operator_id is not None:
            return await caller_of_operator(self._store, sign_in, claims)
        user = await self._user_of(sign_in)
        withdrawn = bool(claims.network_ids) and not user.network_ids
        return Caller(user.organisation, user.role, "user", user.id, claims.sid, claims.expires_at_ms, user.network_ids, withdrawn)

    async def login(self, email: str, password: str) -> SignedIn:
        """Raises NotAuthenticated, the same whether or not the account exists, and TooMany while the account is locked."""
        account = email.strip().lower()
        await count_attempt(self._attempts, account)
        user = await self._store.users.by_email(account)
        usable = user is not None and user.is_active
        fits = await self._passwords.verify(user.password_hash if user is not None and usable else None, password)
        if user is None or not fits:
            raise NotAuthenticated("E-mail or password is wrong.")
        await self._attempts.forgive(account)
        return await self._sign_in(user)

    async def refresh(self, refresh_token: str) -> SignedIn:
        """Swaps a refresh token for a new pair. A token that was swapped before ends the whole sign-in. Raises NotAuthenticated."""
        organisation, _, rest = refresh_token.partition(".")
        sid, _, secret = rest.partition(".")
        stored = await self._store.sign_ins.by_id(organisation, sid) if organisation and sid and secret else None
        user = await self._user_of(stored)
        fresh = secrets.token_urlsafe(32)
        if not await self._store.sign_ins.rotate(organisation, sid, sha256(secret), sha256(fresh)):
            await self._end_sign_in(organisation, sid)
            raise NotAuthenticated("This sign-in was used from elsewhere and has been ended. Sign in again.")
        return await self._signed_in(user, sid, fresh)

    async def logout(self, caller: Caller) -> None:
        """Ends the caller's sign-in, or token, and its sockets, at once. An API key is not ended so: it is deleted by an admin."""
        if caller.sid is not None:
            await self._end_sign_in(caller.organisation, caller.sid)
        elif caller.kind == "token":
            await self._credentials.end_token(caller.organisation, caller.id, CONSOLE_TTL_S)
            await announce(self._store, caller.organisation, Ended(token_id=caller.id))

    async def issue_token(self, organisation: str, role: Role, network_ids: tuple[int, ...] = ()) -> str:
        """A token of the console for 12 hours, without a user. Raises NotFound for an unknown organisation."""
        if not await self._store.organisations.exists(organisation):
            raise NotFound(f"There is no organisation {organisation}.")
        token, _ = await self._tokens.issue(organisation, role, subject=None, sid=None, ttl_s=CONSOLE_TTL_S, network_ids=network_ids)
        return token

    async def issue_client_token(self, client_id: str, secret: str) -> tuple[str, int]:
        """A token for the API key with this id and secret, and the seconds it lives; it ends with its key. Raises NotAuthenticated, the
        same whether the client or its secret is not known: the secret alone is looked up, then the id is compared."""
        key = await self._store.api_keys.by_secret(secret)
        if key is None or not secrets.compare_digest(key.id.encode(), client_id.encode()) or key.expires_at_ms <= time.time() * 1000:
            raise NotAuthenticated("The client or its secret is wrong.")
        role = KEY_ROLES[key.role]
        token, _ = await self._tokens.issue(
            key.organisation, role, subject=key.id, sid=None, ttl_s=CLIENT_TTL_S, network_ids=key.network_ids, client_id=key.id
        )
        return token, CLIENT_TTL_S

    async def make_sign_in_code(self, organisation: str, email: str | None = None) -> str:
        """A one-time code that signs in as `email`, or as the first active administrator, within 15 minutes. Raises NotFound."""
        users = [u for u in await self._store.users.list(organisation) if u.is_active]
        wanted = [u for u in users if (u.email == email.lower() if email else u.role is Role.ADMIN)]
        if not wanted:
            raise NotFound(f"There is no active account {email or 'of an administrator'} in {organisation}.")
        code = secrets.token_urlsafe(18)
        await self._credentials.keep_code(code, f"{organisation} {wanted[0].id}", CODE_TTL_S)
        return code

    async def sign_in_with_code(self, code: str) -> SignedIn:
        """Uses a one-time code up. Raises NotAuthenticated."""
        meaning = await self._credentials.use_code(code)
        organisation, _, user_id = (meaning or "").partition(" ")
        user = await self._store.users.find(organisation, user_id) if meaning else None
        if user is None or not user.is_active:
            raise NotAuthenticated("This code is not valid, or has been used.")
        return await self._sign_in(user)

    async def ensure_first_admin(self, organisation: str) -> tuple[str, str] | None:
        """Makes the first administrator where the organisation has no user; (e-mail, password), told this once, or None."""
        if await self._store.users.list(organisation):
            return None
        email, password = f"admin@{organisation}.takt", secrets.token_urlsafe(12)
        await self._store.users.add(
            User(
                organisation=organisation,
                id=str(uuid.uuid4()),
                email=email,
                full_name="First administrator",
                role=Role.ADMIN,
                password_hash=await self._passwords.hash(password),
                created_at_ms=int(time.time() * 1000),
            )
        )
        return email, password

    def close(self) -> None:
        """Ends the threads that hash."""
        self._passwords.close()

    async def _user_of(self, sign_in: SignIn | None) -> User:
        if sign_in is None:
            raise NotAuthenticated("This sign-in has ended. Sign in again.")
        user = await self._store.users.find(sign_in.organisation, sign_in.user_id)
        if user is None or not user.is_active or sign_in.expires_at_ms - REFRESH_TTL_S * 1000 <= user.signed_out_at_ms:
            raise NotAuthenticated("This sign-in has ended. Sign in again.")
        return user

    async def _verify_console_token(self, claims: Claims) -> Caller:
        if await self._credentials.is_ended(claims.organisation, claims.jti):
            raise NotAuthenticated("This token has been ended.")
        return Caller(claims.organisation, claims.role, "token", claims.jti, None, claims.expires_at_ms, claims.network_ids)

    async def _verify_key(self, key: str) -> Caller:
        return _caller_of_key(await self._store.api_keys.by_secret(key))

    async def _sign_in(self, user: User) -> SignedIn:
        sid, secret = secrets.token_hex(12), secrets.token_urlsafe(32)
        await self._store.sign_ins.add(
            SignIn(
                id=sid,
                organisation=user.organisation,
                user_id=user.id,
                refresh_sha256=sha256(secret),
                expires_at_ms=int((time.time() + REFRESH_TTL_S) * 1000),
            )
        )
        return await self._signed_in(user, sid, secret)

    async def _signed_in(self, user: User, sid: str, secret: str) -> SignedIn:
        token, _ = await self._tokens.issue(
            user.organisation, user.role, subject=user.id, sid=sid, ttl_s=ACCESS_TTL_S, network_ids=user.network_ids
        )
        return SignedIn(token, ACCESS_TTL_S, f"{user.organisation}.{sid}.{secret}", user)

    async def _end_sign_in(self, organisation: str, sid: str) -> None:
        await self._store.sign_ins.revoke(organisation, sid)
        await announce(self._store, organisation, Ended(sid=sid))


def _caller_of_key(key: ApiKey | None, token_expires_at_ms: int | None = None) -> Caller:
    if key is None or key.expires_at_ms <= time.time() * 1000:
        raise NotAuthenticated("This API key is not valid, or has expired.")
    expires_at_ms = min(key.expires_at_ms, token_expires_at_ms or key.expires_at_ms)
    return Caller(key.organisation, KEY_ROLES[key.role], "api_key", key.id, None, expires_at_ms, key.network_ids)


def sha256(text: str) -> str:
    """Hex digest under which a secret is stored."""
    return hashlib.sha256(text.encode()).hexdigest()
