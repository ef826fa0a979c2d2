"""The people at the stations, kept by the administrators of their organisation."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.errors import Conflict, Invalid, NotFound
from hub.services.password_rules import check_password
from hub.services.passwords import Passwords
from hub.services.revocation import Ended, announce
from hub.timestamps import now_ms
from storage.connection import Store
from storage.entities.operator import Operator
from storage.entities.user import Role
from storage.errors import AlreadyExists, VersionConflict
from storage.repositories.operators import BADGE_TAKEN, NAME_TAKEN

# The source names no values. A viewer cannot build anything, so no operator is one.
ROLES = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN)
NAME_LENGTH = 100
# The longest that a reader tells is a URL on a chip.
RFID_LENGTH = 200
_ID = re.compile(r"^[1-9]\d{0,15}$", re.ASCII)


@dataclass(frozen=True, slots=True)
class OperatorWish:
    """What a new operator begins with."""

    first_name: str
    last_name: str = ""
    role: str = ""
    rfid: str = ""
    password: str = ""
    active: bool = True
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OperatorView:
    """An operator and how many finished records they have."""

    operator: Operator
    num_records: int


class OperatorsService:
    """Adds, lists and changes operators. Every change is saved over what was read: Raises Conflict when somebody was faster."""

    def __init__(self, store: Store, passwords: Passwords) -> None:
        self._store = store
        self._passwords = passwords

    # --- reads --------------------------------------------------------------------------------------------
    async def list(self, organisation: str, *, only_active: bool = False) -> tuple[Sequence[OperatorView], int]:
        """The newest 1,000, oldest of them first, and how many there are."""
        operators = self._store.operators
        found = await (operators.active(organisation) if only_active else operators.list(organisation))
        total = await (operators.count_active(organisation) if only_active else operators.count(organisation))
        counts = await operators.count_records(organisation, [operator.id for operator in found])
        return [OperatorView(operator, count) for operator, count in zip(found, counts, strict=True)], total

    async def view(self, organisation: str, operator_id: str) -> OperatorView:
        """One operator. Raises NotFound."""
        return await self.view_of(await self.get(organisation, operator_id))

    async def view_of(self, operator: Operator) -> OperatorView:
        """The operator with the number of their records."""
        return OperatorView(operator, *await self._store.operators.count_records(operator.organisation, [operator.id]))

    async def get(self, organisation: str, operator_id: str) -> Operator:
        """Raises NotFound."""
        operator = await self._store.operators.find(organisation, operator_id) if _ID.match(operator_id) else None
        if operator is None:
            raise NotFound("There is no such operator.")
        return operator

    async def find_id(self, organisation: str, first_name: str, last_name: str) -> str:
        """The id of the operator called so. Raises NotFound."""
        operator = await self._store.operators.by_name(organisation, f"{first_name} {last_name}")
        if operator is None:
            raise NotFound("There is no operator of this name.")
        return str(operator.id)

    # --- writes -------------------------------------------------------------------------------------------
    async def add(self, organisation: str, wish: OperatorWish) -> Operator:
        """A new operator. Raises Invalid, and Conflict when the name or the badge is another's."""
        first, last = read_name(wish.first_name, wish.last_name)
        hashed = await self._hash(wish.password, f"{first} {last}") if wish.password else ""
        operator = Operator(
            organisation=organisation,
            id=await self._store.operators.next_id(organisation),
            first_name=first,
            last_name=last,
            role=read_role(wish.role or Role.OPERATOR.value),
            active=wish.active,
            rfid=read_rfid(wish.rfid),
            password_hash=hashed,
            options=wish.options,
            created_at_ms=now_ms(),
        )
        try:
            return await self._store.operators.add(operator)
        except AlreadyExists as error:
            raise _taken(error) from error

    async def set_active(self, organisation: str, operator_id: str, active: bool) -> Operator:
        """Lets an operator sign in, or ends their sign-ins and sockets at once. Raises NotFound."""
        return await self._change(await self.get(organisation, operator_id), {"active": active}, ends=not active)

    async def set_role(self, organisation: str, operator_id: str, role: str) -> Operator:
        """Another role, from the next request on; sockets close, to be opened anew with it. Raises NotFound, Invalid."""
        return await self._change(await self.get(organisation, operator_id), {"role": read_role(role)})

    async def set_name(self, organisation: str, operator_id: str, first_name: str, last_name: str) -> Operator:
        """Another name. Raises NotFound, Invalid, and Conflict when it is another's."""
        first, last = read_name(first_name, last_name)
        return await self._change(await self.get(organisation, operator_id), {"first_name": first, "last_name": last})

    async def set_password(self, organisation: str, operator_id: str, password: str) -> Operator:
        """Another password; ends the sign-ins that began with the old one. Raises NotFound, Invalid."""
        operator = await self.get(organisation, operator_id)
        return await self._change(operator, {"password_hash": await self._hash(password, operator.name)}, ends=True)

    async def set_rfid(self, organisation: str, operator_id: str, rfid: str) -> Operator:
        """Another badge, or none; ends the sign-ins: the old badge may be lost. Raises NotFound, Invalid, Conflict."""
        operator, read = await self.get(organisation, operator_id), read_rfid(rfid)
        return await self._change(operator, {"rfid": read}, ends=read != operator.rfid)

    async def _hash(self, password: str, name: str) -> str:
        check_password(password, name)
        return await self._passwords.hash(password)

    async def _change(self, operator: Operator, fields: dict[str, Any], *, ends: bool = False) -> Operator:
        changed = operator.model_copy(update={**fields, "epoch": operator.epoch + 1} if ends else fields)
        try:
            saved = await self._store.operators.save(changed)
        except VersionConflict as error:
            raise Conflict("Somebody else changed this operator just now. Read it again.") from error
        except AlreadyExists as error:
            raise _taken(error) from error
        if ends or saved.role is not operator.role:
            await announce(self._store, saved.organisation, Ended(operator_id=str(saved.id)))
        return saved


def read_name(first_name: str, last_name: str) -> tuple[str, str]:
    """Both names without spaces around them. Raises Invalid; only the last one may be empty."""
    names = []
    for name, where in ((first_name, "first_name"), (last_name, "last_name")):
        plain = " ".join(name.split())
        if len(plain) > NAME_LENGTH or any(unicodedata.category(letter).startswith("C") for letter in plain):
            raise Invalid(f"A name has letters, at most {NAME_LENGTH}.", field=where)
        names.append(plain)
    if not names[0]:
        raise Invalid("An operator needs a first name.", field="first_name")
    return names[0], names[1]


def read_role(role: str) -> Role:
    """A role that an operator may have, in small or large letters. Raises Invalid."""
    found = next((known for known in ROLES if known.value == role.strip().lower()), None)
    if found is None:
        raise Invalid(f"The role of an operator is one of {', '.join(ROLES)}.", field="role")
    return found


def read_rfid(rfid: str) -> str:
    """A badge as its reader tells it, without spaces around it; empty = none. Raises Invalid."""
    read = rfid.strip()
    if len(read) > RFID_LENGTH or not read.isprintable():
        raise Invalid(f"A badge has 1 to {RFID_LENGTH} printable characters.", field="rfid")
    return read


def _taken(error: AlreadyExists) -> Conflict:
    if str(error) == NAME_TAKEN:
        return Conflict("Another operator has this name: add an initial, or rename the other one.", code="name_taken", field="first_name")
    if str(error) == BADGE_TAKEN:
        return Conflict("Another operator has this badge: take it from them first.", code="rfid_taken", field="rfid")
    return Conflict("The id that came next is taken. Try again.")
