"""Reason codes; each code stands for one of them, and the tree changes one step at a time."""

import json
from collections.abc import Sequence

from storage import keys
from storage.commit import Commit, Refused
from storage.entities.reason_code import ReasonCode
from storage.errors import AlreadyExists, VersionConflict
from storage.repositories.base import Entities

# A tree that people choose from; also the bound of one read of it.
MOST = 1_000


class ReasonCodes(Entities[ReasonCode]):
    """Reason codes of one organisation. Written only by `put`, on top of the tree as it was read."""

    noun = "reason_code"
    model = ReasonCode

    async def all(self, organisation: str) -> list[ReasonCode]:
        """Every one, by code."""
        return sorted(await self._newest(organisation, self._index_key(organisation), MOST), key=lambda reason: reason.code)

    async def tree_version(self, organisation: str) -> int:
        """How often the tree was changed. Read it before the tree that a change is decided on."""
        stored = await self._db.redis.get(keys.reason_code_tree(organisation))
        return 0 if stored is None else int(json.loads(stored)["version"])

    async def put(self, reason: ReasonCode, before: ReasonCode | None, tree_version: int) -> ReasonCode:
        """A new one (`before` None), or another version in place of `before`.

        Raises VersionConflict when any reason code was changed since `tree_version`, AlreadyExists for a taken code.
        """
        organisation = reason.organisation
        commit = Commit(self._db, organisation)
        tree = keys.reason_code_tree(organisation)
        if tree_version == 0:
            commit.expect_absent(tree, "version")
        else:
            commit.expect_version(tree, tree_version)
        commit.call("SET", tree, json.dumps({"version": tree_version + 1}))
        saved = reason
        if before is None:
            self._put_new(commit, reason)
        else:
            saved = self._put(commit, reason, before)
        try:
            await commit.run()
        except Refused as refused:
            if refused.reason == "version":
                raise VersionConflict("the tree of reason codes was changed since") from refused
            raise AlreadyExists(refused.reason) from refused
        return saved

    def _also_saved(self, commit: Commit, entity: ReasonCode, before: ReasonCode | None) -> None:
        codes = keys.reason_codes_by_code(entity.organisation)
        commit.expect_free(codes, entity.code, entity.id, f"code {entity.code} is taken")
        if before is not None and before.code != entity.code:
            commit.call("HDEL", codes, before.code)
        commit.call("HSET", codes, entity.code, entity.id)


def children_of(reasons: Sequence[ReasonCode]) -> dict[str | None, list[ReasonCode]]:
    """Parent's id (None = the top) → its children, in the order given."""
    children: dict[str | None, list[ReasonCode]] = {}
    for reason in reasons:
        children.setdefault(reason.parent_id, []).append(reason)
    return children
