"""Why machines stand still: the organisation's own tree of reason codes."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.changes import STAYS, Stays, changed_fields
from hub.coaching.reason_tree import Branch, check_parent, tree
from hub.errors import Conflict, NotFound, Unavailable
from hub.services.lost_race import TRIES, wait_a_moment
from storage.connection import Store
from storage.entities.downtime_record import Category
from storage.entities.reason_code import ReasonCode
from storage.errors import AlreadyExists, VersionConflict
from storage.repositories.reason_codes import MOST


@dataclass(frozen=True, slots=True)
class ReasonCodeWish:
    """What a new reason code shall be."""

    code: str
    name: str
    category: Category | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReasonCodeChange:
    """What changes of a reason code; `parent_id` None moves it to the top."""

    code: str | Stays = STAYS
    name: str | Stays = STAYS
    category: Category | None | Stays = STAYS
    parent_id: str | None | Stays = STAYS
    is_active: bool | Stays = STAYS


class ReasonCodesService:
    """The reason codes of an organisation."""

    def __init__(self, store: Store, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._store = store
        self._clock = clock

    async def list(self, organisation: str, *, active_only: bool) -> Sequence[ReasonCode]:
        """By code."""
        return [reason for reason in await self._store.reason_codes.all(organisation) if reason.is_active or not active_only]

    async def tree(self, organisation: str, *, active_only: bool) -> Sequence[Branch]:
        """The same ones, nested."""
        return tree(await self._store.reason_codes.all(organisation), active_only=active_only)

    async def add(self, organisation: str, wish: ReasonCodeWish) -> ReasonCode:
        """A new one. Raises Invalid for a parent that cannot be, Conflict for a taken code."""
        now_ms = self._clock()
        reason = ReasonCode(
            organisation=organisation,
            id=str(uuid.uuid4()),
            code=wish.code,
            name=wish.name,
            category=wish.category,
            parent_id=wish.parent_id,
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
        )
        return await self._put(organisation, None, lambda _: reason)

    async def change(self, organisation: str, code_id: str, change: ReasonCodeChange) -> ReasonCode:
        """Raises NotFound, and what `add` does."""
        update = {**changed_fields(change), "updated_at_ms": self._clock()}
        return await self._put(organisation, code_id, lambda before: before.model_copy(update=update) if before else None)

    async def _put(self, organisation: str, code_id: str | None, make: Callable[[ReasonCode | None], ReasonCode | None]) -> ReasonCode:
        """Decides on the tree as it is, again when somebody else changed it meanwhile: two changes could make a cycle together."""
        for turn in range(TRIES):
            version = await self._store.reason_codes.tree_version(organisation)
            reasons = await self._store.reason_codes.all(organisation)
            before = next((reason for reason in reasons if reason.id == code_id), None)
            after = make(before)
            if after is None:
                raise NotFound("Reason code not found.")
            if before is None and len(reasons) >= MOST:
                raise Conflict(f"An organisation has at most {MOST} reason codes.")
            if before is None or after.parent_id != before.parent_id:
                check_parent(reasons, code_id, after.parent_id)
            try:
                return await self._store.reason_codes.put(after, before, version)
            except AlreadyExists as error:
                raise Conflict("Another reason code has this code.", field="code") from error
            except VersionConflict:
                await wait_a_moment(turn)
        raise Unavailable("The reason codes are being changed all the time. Try again.")
