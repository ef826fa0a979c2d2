"""What all repositories share: entities as JSON under their key, listed by creation time, saved only over the version that was read."""

import builtins
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from storage import keys
from storage.commit import Commit, Refused
from storage.database import Database
from storage.entities.base import Entity
from storage.errors import AlreadyExists, NotStored, VersionConflict

E = TypeVar("E", bound=Entity)
# Read and made without a pause, so that a long list does not keep a station's messages waiting: an assembly of 20 steps takes 0.1 ms.
_AT_ONCE = 50


class Entities(Generic[E]):
    """One noun. A subclass names it, its model and, when entities belong to another (a recording to an assembly), the field
    that says to which."""

    noun: ClassVar[str]
    model: type[E]
    owner_field: ClassVar[str | None] = None

    def __init__(self, db: Database) -> None:
        self._db = db

    def id_of(self, entity: E) -> str:
        """What the entity is stored under."""
        return str(entity.id)  # type: ignore[attr-defined]  # every noun names its own

    # --- what a noun may have of its own ------------------------------------------------------------------
    def _born_ms(self, entity: E) -> int:
        return int(getattr(entity, "created_at_ms", 0) or getattr(entity, "started_at_ms", 0))

    def _index_key(self, organisation: str) -> str:
        return keys.entities(organisation, self.noun)

    def _also_saved(self, commit: Commit, entity: E, before: E | None) -> None:
        """Adds the writes that keep a noun's own indexes true; `before` is None for a new entity."""

    def _also_deleted(self, commit: Commit, entity: E) -> None:
        """Adds the writes that take an entity out of the noun's own indexes."""

    # --- reads --------------------------------------------------------------------------------------------
    async def find(self, organisation: str, id_: str) -> E | None:
        """The entity, or None."""
        stored = await self._db.quick("GET", keys.entity(organisation, self.noun, id_))
        return None if stored is None else self.model.model_validate_json(stored)

    async def get(self, organisation: str, id_: str) -> E:
        """The entity. Raises NotStored."""
        entity = await self.find(organisation, id_)
        if entity is None:
            raise NotStored(f"no {self.noun} {id_}")
        return entity

    async def count(self, organisation: str) -> int:
        """How many there are."""
        return int(await self._db.redis.zcard(self._index_key(organisation)))

    async def _newest(self, organisation: str, index: str, limit: int) -> list[E]:
        """The newest `limit` of an index, oldest of them first."""
        ids = await self._db.redis.zrange(index, -limit, -1) if limit > 0 else []
        return await self._many(organisation, [id_.decode() for id_ in ids])

    async def find_many(self, organisation: str, ids: Sequence[str]) -> list[E]:
        """Those of the ids that are stored, in their order."""
        return await self._many(organisation, ids)

    async def _many(self, organisation: str, ids: Sequence[str]) -> list[E]:
        found: list[E] = []
        for at in range(0, len(ids), _AT_ONCE):
            stored = await self._db.redis.mget([keys.entity(organisation, self.noun, id_) for id_ in ids[at : at + _AT_ONCE]])
            found += [self.model.model_validate_json(value) for value in stored if value is not None]
        return found

    # --- writes -------------------------------------------------------------------------------------------
    async def add(self, entity: E) -> E:
        """Stores a new entity. Raises AlreadyExists."""
        commit = Commit(self._db, entity.organisation)
        self._put_new(commit, entity)
        try:
            await commit.run()
        except Refused as refused:
            raise AlreadyExists(refused.reason) from refused
        return entity

    def _put_new(self, commit: Commit, entity: E) -> None:
        organisation, id_ = entity.organisation, self.id_of(entity)
        key = keys.entity(organisation, self.noun, id_)
        commit.expect_absent(key, f"{self.noun} {id_} exists")
        commit.call("SET", key, entity.model_dump_json())
        for index in self._indexes(entity):
            commit.call("ZADD", index, self._born_ms(entity), id_)
        self._also_saved(commit, entity, None)

    async def save(self, entity: E) -> E:
        """Saves over the version that was read; answers it with the next version.

        Raises VersionConflict, NotStored, AlreadyExists (a unique value is taken).
        """
        commit = Commit(self._db, entity.organisation)
        saved = self._put(commit, entity, await self._before(entity))
        await self._run(commit, entity)
        return saved

    async def _before(self, entity: E) -> E | None:
        """What is stored now; nouns without own indexes need not ask."""
        if type(self)._also_saved is Entities._also_saved:
            return None
        return await self.get(entity.organisation, self.id_of(entity))

    def _put(self, commit: Commit, entity: E, before: E | None) -> E:
        key = keys.entity(entity.organisation, self.noun, self.id_of(entity))
        saved = entity.model_copy(update={"version": entity.version + 1})
        commit.expect_version(key, entity.version)
        commit.call("SET", key, saved.model_dump_json())
        self._also_saved(commit, saved, before or entity)
        return saved

    async def _run(self, commit: Commit, entity: E) -> None:
        try:
            await commit.run()
        except Refused as refused:
            if refused.reason == "version":
                raise VersionConflict(f"{self.noun} {self.id_of(entity)} was saved since: version {refused.found}") from refused
            raise AlreadyExists(refused.reason) from refused

    async def delete(self, organisation: str, id_: str) -> None:
        """Deletes it. Raises NotStored."""
        entity = await self.get(organisation, id_)
        commit = Commit(self._db, organisation)
        key = keys.entity(organisation, self.noun, id_)
        commit.expect_present(key)
        commit.call("DEL", key)
        for index in self._indexes(entity):
            commit.call("ZREM", index, id_)
        self._also_deleted(commit, entity)
        await commit.run()

    def _indexes(self, entity: E) -> list[str]:
        indexes = [self._index_key(entity.organisation)]
        if self.owner_field is not None:
            indexes.append(keys.owned(entity.organisation, self.noun, str(getattr(entity, self.owner_field))))
        return indexes


class Repository(Entities[E]):
    """A noun that is listed for the whole organisation."""

    async def list(self, organisation: str, limit: int = 1000) -> builtins.list[E]:
        """The newest `limit`, oldest of them first."""
        return await self._newest(organisation, self._index_key(organisation), limit)
