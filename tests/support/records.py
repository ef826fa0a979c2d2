"""Finished sessions for tests, stored as coaching stores them; and the jobs process's part in QA reports."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from PIL import Image

from hub.jobs.qa_reports import QaReportMaker
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.recording import Recording, RecordingState
from storage.entities.session import Session, SessionState, StepResult, StepStatus
from storage.entities.step import Label, LabelType
from storage.streams import CommandServer
from tests.support.stored import AT_MS, session

S = 1000
HOUR_MS = 3_600_000


def a_result(step_id: int, start_ms: int, seconds: float, **fields: object) -> StepResult:
    """A visit of step 10, 20, 30… that was done."""
    said = {
        "step_id": step_id,
        "number": step_id // 10,
        "name": f"Fit part {step_id // 10}",
        "benchmark_s": 20.0,
        "status": StepStatus.COMPLETE,
        "started_at_ms": start_ms,
        "finished_at_ms": start_ms + round(seconds * S),
        "confidence": 0.97,
        "label": f"m{step_id}",
        "label_name": f"step-{step_id // 10}_good",
    }
    return StepResult.model_validate(said | fields)


def a_record(
    organisation: str, id_: str, start_ms: int = AT_MS, seconds: Sequence[float] = (10, 20, 30), operator: str = "Ada", **fields: object
) -> Session:
    """A unit of the assembly "asm" that was built without a hitch, its steps one after the other."""
    results, at_ms = [], start_ms
    for number, length in enumerate(seconds, start=1):
        results.append(a_result(10 * number, at_ms, length))
        at_ms = results[-1].finished_at_ms
    said = {
        "assembly_id": "asm",
        "assembly_name": "Gearbox cover",
        "steps_total": len(seconds),
        "operator_id": "1" if operator == "Ada" else "2",
        "operator_name": operator,
        "state": SessionState.COMPLETE,
        "step_id": 10 * len(seconds),
        "started_at_ms": start_ms,
        "finished_at_ms": at_ms,
        "last_activity_at_ms": at_ms,
        "results": tuple(results),
    }
    return session(organisation, id_, **{**said, **fields})


async def end(store: Store, *records: Session) -> None:
    """Begins each of the sessions and ends it, one after the other."""
    for record in records:
        open_ = record.model_copy(update={"state": SessionState.ACTIVE, "finished_at_ms": None, "results": ()})
        await store.sessions.start(open_, [], [])
        await store.sessions.commit(record, [], [])


async def put_picture(store: Store, assembly: Assembly, step_id: int, colour: tuple[int, int, int]) -> Assembly:
    """A recording of one frame for a step's MASTER: a field of one colour."""
    recording = Recording(
        organisation=assembly.organisation,
        id=f"rec-{step_id}",
        assembly_id=assembly.id,
        step_id=step_id,
        label_id=f"m{step_id}",
        label_type=LabelType.MASTER,
        station_id="st1",
        state=RecordingState.FINISHED,
        frames=1,
        started_at_ms=AT_MS,
    )
    await store.recordings.add(recording)
    out = io.BytesIO()
    Image.new("RGB", (1280, 720), colour).save(out, "JPEG")
    await asyncio.to_thread(store.files.write, f"{recording.folder}/000000.jpg", out.getvalue())
    steps = tuple(
        step.model_copy(update={"labels": tuple(_recorded(label, recording) for label in step.labels)}) for step in assembly.steps
    )
    return await store.assemblies.save(assembly.model_copy(update={"steps": steps}))


def _recorded(label: Label, recording: Recording) -> Label:
    return label.model_copy(update={"recordings": (recording.id,)}) if label.id == recording.label_id else label


@asynccontextmanager
async def reports_made(store: Store, zone: str = "UTC") -> AsyncIterator[QaReportMaker]:
    """The jobs process's server of commands, for as long as the block lasts."""
    maker = QaReportMaker(store, zone)
    server = asyncio.create_task(CommandServer(store, "jobs", {"qa_report": maker.make}).run())
    try:
        yield maker
    finally:
        server.cancel()
        await asyncio.wait([server], timeout=5)
