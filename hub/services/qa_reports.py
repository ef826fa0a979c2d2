"""QA reports as people ask for them: made by the jobs process, answered from the file store."""

import asyncio
import time
import uuid
from collections.abc import Callable

from hub.errors import Conflict, NotFound, Unavailable
from storage.connection import Store
from storage.entities.qa_report import QaReport, ReportState
from storage.errors import AlreadyExists, NotStored, VersionConflict

# A request is answered when the report is ready, but not later than this: most take a second.
WAIT_S = 8.0
# The jobs process may be away for so long; whoever asks later asks anew.
MAKE_WITHIN_S = 600.0
_UNDER_WAY = (ReportState.QUEUED, ReportState.MAKING)
BEING_MADE = "The QA report is being made"


class QaReportsService:
    """Asks for reports and reads them. Whoever asks while one is made waits for the same one."""

    def __init__(self, store: Store, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._store = store
        self._clock = clock

    async def request(self, organisation: str, record_id: str) -> str:
        """Has the report made, anew where there is one; a sentence. Raises NotFound, Conflict (still built), Unavailable (it failed)."""
        await self._ended(organisation, record_id)
        report = await self._asked(organisation, record_id)
        body: dict[str, object] = {"record_id": record_id}
        # The same command may be sent twice: it is carried out once, and answered to both.
        command = await self._store.commands.send(organisation, "jobs", "qa_report", body, MAKE_WITHIN_S, report.request_id)
        await self._store.commands.wait(command, WAIT_S)
        report = await self._store.qa_reports.get(organisation, record_id)
        if report.state is ReportState.FAILED:
            raise Unavailable(f"The QA report could not be made. {report.error}", code="report_failed")
        return "The QA report is ready." if report.state is ReportState.READY else f"{BEING_MADE}. Get it in a moment."

    async def read(self, organisation: str, record_id: str) -> bytes:
        """The PDF. Raises NotFound (no record, or nobody asked for a report), Conflict (it is being made, or could not be)."""
        await self._ended(organisation, record_id)
        report = await self._store.qa_reports.find(organisation, record_id)
        if report is None:
            raise NotFound("There is no QA report of this record yet: ask for one with POST.", code="no_report")
        if report.state in _UNDER_WAY and not self._is_stale(report):
            raise Conflict(f"{BEING_MADE} ({report.fraction:.0%}). Try again in a moment.", code="report_in_progress")
        if report.state is not ReportState.READY:
            raise Conflict("The QA report could not be made: ask for it again with POST.", code="report_failed")
        try:
            return await asyncio.to_thread(self._store.files.read, report.file)
        except NotStored as error:
            raise NotFound("The QA report is not there any more: ask for it again with POST.", code="no_report") from error

    async def progress(self, organisation: str, record_id: str) -> dict[str, object]:
        """How far the report of a record is."""
        report = await self._store.qa_reports.find(organisation, record_id)
        if report is None:
            return {"state": "none", "fraction": 0.0, "error": ""}
        state = ReportState.FAILED if self._is_stale(report) else report.state
        return {"state": state.value, "fraction": report.fraction, "error": report.error}

    async def _ended(self, organisation: str, record_id: str) -> None:
        session = await self._store.sessions.find(organisation, record_id)
        if session is None:
            raise NotFound(f"There is no assembly record {record_id[:64]}.")
        if not session.has_ended:
            raise Conflict("This unit is still being built: a QA report is made of a finished one.", code="still_built")

    async def _asked(self, organisation: str, record_id: str) -> QaReport:
        """The request that is under way, or a new one."""
        before = await self._store.qa_reports.find(organisation, record_id)
        if before is not None and before.state in _UNDER_WAY and not self._is_stale(before):
            return before
        version = before.version if before else 0
        wanted = QaReport(
            organisation=organisation, id=record_id, version=version, request_id=uuid.uuid4().hex, created_at_ms=self._clock()
        )
        try:
            return await (self._store.qa_reports.save(wanted) if before else self._store.qa_reports.add(wanted))
        except (VersionConflict, AlreadyExists):
            # Somebody asked at the same moment.
            return await self._store.qa_reports.get(organisation, record_id)

    def _is_stale(self, report: QaReport) -> bool:
        return report.state in _UNDER_WAY and self._clock() - report.created_at_ms > MAKE_WITHIN_S * 1000
