"""The global training context, one an organisation."""

from storage import keys
from storage.commit import Commit, Refused
from storage.database import Database
from storage.entities.training_context import TrainingContext
from storage.errors import VersionConflict


class TrainingContexts:
    """What is being taught. A new context has version 0; saving compares it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, organisation: str) -> TrainingContext | None:
        """The context, or None before the first."""
        stored = await self._db.redis.get(keys.training_context(organisation))
        return None if stored is None else TrainingContext.model_validate_json(stored)

    async def save(self, context: TrainingContext, *, begins: bool = False) -> TrainingContext:
        """Saves over the version that was read (0 = none was). Raises VersionConflict, and where something `begins` to be taught,
        NotStored when its assembly was deleted meanwhile."""
        key = keys.training_context(context.organisation)
        saved = context.model_copy(update={"version": context.version + 1})
        commit = Commit(self._db, context.organisation)
        if context.version == 0:
            commit.expect_absent(key, "version")
        else:
            commit.expect_version(key, context.version)
        if begins:
            commit.expect_present(keys.entity(context.organisation, "assembly", context.assembly_id))
        commit.call("SET", key, saved.model_dump_json())
        try:
            await commit.run()
        except Refused as refused:
            raise VersionConflict("the training context was changed since") from refused
        return saved
