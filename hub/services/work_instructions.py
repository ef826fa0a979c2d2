"""Work-instruction videos as people ask for them: made by the jobs process, kept in the file store."""

import asyncio
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from hub.errors import Conflict, NotFound
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.work_instruction import VideoState, WorkInstruction
from storage.errors import NotStored, VersionConflict
from storage.messages import Command

# Commands for videos have a stream of their own, so that ten of them never keep a QA report waiting.
CONSUMER, COMMAND = "videos", "work_instruction"
# The jobs process may be away, or busy with others, for so long; whoever asks later asks anew.
BEGIN_WITHIN_S = 1800.0
# The jobs process notes every second that it goes on. After a kill it takes the work again within ten.
SILENT_S = 30.0
UNDER_WAY = (VideoState.QUEUED, VideoState.RUNNING)
LATE = "The jobs process did not begin in time."
LOST = "The jobs process stopped while it made the video."
# Each lost comparison means that the progress was noted at the same moment.
_ATTEMPTS = 8


class WorkInstructionsService:
    """Asks for videos, tells how far they are, cancels them, finds them."""

    def __init__(self, store: Store, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._store = store
        self._clock = clock

    async def request(self, assembly: Assembly) -> None:
        """Has the video made, anew where there is one. Raises Conflict (no steps, or it is being made)."""
        if not assembly.steps:
            raise Conflict(f"{assembly.name} has no steps yet: there is nothing to show.", code="no_steps")
        before = await self._store.work_instructions.find(assembly.organisation, assembly.id)
        if before is not None and self._now(before).state in UNDER_WAY:
            raise _being_made()
        organisation, now_ms, request_id = assembly.organisation, self._clock(), uuid.uuid4().hex
        wanted = WorkInstruction(
            organisation=organisation,
            id=assembly.id,
            version=before.version if before else 0,
            request_id=request_id,
            created_at_ms=now_ms,
            noted_at_ms=now_ms,
        )
        command = Command(request_id, organisation, COMMAND, {"assembly_id": assembly.id}, now_ms + int(BEGIN_WITHIN_S * 1000))
        try:
            await self._store.work_instructions.ask(wanted, is_first=before is None, consumer=CONSUMER, command=command)
        except VersionConflict as error:
            raise _being_made() from error

    async def status(self, assembly: Assembly) -> str:
        """`none`, `queued`, `running 40%`, `done`, `failed: why` or `cancelled`."""
        found = await self._store.work_instructions.find(assembly.organisation, assembly.id)
        known = self._now(found) if found else None
        if known is None or known.state is VideoState.DONE:
            # The truth about a video is the file.
            return "done" if await asyncio.to_thread(self._store.files.exists, assembly.video_file) else "none"
        if known.state is VideoState.RUNNING:
            return f"running {known.percent}%"
        return f"failed: {known.error}" if known.state is VideoState.FAILED else known.state.value

    async def cancel(self, assembly: Assembly) -> None:
        """Ends the making; an earlier video stays. Raises Conflict when none is made, or it is as good as done."""
        for _ in range(_ATTEMPTS):
            found = await self._store.work_instructions.find(assembly.organisation, assembly.id)
            known = self._now(found) if found else None
            if known is None or known.state not in UNDER_WAY:
                raise Conflict("No video of this assembly is being made.", code="not_running")
            if known.percent >= 100:
                raise Conflict("The video is being saved and will be there in a moment.", code="not_running")
            try:
                await self._store.work_instructions.save(known.model_copy(update={"state": VideoState.CANCELLED}))
                return
            except (VersionConflict, NotStored):
                continue
        raise Conflict("The video is being made too busily to cancel it. Try again.")

    async def video(self, assembly: Assembly) -> Path:
        """Where the video lies. Raises NotFound."""
        path = self._store.files.path(assembly.video_file)
        if not await asyncio.to_thread(path.is_file):
            raise NotFound("There is no work-instruction video of this assembly yet: ask for one with POST.", code="no_video")
        return path

    def _now(self, known: WorkInstruction) -> WorkInstruction:
        """What is stored, failed where nobody goes on with it."""
        now_ms = self._clock()
        if known.state is VideoState.QUEUED and now_ms - known.created_at_ms > BEGIN_WITHIN_S * 1000:
            return known.model_copy(update={"state": VideoState.FAILED, "error": f"{LATE} Ask for the video again."})
        if known.state is VideoState.RUNNING and now_ms - known.noted_at_ms > SILENT_S * 1000:
            return known.model_copy(update={"state": VideoState.FAILED, "error": f"{LOST} Ask for the video again."})
        return known


def _being_made() -> Conflict:
    return Conflict("The video of this assembly is being made: wait for it or cancel it.", code="video_in_progress")
