"""QA reports, by the id of their record."""

from storage import keys
from storage.commit import Commit
from storage.entities.qa_report import QaReport
from storage.repositories.base import Entities


class QaReports(Entities[QaReport]):
    """How far each is; its PDF lies in the file store. Listed by when they were asked for last."""

    noun = "qa-report"
    model = QaReport

    def _also_saved(self, commit: Commit, entity: QaReport, before: QaReport | None) -> None:
        commit.call("ZADD", self._index_key(entity.organisation), self._born_ms(entity), entity.id)

    async def beyond(self, organisation: str, kept: int, limit: int = 100) -> list[QaReport]:
        """The oldest, up to `limit`, of those that are more than `kept`."""
        found = await self._db.redis.zrange(keys.entities(organisation, self.noun), 0, -kept - 1)
        reports = [await self.find(organisation, id_.decode()) for id_ in found[:limit]]
        return [report for report in reports if report is not None]
