"""The names of OCR capture variables, and which assemblies use them."""

import builtins
import time

from storage import keys
from storage.commit import Commit, Refused
from storage.entities.assembly import Assembly
from storage.entities.ocr_variable import OcrVariable
from storage.errors import VersionConflict
from storage.repositories.base import Repository

_NOUN = "ocr-variable"


def variable_names(assembly: Assembly | None) -> set[str]:
    """All names and types of variables in an assembly."""
    return {name for step in (assembly.steps if assembly else ()) for data in step.step_data for name in data.variable_names}


def index_variables(commit: Commit, assembly: Assembly | None, before: Assembly | None) -> None:
    """Adds the writes that keep it true which assemblies use a name, and makes new names known."""
    now, then = variable_names(assembly), variable_names(before)
    if assembly is not None:
        for name in sorted(now - then):
            commit.call("SADD", keys.variable_users(assembly.organisation, name), assembly.id)
            _know(commit, OcrVariable(organisation=assembly.organisation, id=name, created_at_ms=assembly.updated_at_ms))
    if before is not None:
        for name in sorted(then - now):
            commit.call("SREM", keys.variable_users(before.organisation, name), before.id)


def _know(commit: Commit, variable: OcrVariable) -> None:
    """Adds the writes that make a name known, unless it is."""
    commit.call("SET", keys.entity(variable.organisation, _NOUN, variable.id), variable.model_dump_json(), "NX")
    commit.call("ZADD", keys.entities(variable.organisation, _NOUN), "NX", variable.created_at_ms, variable.id)


class OcrVariables(Repository[OcrVariable]):
    """Known by their first use: what saves an assembly writes them (`index_variables`)."""

    noun = _NOUN
    model = OcrVariable

    async def users(self, organisation: str, name: str) -> builtins.list[str]:
        """Ids of the assemblies that use a name."""
        return sorted(id_.decode() for id_ in await self._db.redis.smembers(keys.variable_users(organisation, name)))

    async def remove(self, organisation: str, name: str) -> None:
        """Forgets a name. Raises NotStored, and VersionConflict while an assembly uses it."""
        commit = Commit(self._db, organisation)
        commit.expect_present(keys.entity(organisation, self.noun, name))
        commit.expect_empty(keys.variable_users(organisation, name), "used")
        self._forget(commit, organisation, name)
        try:
            await commit.run()
        except Refused as refused:
            raise VersionConflict(f"{name} is used") from refused

    def rename(self, commit: Commit, organisation: str, old: str, new: str, users: int) -> None:
        """Adds to a commit, which changes all the `users` of a name, what it takes to know it by the new one.

        Refused as "taken" when the new name is known, as "users" when others use the old one; NotStored when that is not known.
        """
        commit.expect_present(keys.entity(organisation, self.noun, old))
        commit.expect_absent(keys.entity(organisation, self.noun, new), "taken")
        commit.expect_count(keys.variable_users(organisation, old), users, "users")
        self._forget(commit, organisation, old)
        _know(commit, OcrVariable(organisation=organisation, id=new, created_at_ms=time.time_ns() // 1_000_000))

    def _forget(self, commit: Commit, organisation: str, name: str) -> None:
        commit.call("DEL", keys.entity(organisation, self.noun, name))
        commit.call("ZREM", keys.entities(organisation, self.noun), name)
