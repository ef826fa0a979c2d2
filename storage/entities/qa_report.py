"""The QA report of an assembly record: a PDF in the file store, and how far it is."""

from enum import StrEnum

from storage.entities.base import Entity


class ReportState(StrEnum):
    """How far a report is."""

    QUEUED = "queued"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


class QaReport(Entity):
    """One a record, made anew whenever it is asked for; `id` is the record's."""

    id: str
    request_id: str
    """Id of the command that makes it; of an earlier one nothing more is heeded."""
    state: ReportState = ReportState.QUEUED
    fraction: float = 0.0
    """0..1."""
    error: str = ""
    created_at_ms: int
    """When it was asked for."""

    @property
    def folder(self) -> str:
        """Key of its folder in the file store."""
        return f"{self.organisation}/qa-reports/{self.id}"

    @property
    def file(self) -> str:
        """Key of the PDF in it."""
        return f"{self.folder}/report.pdf"
