"""Operators sign in at a station: by name and password, or by badge. Who asks (a station's API key) says in which organisation."""

import dataclasses
import secrets
import time
from dataclasses import dataclass

from hub.caller import Caller
from hub.errors import NotAuthenticated
from hub.services.lock_out import count_attempt
from hub.services.passwords import Passwords
from hub.services.tokens import Claims, Tokens
from storage.connection import Store
from storage.entities.operator import Operator, name_key
from storage.entities.user import Role, SignIn
from storage.repositories.allowances import Allowances

# A shift, however long: nobody signs in again at a screen that is touched with gloves.
OPERATOR_TTL_S = 12 * 3600
# Badges that nobody knows, in a row, from one caller: several stations may share a key.
FREE_BADGES = 20


@dataclass(frozen=True, slots=True)
class OperatorSignedIn:
    """An operator and a token with their role."""

    operator: Operator
    token: str


class OperatorSignIns:
    """Gives tokens to active operators. They end at log-out, by age, and when the operator's sign-ins are ended."""

    def __init__(self, store: Store, passwords: Passwords) -> None:
        self._store = store
        self._passwords = passwords
        self._tokens = Tokens(store)
        self._attempts = Allowances(store.database)

    async def by_password(self, caller: Caller, first_name: str, last_name: str, password: str) -> OperatorSignedIn:
        """Raises NotAuthenticated, the same and after the same time whether the name, the password or neither is known or the operator is
        inactive, and TooMany while the account is locked."""
        name = f"{first_name} {last_name}"
        account = f"operator\0{caller.organisation}\0{name_key(name)}"
        await count_attempt(self._attempts, account)
        operator = await self._store.operators.by_name(caller.organisation, name)
        usable = operator if operator is not None and operator.active and operator.password_hash else None
        fits = await self._passwords.verify(usable.password_hash if usable else None, password)
        if usable is None or not fits:
            raise NotAuthenticated("Name or password is wrong.", code="wrong_credentials")
        await self._attempts.forgive(account)
        return await self._sign_in(caller, usable, by_badge=False)

    async def by_badge(self, caller: Caller, rfid: str) -> OperatorSignedIn:
        """Raises NotAuthenticated, the same whether the badge is unknown or its operator inactive, and TooMany for many unknown ones."""
        account = f"badge\0{caller.organisation}\0{caller.kind}\0{caller.id}"
        await count_attempt(self._attempts, account, FREE_BADGES)
        operator = await self._store.operators.by_rfid(caller.organisation, rfid)
        if operator is None or not operator.active:
            raise NotAuthenticated("No active operator has this badge.", code="wrong_credentials")
        await self._attempts.forgive(account)
        return await self._sign_in(caller, operator, by_badge=True)

    async def _sign_in(self, caller: Caller, operator: Operator, *, by_badge: bool) -> OperatorSignedIn:
        sign_in = SignIn(
            id=secrets.token_hex(12),
            organisation=operator.organisation,
            user_id="",
            refresh_sha256="",
            expires_at_ms=int((time.time() + OPERATOR_TTL_S) * 1000),
            operator_id=operator.id,
            epoch=operator.epoch,
            by_badge=by_badge,
        )
        await self._store.sign_ins.add(sign_in)
        token, _ = await self._tokens.issue(
            operator.organisation,
            _role(operator, sign_in),
            subject=str(operator.id),
            sid=sign_in.id,
            ttl_s=OPERATOR_TTL_S,
            network_ids=caller.network_ids,
        )
        return OperatorSignedIn(operator, token)


async def caller_of_operator(store: Store, sign_in: SignIn, claims: Claims) -> Caller:
    """The operator behind a token, with the role that is stored now; no more networks than the station had. Raises NotAuthenticated."""
    operator = await store.operators.find(sign_in.organisation, str(sign_in.operator_id))
    if operator is None or not operator.active or operator.epoch != sign_in.epoch:
        raise NotAuthenticated("This sign-in has ended. Sign in again.")
    caller = Caller(operator.organisation, _role(operator, sign_in), "operator", str(operator.id), sign_in.id, claims.expires_at_ms)
    return dataclasses.replace(caller, network_ids=claims.network_ids)


def _role(operator: Operator, sign_in: SignIn) -> Role:
    """A badge is found, borrowed or copied: alone it never makes an administrator."""
    return Role.SUPERVISOR if sign_in.by_badge and operator.role is Role.ADMIN else operator.role
