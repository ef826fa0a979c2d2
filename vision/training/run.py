"""One training run: from its entity to a model version that appears at once or not at all."""

import asyncio
import logging
import shutil
import time
from collections.abc import Coroutine

from storage.connection import Store
from storage.entities.model_version import ModelVersion, StepModel, TrainingRun, TrainingState
from storage.entities.recording import RecordingState
from storage.errors import AlreadyExists, NotStored, StoreUnavailable, VersionConflict
from vision.training.course import Course, Standing
from vision.training.dataset import RecordedPictures, lessons
from vision.training.errors import TrainingCancelled, TrainingError

log = logging.getLogger(__name__)

TAKEN = (TrainingState.QUEUED, TrainingState.RUNNING)
# A run that ended the trainer so often (no memory, a fault in native code) would do so for ever.
MOST_ATTEMPTS = 5
_TELL_EVERY_S = 0.2
_RETRY_S = 0.5
# Of the two seconds in which the process ends.
_END_WITHIN_S = 1.2
_NOT_WRITTEN = (
    "What was learnt could not be written to disk; it may be full. Make room and train again: the model that was active is as it was."
)


class RunGone(Exception):
    """Somebody else ended the run: nothing more is written for it."""


class Run:
    """Works on one training run. `cancel` may be called at any time; the files are made in a thread."""

    def __init__(self, store: Store, run: TrainingRun, threads: int) -> None:
        self._store = store
        self._run = run
        self._threads = threads
        self._course: Course | None = None
        self._cancelled = False
        self._key = f"{run.organisation}/models/{run.assembly_id}/{run.id}"

    @property
    def id(self) -> str:
        """Of the training run."""
        return self._run.id

    def cancel(self) -> None:
        """Asks for the end of the training."""
        self._cancelled = True
        if self._course is not None:
            self._course.cancel()

    async def work(self) -> None:
        """Takes the run to its end and writes down which. Raises StoreUnavailable: take it up again later."""
        try:
            if self._run.attempts >= MOST_ATTEMPTS:
                raise TrainingError(f"The training was begun {MOST_ATTEMPTS} times and ended the trainer each time; the log says more.")
            await self._save(state=TrainingState.RUNNING, attempts=self._run.attempts + 1, stage="reading recordings", fraction=0.0)
            version = await self._store.model_versions.find(self._run.organisation, self._run.id) or await self._teach()
            if self._run.activate:
                await self._store.assemblies.activate(self._run.organisation, self._run.assembly_id, version.number)
            await self._end(TrainingState.FINISHED, stage="done", fraction=1.0, seconds_left=0.0, model_version=version.number)
        except RunGone:
            log.info("training %s was ended by somebody else", self._run.id)
        except TrainingCancelled:
            await self._end(TrainingState.CANCELLED)
        except TrainingError as error:
            await self._end(TrainingState.FAILED, error=str(error))
        except NotStored as error:
            log.warning("training %s: %s", self._run.id, error)
            await self._end(TrainingState.FAILED, error="The assembly was deleted while it was trained.")
        except StoreUnavailable:
            raise
        except OSError:
            log.exception("training %s could not be written", self._run.id)
            await self._end(TrainingState.FAILED, error=_NOT_WRITTEN)
        except (RuntimeError, ValueError, ArithmeticError, MemoryError) as error:
            log.exception("training %s failed", self._run.id)
            await self._end(TrainingState.FAILED, error=f"The training broke off: {type(error).__name__}. The trainer's log says more.")

    async def _teach(self) -> ModelVersion:
        assembly = await self._store.assemblies.get(self._run.organisation, self._run.assembly_id)
        labels = [label for step in assembly.steps for label in step.labels] + [assembly.start_label, assembly.occluded_label]
        recordings = await self._recordings([id_ for label in labels if label is not None for id_ in label.recordings])
        self._course = Course(lessons(assembly, recordings, self._threads))
        if self._cancelled:
            raise TrainingCancelled("The training was cancelled.")
        began = time.monotonic()
        folder = await asyncio.to_thread(self._store.files.temporary_folder)
        try:
            models = await self._telling(asyncio.to_thread(self._course.teach, folder, self._key))
            # What a former attempt put there belongs to no version: it died before it could say so.
            await asyncio.to_thread(self._store.files.delete_folder, self._key)
            await asyncio.to_thread(self._store.files.commit_folder, folder, self._key)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        # The last moment at which a cancel is heard: whoever ended the run has saved it, and this is refused.
        loss, accuracy = self._course.standing.loss, _share_right(models)
        await self._save(stage="saving", fraction=1.0, seconds_left=0.0, loss=loss, accuracy=accuracy)
        return await self._add(models, time.monotonic() - began)

    async def _recordings(self, ids: list[str]) -> dict[str, RecordedPictures]:
        found = {}
        for id_ in ids:
            recording = await self._store.recordings.find(self._run.organisation, id_)
            if recording is not None and recording.state is RecordingState.FINISHED:
                found[id_] = RecordedPictures(self._store.files.path(recording.folder), recording.frames)
        return found

    async def _telling(self, teaching: Coroutine[None, None, tuple[StepModel, ...]]) -> tuple[StepModel, ...]:
        """Waits for the thread and says several times a second how far it is."""
        course = self._course
        assert course is not None
        task = asyncio.create_task(teaching)
        told = course.standing
        try:
            while not task.done():
                await asyncio.wait([task], timeout=_TELL_EVERY_S)
                if not task.done() and course.standing is not told:
                    told = course.standing
                    await self._tell(told)
            return task.result()
        finally:
            # A thread cannot be ended from outside: it looks around many times a second.
            course.cancel()
            await asyncio.wait([task], timeout=_END_WITHIN_S)
            if task.done() and not task.cancelled():
                task.exception()

    async def _tell(self, standing: Standing) -> None:
        try:
            await self._save(
                stage=standing.stage,
                fraction=round(standing.fraction, 4),
                loss=standing.loss,
                accuracy=standing.accuracy,
                seconds_left=None if standing.seconds_left is None else round(standing.seconds_left, 2),
            )
        except StoreUnavailable:
            log.info("nobody hears how far training %s is: the store is away", self._run.id)

    async def _add(self, models: tuple[StepModel, ...], seconds: float) -> ModelVersion:
        course = self._course
        assert course is not None
        version = ModelVersion(
            organisation=self._run.organisation,
            id=self._run.id,
            assembly_id=self._run.assembly_id,
            number=0,
            steps=models,
            seconds=round(seconds, 3),
            frames=course.frames,
            created_at_ms=_now_ms(),
        )
        try:
            return await self._store.model_versions.add_next(version)
        except AlreadyExists:
            return await self._store.model_versions.get(version.organisation, version.id)

    async def _save(self, **changes: object) -> None:
        """Saves and announces the run. Raises RunGone when somebody else ended it, StoreUnavailable."""
        while True:
            try:
                self._run = await self._store.training_runs.progress(self._run.model_copy(update={**changes, "updated_at_ms": _now_ms()}))
                return
            except VersionConflict:
                stored = await self._store.training_runs.find(self._run.organisation, self._run.id)
                if stored is None or stored.state not in TAKEN:
                    raise RunGone from None
                self._run = stored

    async def _end(self, state: TrainingState, **changes: object) -> None:
        """The outcome is written even when the store is away for a while: it is all that a person sees of the run."""
        while True:
            try:
                await self._save(state=state, **changes)
                return
            except RunGone:
                return
            except StoreUnavailable:
                await asyncio.sleep(_RETRY_S)


def _share_right(models: tuple[StepModel, ...]) -> float | None:
    """The share of all pictures held back for evaluation that were taken for what they are; None when none were."""
    each = [label for model in models for label in model.evaluation]
    frames = sum(label.frames for label in each)
    return round(sum(label.accuracy * label.frames for label in each) / frames, 4) if frames else None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
