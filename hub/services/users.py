"""Accounts of an organisation, kept by its administrators."""

import dataclasses
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from hub.caller import Caller
from hub.errors import Conflict, Invalid, NotFound
from hub.services.passwords import Passwords
from hub.services.revocation import Ended, announce
from storage.connection import Store
from storage.entities.user import Role, User
from storage.errors import AlreadyExists, VersionConflict


@dataclass(frozen=True, slots=True)
class UserChange:
    """What may change of an account; None = stays."""

    full_name: str | None = None
    role: Role | None = None
    is_active: bool | None = None
    password: str | None = None
    network_ids: tuple[int, ...] | None = None


class UsersService:
    """Adds, lists and changes the accounts of the caller's own organisation."""

    def __init__(self, store: Store, passwords: Passwords) -> None:
        self._store = store
        self._passwords = passwords

    async def add(
        self, organisation: str, email: str, full_name: str, role: Role, password: str | None = None, network_ids: tuple[int, ...] = ()
    ) -> tuple[User, str | None]:
        """A new account, and its password where none was given and one was made.

        Raises Conflict when the address signs in already, here or in another organisation, and Invalid.
        """
        address = email.strip().lower()
        name, _, domain = address.partition("@")
        if not name or not domain or " " in address or len(address) > 254:
            raise Invalid("An e-mail address is name@domain.", field="email")
        made = secrets.token_urlsafe(12)
        user = User(
            organisation=organisation,
            id=str(uuid.uuid4()),
            email=address,
            full_name=full_name,
            role=role,
            password_hash=await self._passwords.hash(made if password is None else password),
            network_ids=network_ids,
            created_at_ms=int(time.time() * 1000),
        )
        try:
            return await self._store.users.add(user), made if password is None else None
        except AlreadyExists as error:
            raise Conflict("This e-mail address is taken.") from error

    async def list(self, organisation: str) -> Sequence[User]:
        """The newest 1,000, oldest of them first; `count` tells how many there are."""
        return await self._store.users.list(organisation)

    async def count(self, organisation: str) -> int:
        """How many there are in all."""
        return await self._store.users.count(organisation)

    async def me(self, caller: Caller) -> User | None:
        """The account behind the caller; None for an API key or a console token."""
        return await self._store.users.find(caller.organisation, caller.id) if caller.kind == "user" else None

    async def change(self, organisation: str, user_id: str, change: UserChange) -> User:
        """Changes an account; closes its sockets when it may less than before. Raises NotFound, and Conflict for the last administrator."""
        user = await self._store.users.find(organisation, user_id)
        if user is None:
            raise NotFound("User not found.")
        fields = {f.name: getattr(change, f.name) for f in dataclasses.fields(change) if f.name != "password"}
        update = {name: value for name, value in fields.items() if value is not None}
        if change.password is not None:
            update["password_hash"] = await self._passwords.hash(change.password)
        if change.password is not None or change.is_active is False:
            update["signed_out_at_ms"] = int(time.time() * 1000)
        changed = user.model_copy(update=update)
        if _leads(user) and not _leads(changed):
            await self._refuse_last_admin(organisation, user_id)
        try:
            saved = await self._store.users.save(changed)
        except VersionConflict as error:
            raise Conflict("Somebody else changed this account just now. Read it again.") from error
        if saved.signed_out_at_ms > user.signed_out_at_ms or saved.role is not user.role:
            await announce(self._store, organisation, Ended(user_id=user_id))
        return saved

    async def _refuse_last_admin(self, organisation: str, user_id: str) -> None:
        others = [u for u in await self._store.users.list(organisation) if u.id != user_id and _leads(u)]
        if not others:
            raise Conflict("This is the last active administrator: make another one first.", code="last_admin")


def _leads(user: User) -> bool:
    return user.is_active and user.role is Role.ADMIN
