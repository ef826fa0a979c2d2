"""QA reports, by the id of their record."""

from storage.entities.qa_report import QaReport
from storage.repositories.base import Entities


class QaReports(Entities[QaReport]):
    """How far each is; its PDF lies in the file store."""

    noun = "qa-report"
    model = QaReport
