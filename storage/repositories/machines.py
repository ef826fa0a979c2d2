"""Machines of the floor, found by the identifier that their timeline carries."""

import time
import uuid

import orjson

from storage import keys
from storage.commit import Commit
from storage.entities.machine import Machine
from storage.errors import AlreadyExists
from storage.repositories.base import Repository


class Machines(Repository[Machine]):
    """`machine_identifier` is unique in the organisation."""

    noun = "machine"
    model = Machine

    def _also_saved(self, commit: Commit, entity: Machine, before: Machine | None) -> None:
        identifiers = keys.machine_identifiers(entity.organisation)
        commit.expect_free(identifiers, entity.machine_identifier, entity.id, f"machine_identifier {entity.machine_identifier} is taken")
        if before is not None and before.machine_identifier != entity.machine_identifier:
            commit.call("HDEL", identifiers, before.machine_identifier)
        commit.call("HSET", identifiers, entity.machine_identifier, entity.id)

    def _also_deleted(self, commit: Commit, entity: Machine) -> None:
        commit.call("HDEL", keys.machine_identifiers(entity.organisation), entity.machine_identifier)

    async def by_identifier(self, organisation: str, identifier: str) -> Machine | None:
        """The machine of a foreign id."""
        id_ = await self._db.redis.hget(keys.machine_identifiers(organisation), identifier)
        return None if id_ is None else await self.find(organisation, id_.decode())

    async def active_identifiers(self, organisation: str, limit: int) -> list[str]:
        """Identifiers of the newest `limit` machines, without those that are archived: read for every window of all machines."""
        ids = await self._db.quick("ZRANGE", self._index_key(organisation), -limit, -1)
        stored = await self._db.quick("MGET", *[keys.entity(organisation, self.noun, id_.decode()) for id_ in ids]) if ids else []
        machines = [orjson.loads(value) for value in stored if value is not None]
        return [machine["machine_identifier"] for machine in machines if machine.get("is_active", True)]

    async def ensure(self, organisation: str, identifier: str, line_name: str | None = None) -> Machine:
        """The machine of a foreign id, made when it is new."""
        found = await self.by_identifier(organisation, identifier)
        if found is not None:
            return found
        now_ms = time.time_ns() // 1_000_000
        machine = Machine(
            organisation=organisation,
            id=str(uuid.uuid4()),
            name=identifier,
            machine_identifier=identifier,
            line_name=line_name,
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
        )
        try:
            return await self.add(machine)
        except AlreadyExists:
            # Somebody else was first.
            made = await self.by_identifier(organisation, identifier)
            if made is None:
                raise
            return made
