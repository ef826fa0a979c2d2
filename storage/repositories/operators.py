"""Operators; a name and a badge are one operator's in the organisation."""

import builtins
import hashlib
from collections.abc import Sequence

from storage import keys
from storage.commit import Commit
from storage.entities.operator import Operator, badge_key, name_key
from storage.repositories.base import Repository

NAME_TAKEN = "the name is taken"
BADGE_TAKEN = "the badge is taken"
# Whoever is not found is looked for all the same, so that nobody can tell from the time whether there was something to find.
_NOBODY = "0"


class Operators(Repository[Operator]):
    """Operators of one organisation. `add` and `save` raise AlreadyExists with NAME_TAKEN or BADGE_TAKEN."""

    noun = "operator"
    model = Operator

    def _also_saved(self, commit: Commit, entity: Operator, before: Operator | None) -> None:
        organisation, id_ = entity.organisation, str(entity.id)
        for table, now, then, reason in (
            (keys.operator_names(organisation), name_key(entity.name), name_key(before.name) if before else "", NAME_TAKEN),
            (keys.operator_badges(organisation), _hashed(entity.rfid), _hashed(before.rfid) if before else "", BADGE_TAKEN),
        ):
            if now:
                commit.expect_free(table, now, id_, reason)
            if then and then != now:
                commit.call("HDEL", table, then)
            if now:
                commit.call("HSET", table, now, id_)
        active = keys.active_operators(organisation)
        if entity.active:
            commit.call("ZADD", active, self._born_ms(entity), id_)
        else:
            commit.call("ZREM", active, id_)

    def _also_deleted(self, commit: Commit, entity: Operator) -> None:
        commit.call("HDEL", keys.operator_names(entity.organisation), name_key(entity.name))
        commit.call("HDEL", keys.operator_badges(entity.organisation), _hashed(entity.rfid))
        commit.call("ZREM", keys.active_operators(entity.organisation), str(entity.id))

    async def next_id(self, organisation: str) -> int:
        """An id that nobody has had; one that is not used then is never given."""
        return int(await self._db.redis.incr(keys.operator_number(organisation)))

    async def by_name(self, organisation: str, name: str) -> Operator | None:
        """The operator called so: first and last name, whatever their case."""
        return await self._find_by(organisation, keys.operator_names(organisation), name_key(name))

    async def by_rfid(self, organisation: str, rfid: str) -> Operator | None:
        """The operator of a badge."""
        return await self._find_by(organisation, keys.operator_badges(organisation), _hashed(rfid))

    async def active(self, organisation: str, limit: int = 1000) -> builtins.list[Operator]:
        """The newest `limit` who are active, oldest of them first."""
        return await self._newest(organisation, keys.active_operators(organisation), limit)

    async def count_active(self, organisation: str) -> int:
        """How many are active."""
        return int(await self._db.redis.zcard(keys.active_operators(organisation)))

    async def count_records(self, organisation: str, operator_ids: Sequence[int]) -> builtins.list[int]:
        """How many finished records each has, in their order."""
        if not operator_ids:
            return []
        pipeline = self._db.redis.pipeline(transaction=False)
        for id_ in operator_ids:
            pipeline.zcard(keys.operator_records(organisation, str(id_)))
        return [int(count) for count in await pipeline.execute()]

    async def _find_by(self, organisation: str, table: str, value: str) -> Operator | None:
        id_ = await self._db.redis.hget(table, value)
        return await self.find(organisation, id_.decode() if id_ else _NOBODY)


def _hashed(rfid: str) -> str:
    """The field of a badge; empty for none."""
    key = badge_key(rfid)
    return hashlib.sha256(key.encode()).hexdigest() if key else ""
