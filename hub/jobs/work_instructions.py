"""Makes work-instruction videos: the jobs process's answer to the command "work_instruction".

The hub knows nothing of pictures: a process of `vision.instruction` makes each video, says how far it is, and ends when this one does.
"""

import asyncio
import contextlib
import json
import shutil
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

import hub
from hub.services.work_instructions import LATE, UNDER_WAY
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.recording import Recording, RecordingState
from storage.entities.step import LabelType, Step
from storage.entities.work_instruction import VideoState, WorkInstruction
from storage.errors import NotStored, StoreUnavailable, VersionConflict
from storage.messages import Command

log = structlog.get_logger(__name__)

PROGRAM = (sys.executable, "-m", "vision.instruction")
_ROOT = Path(hub.__file__).resolve().parents[1]
# So often it is noted that the making goes on, and seen whether it is still wanted.
NOTE_EVERY_S = 1.0
# Five minutes of video on cores that are busy with coaching.
MAKE_WITHIN_S = 1800.0
# A process that is killed is gone at once; this only bounds the wait.
_END_WITHIN_S = 5.0
_NEEDS_THE_LOG = "The log of the jobs process says why."
_DISK = "The disk is full or cannot be written."


class _Failed(Exception):
    """No video; a sentence says why."""


class WorkInstructionMaker:
    """One video at a time. Safe to repeat: a video that is there, cancelled or overtaken is left alone."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = asyncio.Lock()

    async def make(self, command: Command) -> dict[str, object]:
        """Makes the video that the command's id was given for."""
        organisation, id_ = command.organisation, str(command.body.get("assembly_id", ""))
        known = await self._wanted(organisation, id_, command.id)
        if known is not None and known.state is VideoState.RUNNING:
            # The process that began it is dead; others may be before it in the row now.
            with contextlib.suppress(VersionConflict):
                await self._note(known, VideoState.QUEUED, 0)
        async with self._turn:
            known = await self._wanted(organisation, id_, command.id)
            if known is None:
                return {}
            try:
                if _now_ms() > command.deadline_ms:
                    raise _Failed(f"{LATE} Ask for the video again.")
                await self._make(await self._note(known, VideoState.RUNNING, 0))
            except VersionConflict:
                log.info("a work-instruction video is not wanted any more", assembly=id_)
            except StoreUnavailable:
                raise
            except Exception as error:  # whatever it is, whoever asked is told
                log.exception("a work-instruction video cannot be made", assembly=id_)
                await self._fail(organisation, id_, command.id, error)
        return {}

    async def _wanted(self, organisation: str, id_: str, request_id: str) -> WorkInstruction | None:
        known = await self._store.work_instructions.find(organisation, id_)
        return known if known is not None and known.request_id == request_id and known.state in UNDER_WAY else None

    async def _make(self, known: WorkInstruction) -> None:
        assembly = await self._store.assemblies.find(known.organisation, known.id)
        if assembly is None:
            raise VersionConflict("the assembly is deleted")
        steps = [await self._planned(known.organisation, number, step) for number, step in enumerate(assembly.steps, start=1)]
        folder = await asyncio.to_thread(self._store.files.temporary_folder)
        try:
            path = folder / "video.webm"
            async with asyncio.timeout(MAKE_WITHIN_S):
                known = await self._run(known, json.dumps({"path": str(path), "steps": steps}).encode() + b"\n")
            # From here on nobody cancels.
            known = await self._note(known, VideoState.RUNNING, 100)
            await self._put(path, assembly, known)
        except TimeoutError as error:
            raise _Failed("It took too long: the machine is too busy.") from error
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _put(self, path: Path, assembly: Assembly, known: WorkInstruction) -> None:
        await asyncio.to_thread(self._store.files.move_in, path, assembly.video_file)
        try:
            await self._note(known, VideoState.DONE, 100)
        except VersionConflict:
            if await self._store.assemblies.find(assembly.organisation, assembly.id) is None:
                await asyncio.to_thread(self._store.files.delete_folder, assembly.video_file.rpartition("/")[0])
            raise

    async def _run(self, known: WorkInstruction, plan: bytes) -> WorkInstruction:
        """Runs the process to its end, noting how far it is. Raises VersionConflict when it is not wanted any more, _Failed."""
        async with _process() as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(plan)
            told: dict[str, object] = {}
            reading = asyncio.create_task(process.stdout.readline())
            try:
                while True:
                    done, _ = await asyncio.wait([reading], timeout=NOTE_EVERY_S)
                    if done:
                        line = reading.result()
                        if not line:
                            break
                        told = json.loads(line)
                        reading = asyncio.create_task(process.stdout.readline())
                    if _now_ms() - known.noted_at_ms >= NOTE_EVERY_S * 1000:
                        known = await self._note(known, VideoState.RUNNING, min(99, _percent(told, known.percent)))
            finally:
                reading.cancel()
            if await process.wait() == 0:
                return known
            log.error("the process of a work-instruction video failed", told=told, code=process.returncode)
            raise _Failed(str(told.get("failed") or _NEEDS_THE_LOG))

    async def _planned(self, organisation: str, number: int, step: Step) -> dict[str, object]:
        recording = await self._recording(organisation, step)
        plan: dict[str, object] = {"number": number, "name": step.name, "folder": "", "frames": 0, "seconds": 0.0}
        if recording is None:
            return plan
        folder = self._store.files.path(recording.folder)
        seconds = ((recording.finished_at_ms or recording.started_at_ms) - recording.started_at_ms) / 1000
        return plan | {"folder": str(folder), "frames": recording.frames, "seconds": seconds}

    async def _recording(self, organisation: str, step: Step) -> Recording | None:
        """The newest recording of the step's good end."""
        ids = [id_ for label in step.labels if label.type is LabelType.MASTER for id_ in label.recordings]
        found = await self._store.recordings.find_many(organisation, ids[::-1])
        finished = [recording for recording in found if recording.state is RecordingState.FINISHED and recording.frames > 0]
        return finished[0] if finished else None

    async def _note(self, known: WorkInstruction, state: VideoState, percent: int) -> WorkInstruction:
        changed = known.model_copy(update={"state": state, "percent": percent, "noted_at_ms": _now_ms()})
        try:
            return await self._store.work_instructions.save(changed)
        except NotStored as error:
            raise VersionConflict("it went with its assembly") from error

    async def _fail(self, organisation: str, id_: str, request_id: str, error: Exception) -> None:
        known = await self._wanted(organisation, id_, request_id)
        if known is None:
            return
        said = str(error) if isinstance(error, _Failed) else _DISK if isinstance(error, OSError) else _NEEDS_THE_LOG
        with contextlib.suppress(VersionConflict, NotStored):
            await self._store.work_instructions.save(known.model_copy(update={"state": VideoState.FAILED, "error": said}))


@contextlib.asynccontextmanager
async def _process() -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that makes one video; gone when the block ends."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*PROGRAM, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, cwd=_ROOT)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_WITHIN_S):
                await process.wait()


def _percent(told: dict[str, object], before: int) -> int:
    percent = told.get("percent", before)
    return percent if isinstance(percent, int) else before


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
