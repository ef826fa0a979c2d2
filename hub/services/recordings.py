"""Recording labels: one at a time in an organisation, from /model/start to /model/end or /model/revert."""

import asyncio
import time
import uuid
from typing import Any

import structlog

from hub.errors import Conflict, NotFound, Unavailable
from hub.services.labels import LabelWish, all_labels, apply_plan, label_by_name, name_of, plan_label
from hub.services.stations import StationsService
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.recording import Recording, RecordingState
from storage.entities.training_context import LabelPlan, TrainingContext
from storage.errors import NotAnswered, NotStored, VersionConflict
from storage.messages import Answer
from storage.repositories.parts import Part
from storage.streams import LATE

# Vision answers within a frame or two; a second and a half more covers a busy core.
ANSWER_S = 3.0
# Between a start and its end nothing but the label changes, so a lost comparison is rare.
ATTEMPTS = 5
NO_VISION = "The vision process does not answer: it is not running, or too busy."

log = structlog.get_logger(__name__)


class RecordingsService:
    """Opens, ends and reverts the recording of the organisation's training context."""

    def __init__(self, store: Store, stations: StationsService) -> None:
        self._store = store
        self._stations = stations

    async def switch(self, organisation: str, assembly_id: str) -> TrainingContext:
        """Turns the training context to an assembly. Raises Conflict while a label of another one is recorded."""
        context = await self._store.training_contexts.find(organisation)
        if context is None:
            return TrainingContext(organisation=organisation, assembly_id=assembly_id)
        if context.assembly_id != assembly_id:
            await self._refuse_open(context)
        return context.model_copy(update={"assembly_id": assembly_id})

    async def start(self, assembly: Assembly, station_id: str | None, wish: LabelWish) -> str:
        """Begins to record a label; its name. Raises Conflict, Invalid, and Unavailable when vision or the camera is not there."""
        organisation = assembly.organisation
        context = await self.switch(organisation, assembly.id)
        await self._refuse_open(context)
        plan = plan_label(assembly, wish)
        if plan.inserts_step:
            plan = plan.model_copy(update={"step_id": await self._store.assemblies.new_part_id(organisation, Part.STEP)})
        station = await self._stations.only_or(organisation, station_id)
        recording = Recording(
            organisation=organisation,
            id=uuid.uuid4().hex,
            assembly_id=assembly.id,
            step_id=plan.step_id,
            label_id=plan.label.id,
            label_type=plan.label.type,
            station_id=station.id,
            started_at_ms=_now_ms(),
        )
        await self._store.recordings.add(recording)
        try:
            opened = context.model_copy(update={"recording_id": recording.id, "plan": plan})
            context = await self._store.training_contexts.save(opened, begins=True)
        except NotStored as error:
            await self._store.recordings.delete(organisation, recording.id)
            raise NotFound("The assembly was deleted in this moment.") from error
        except VersionConflict as error:
            await self._store.recordings.delete(organisation, recording.id)
            raise Conflict("Another label is being recorded since this moment.", code="recording_open") from error
        await self._begin(context, recording)
        return _planned_name(assembly, plan)

    async def end(self, organisation: str, assembly_id: str, overlay: tuple[str, ...] | None) -> tuple[str, int]:
        """Ends the open recording and puts it into its label: (name, frames). Safe to repeat until it is answered."""
        context, recording = await self._open(organisation, assembly_id)
        answer = await self._ask("record_stop", recording)
        if not answer.ok:
            await self._drop(context, recording)
            raise Conflict(f"{answer.message or 'The recording was lost.'} Record the label again.", code="recording_lost")
        frames = _whole(answer.body, "frames")
        if frames == 0:
            await self._drop(context, recording)
            raise Conflict("Not one frame came while it was recorded. Record the label again.", code="nothing_recorded")
        finished = recording.model_copy(
            update={
                "state": RecordingState.FINISHED,
                "frames": frames,
                "width": _whole(answer.body, "width"),
                "height": _whole(answer.body, "height"),
                "finished_at_ms": _now_ms(),
            }
        )
        if recording.state is RecordingState.OPEN:
            await self._store.recordings.save(finished)
        assert context.plan is not None
        before, after = await self._put_into_label(organisation, context, recording.id, overlay)
        await self._store.training_contexts.save(context.model_copy(update={"recording_id": None, "plan": None}))
        await self._delete_replaced(before, after)
        return _planned_name(after, context.plan), frames

    async def revert(self, organisation: str) -> str:
        """Drops the open recording and its frames; its name. Raises Conflict when none is open."""
        context, recording = await self._open(organisation, None)
        assembly = await self._store.assemblies.get(organisation, recording.assembly_id)
        try:
            await self._ask("record_revert", recording)
        except Unavailable:
            # Vision drops it by itself when it comes back and finds the recording gone.
            log.warning("vision did not answer a revert", recording=recording.id)
        await self._drop(context, recording)
        return _planned_name(assembly, context.plan) if context.plan else recording.label_type.value

    async def sample(self, assembly: Assembly, label_name: str) -> bytes:
        """The middle frame of a label's newest recording as JPEG. Raises NotFound."""
        label = label_by_name(assembly, label_name)
        for recording_id in reversed(label.recordings if label else ()):
            recording = await self._store.recordings.find(assembly.organisation, recording_id)
            if recording is None or recording.frames == 0:
                continue
            key = f"{recording.folder}/{recording.frames // 2:06d}.jpg"
            try:
                return await asyncio.to_thread(self._store.files.read, key)
            except NotStored:
                log.warning("a recording lacks its frame", recording=recording_id, key=key)
        raise NotFound(f"There is no picture of {label_name[:64]}.")

    async def _refuse_open(self, context: TrainingContext) -> None:
        if context.recording_id is None:
            return
        recording = await self._store.recordings.find(context.organisation, context.recording_id)
        assembly = await self._store.assemblies.find(context.organisation, context.assembly_id)
        if recording is None or assembly is None:
            return
        what = _planned_name(assembly, context.plan) if context.plan else "a label"
        raise Conflict(
            f"{what} of {assembly.name} is being recorded at station {recording.station_id}: end or revert it.", code="recording_open"
        )

    async def _begin(self, context: TrainingContext, recording: Recording) -> None:
        try:
            answer = await self._ask("record_start", recording)
        except Unavailable:
            await self._drop(context, recording)
            raise
        if not answer.ok:
            await self._drop(context, recording)
            raise Unavailable(answer.message or "The camera of this station is not live.", code=answer.code or "camera_not_live")

    async def _open(self, organisation: str, assembly_id: str | None) -> tuple[TrainingContext, Recording]:
        context = await self._store.training_contexts.find(organisation)
        if context is None or context.recording_id is None or assembly_id not in (None, context.assembly_id):
            raise Conflict("Nothing is being recorded: call /model/start first.", code="no_open_start")
        recording = await self._store.recordings.find(organisation, context.recording_id)
        if recording is None:
            raise Conflict("Nothing is being recorded: call /model/start first.", code="no_open_start")
        return context, recording

    async def _ask(self, name: str, recording: Recording) -> Answer:
        body: dict[str, object] = {"recording_id": recording.id, "station_id": recording.station_id}
        try:
            answer = await self._store.commands.call(recording.organisation, "vision", name, body, ANSWER_S)
        except NotAnswered as error:
            raise Unavailable(NO_VISION, code="vision_not_running") from error
        if answer.code == LATE:
            raise Unavailable(NO_VISION, code="vision_not_running")
        return answer

    async def _put_into_label(
        self, organisation: str, context: TrainingContext, recording_id: str, overlay: tuple[str, ...] | None
    ) -> tuple[Assembly, Assembly]:
        assert context.plan is not None
        for _ in range(ATTEMPTS):
            before = await self._store.assemblies.get(organisation, context.assembly_id)
            after = apply_plan(before, context.plan, recording_id, overlay)
            if after is before:
                return before, after
            try:
                return before, await self._store.assemblies.save(after.model_copy(update={"updated_at_ms": _now_ms()}))
            except VersionConflict:
                continue
        raise Conflict("The assembly is being changed by somebody else. Try again.")

    async def _drop(self, context: TrainingContext, recording: Recording) -> None:
        await self._store.recordings.save(recording.model_copy(update={"state": RecordingState.REVERTED}))
        await self._store.training_contexts.save(context.model_copy(update={"recording_id": None, "plan": None}))
        await asyncio.to_thread(self._store.files.delete_folder, recording.folder)

    async def _delete_replaced(self, before: Assembly, after: Assembly) -> None:
        kept = {r for _, label in all_labels(after) for r in label.recordings}
        for recording_id in {r for _, label in all_labels(before) for r in label.recordings} - kept:
            recording = await self._store.recordings.find(after.organisation, recording_id)
            if recording is not None:
                await self._store.recordings.delete(after.organisation, recording_id)
                await asyncio.to_thread(self._store.files.delete_folder, recording.folder)


def _planned_name(assembly: Assembly, plan: LabelPlan) -> str:
    planned = assembly if plan.place == 0 else apply_plan(assembly, plan, "planned", None)
    return name_of(planned, plan.step_id, plan.label)


def _whole(body: dict[str, Any], name: str) -> int:
    value = body.get(name, 0)
    if not isinstance(value, int) or value < 0:
        raise Unavailable(f"The vision process answered no {name}.")
    return value


def _now_ms() -> int:
    return int(time.time() * 1000)
