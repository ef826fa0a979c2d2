"""Makes QA reports: the jobs process's answer to the command "qa_report"."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from hub.coaching.qa_report import Report, ReportRow, Verdict, report_of
from hub.jobs.qa_report_pdf import Heading, draw, shrink
from hub.zones import clock_of
from storage.connection import Store
from storage.entities.qa_report import QaReport, ReportState
from storage.entities.session import Session
from storage.entities.step import LabelType, Step
from storage.errors import BadKey, NotStored, StoreUnavailable, VersionConflict
from storage.messages import Command

log = structlog.get_logger(__name__)

# Pictures are the longer part; drawing is the rest.
_PICTURES_SHARE = 0.8
# So many pictures lie between two notes of how far it is.
_NOTE_EVERY = 10
# Of an organisation, those that were asked for last; one that was forgotten can be made again. Some gigabytes with many pictures.
KEPT = 5_000
# A camera's JPEG is far smaller.
LARGEST_PICTURE = 16 * 2**20


class QaReportMaker:
    """One report at a time. Safe to repeat: the same request finds its report ready, an older one is dropped."""

    def __init__(self, store: Store, zone: str) -> None:
        self._store = store
        self._zone = zone
        self._turn = asyncio.Lock()

    async def make(self, command: Command) -> dict[str, object]:
        """Makes the report that the command's id was given for."""
        record_id = str(command.body.get("record_id", ""))
        async with self._turn:
            report = await self._store.qa_reports.find(command.organisation, record_id)
            if report is None or report.request_id != command.id or report.state in (ReportState.READY, ReportState.FAILED):
                return {}
            try:
                report = await self._note(report, ReportState.MAKING, 0.0)
                await self._make(report)
            except VersionConflict:
                log.info("a QA report was asked for anew while it was made", record=record_id)
            except StoreUnavailable:
                raise
            except Exception as error:  # whatever it is, whoever asked is told
                log.exception("a QA report cannot be made", record=record_id)
                await self._fail(report, error)
            else:
                await self._forget_oldest(command.organisation)
        return {}

    async def _make(self, report: QaReport) -> None:
        session = await self._store.sessions.get(report.organisation, report.id)
        said = report_of(session)
        pictures: dict[int, bytes] = {}
        steps = await self._steps(session)
        for count, row in enumerate(said.rows):
            if count % _NOTE_EVERY == _NOTE_EVERY - 1:
                report = await self._note(report, ReportState.MAKING, _PICTURES_SHARE * count / len(said.rows))
            picture = await self._picture(steps.get(row.step_id), row, report.organisation)
            if picture is not None:
                pictures[row.step_id] = picture
        clock = _clock(self._zone)
        pdf = await asyncio.to_thread(draw, _heading(session, said, clock, self._zone), said, pictures, clock)
        await asyncio.to_thread(self._store.files.write, report.file, pdf)
        await self._note(report, ReportState.READY, 1.0)

    async def _note(self, report: QaReport, state: ReportState, fraction: float) -> QaReport:
        return await self._store.qa_reports.save(report.model_copy(update={"state": state, "fraction": round(fraction, 2)}))

    async def _fail(self, report: QaReport, error: Exception) -> None:
        now = await self._store.qa_reports.find(report.organisation, report.id)
        if now is not None and now.request_id == report.request_id:
            said = "The disk is full or cannot be written." if isinstance(error, OSError) else "The log of the jobs process says why."
            await self._store.qa_reports.save(now.model_copy(update={"state": ReportState.FAILED, "error": said}))

    async def _forget_oldest(self, organisation: str) -> None:
        for old in await self._store.qa_reports.beyond(organisation, KEPT):
            # The note first: without it nobody asks for the file.
            with contextlib.suppress(NotStored):
                await self._store.qa_reports.delete(organisation, old.id)
            await asyncio.to_thread(self._store.files.delete_folder, old.folder)

    async def _steps(self, session: Session) -> dict[int, Step]:
        assembly = await self._store.assemblies.find(session.organisation, session.assembly_id)
        return {step.id: step for step in assembly.steps} if assembly else {}

    async def _picture(self, step: Step | None, row: ReportRow, organisation: str) -> bytes | None:
        """The sample picture of the label that was seen, else of the step's good end: the middle frame of its newest recording."""
        labels = sorted(step.labels if step else (), key=lambda label: (label.id != row.label, label.type is not LabelType.MASTER))
        for label in labels[:1]:
            for recording_id in reversed(label.recordings):
                recording = await self._store.recordings.find(organisation, recording_id)
                if recording is not None and recording.frames > 0:
                    return await asyncio.to_thread(self._shrunk, f"{recording.folder}/{recording.frames // 2:06d}.jpg")
        return None

    def _shrunk(self, key: str) -> bytes | None:
        try:
            if self._store.files.path(key).stat().st_size > LARGEST_PICTURE:
                return None
            return shrink(self._store.files.read(key))
        except (NotStored, BadKey, FileNotFoundError):
            return None


def _heading(session: Session, report: Report, clock: Callable[[int], str], zone: str) -> Heading:
    ended_at_ms = session.last_activity_at_ms if session.finished_at_ms is None else session.finished_at_ms
    seconds = sum(row.working_ms for row in report.rows) / 1000
    done = sum(row.verdict in (Verdict.PASSED, Verdict.REPEATED) for row in report.rows)
    facts: Sequence[tuple[str, str]] = (
        ("Assembly", session.assembly_name or session.assembly_id),
        ("Operator", session.operator_name or session.operator_id),
        ("Begun", clock(session.started_at_ms)),
        ("Ended", clock(ended_at_ms)),
        ("Work", f"{seconds:.1f} s on steps"),
        ("Pauses", f"{session.pauses}, together {session.paused_ms / 1000:.1f} s"),
        ("Station", session.station_id),
        ("Record", session.id),
        ("Times", zone),
        ("Rework", f"of {session.options.rework_assembly_record_id or 'another unit'}" if session.options.is_rework else "no"),
        ("Steps", f"{done} of {session.steps_total or len(report.rows)} done"),
    )
    return Heading("QA report", session.id, facts)


def _clock(zone: str) -> Callable[[int], str]:
    ahead_ms = clock_of(zone)

    def told(at_ms: int) -> str:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=at_ms + ahead_ms(at_ms))
        return f"{moment:%Y-%m-%d %H:%M:%S}"

    return told
