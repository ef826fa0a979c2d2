"""Teaching an assembly: from the first label to a trained model."""

import time
import uuid

import structlog

from hub.errors import Conflict, Invalid, NotFound
from hub.services.assemblies import AssembliesService, AssemblyWish
from hub.services.callbacks import read_target
from hub.services.labels import LabelWish, not_recorded
from hub.services.recordings import RecordingsService
from hub.services.stations import StationsService
from storage.connection import Store
from storage.entities.model_version import TrainingRun, TrainingState
from storage.errors import NotAnswered, NotStored, VersionConflict

# What anybody may see of a training run, besides its id.
SHOWN = ("state", "stage", "fraction", "loss", "accuracy", "seconds_left", "model_version", "error", "callback", "callback_error")
RUNS = (TrainingState.QUEUED, TrainingState.RUNNING)
# A trainer that starts later than this finds the command too old; its run is then failed by whoever asks next.
START_WITHIN_S = 3600.0
CANCEL_S = 3.0
ATTEMPTS = 5

log = structlog.get_logger(__name__)


class TrainingService:
    """The operations of /model: one training context, one open recording and one training at a time in an organisation."""

    def __init__(
        self, store: Store, stations: StationsService, assemblies: AssembliesService, callback_targets: frozenset[str] = frozenset()
    ) -> None:
        """`callback_targets`: see read_target."""
        self._store = store
        self._callback_targets = callback_targets
        self._assemblies = assemblies
        self.recordings = RecordingsService(store, stations)

    async def new(self, organisation: str, assembly_id: str, wish: AssemblyWish, callback_url: str = "") -> str:
        """Makes the assembly, and its revision, where absent, and turns the training context to it; its name.

        Whoever is at `callback_url` is told how each later training of it ends. Raises Unavailable, Invalid where nobody may be
        called there.
        """
        if callback_url:
            read_target(callback_url, self._callback_targets)
        context = await self.recordings.switch(organisation, assembly_id)
        assembly = await self._assemblies.ensure(organisation, assembly_id, wish)
        try:
            await self._store.training_contexts.save(context)
        except VersionConflict as error:
            raise Conflict("The training context was changed in this moment. Try again.") from error
        await self._store.training_callbacks.put(organisation, assembly_id, callback_url)
        return assembly.name

    async def start(self, organisation: str, assembly_id: str, station_id: str | None, wish: LabelWish) -> str:
        """Begins to record a label; its name."""
        assembly = await self._assemblies.get(organisation, assembly_id)
        return await self.recordings.start(assembly, station_id, wish)

    async def end(self, organisation: str, assembly_id: str, overlay: tuple[str, ...] | None) -> tuple[str, int]:
        """Ends the open recording: (label's name, frames)."""
        await self._assemblies.get(organisation, assembly_id)
        return await self.recordings.end(organisation, assembly_id, overlay)

    async def train(self, organisation: str, assembly_id: str) -> TrainingRun:
        """Starts a training. Raises Conflict while one runs, Invalid naming the label that was not recorded."""
        assembly = await self._assemblies.get(organisation, assembly_id)
        if not assembly.steps:
            raise Invalid("This assembly has no step yet: record the bench (step_index 0) and step 1 first.", field="assembly_id")
        missing = not_recorded(assembly)
        if missing:
            raise Invalid(f"Not recorded yet: {', '.join(missing)}.", field=missing[0])
        context = await self.recordings.switch(organisation, assembly_id)
        if context.recording_id is not None:
            raise Conflict("A label is being recorded: end or revert it first.", code="recording_open")
        await self._refuse_running(organisation, context.training_run_id)
        now_ms = _now_ms()
        run = TrainingRun(
            organisation=organisation,
            id=uuid.uuid4().hex,
            assembly_id=assembly_id,
            callback_url=await self._store.training_callbacks.find(organisation, assembly_id),
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
        )
        await self._store.training_runs.add(run)
        try:
            await self._store.training_contexts.save(context.model_copy(update={"training_run_id": run.id}), begins=True)
        except NotStored as error:
            await self._store.training_runs.delete(organisation, run.id)
            raise NotFound("The assembly was deleted in this moment.") from error
        except VersionConflict as error:
            await self._store.training_runs.delete(organisation, run.id)
            raise Conflict("Another training or recording began in this moment.", code="training_running") from error
        await self._store.commands.send(organisation, "trainer", "train", {"training_run_id": run.id}, START_WITHIN_S)
        return run

    async def progress(self, organisation: str, assembly_id: str) -> TrainingRun:
        """The newest training of an assembly. Raises NotFound."""
        await self._assemblies.get(organisation, assembly_id)
        runs = await self._store.training_runs.of_assembly(organisation, assembly_id, 1)
        if not runs:
            raise NotFound("This assembly was never trained.")
        return runs[-1]

    async def cancel(self, organisation: str, assembly_id: str, *, current: bool) -> TrainingState:
        """Cancels the running training; the state it ended in. With `current` False it goes on, and only its being there is checked.

        Raises Conflict when none runs.
        """
        run = await self.progress(organisation, assembly_id)
        if run.state not in RUNS:
            raise Conflict("No training of this assembly is running.", code="no_training")
        if not current:
            return run.state
        try:
            await self._store.commands.call(organisation, "trainer", "cancel", {"training_run_id": run.id}, CANCEL_S)
        except NotAnswered:
            log.warning("the trainer did not answer a cancel", training_run=run.id)
        return (await self._cancelled(organisation, run.id)).state

    async def _cancelled(self, organisation: str, run_id: str) -> TrainingRun:
        for _ in range(ATTEMPTS):
            run = await self._store.training_runs.get(organisation, run_id)
            if run.state not in RUNS:
                return run
            try:
                return await self._store.training_runs.progress(
                    run.model_copy(update={"state": TrainingState.CANCELLED, "updated_at_ms": _now_ms()})
                )
            except VersionConflict:
                continue
        raise Conflict("The training is ending by itself. Look at its progress.")

    async def _refuse_running(self, organisation: str, run_id: str | None) -> None:
        run = await self._store.training_runs.find(organisation, run_id) if run_id else None
        if run is None or run.state not in RUNS:
            return
        if run.state is TrainingState.QUEUED and _now_ms() - run.created_at_ms > START_WITHIN_S * 1000:
            return
        raise Conflict("A training is running: wait for it or cancel it.", code="training_running")


def _now_ms() -> int:
    return int(time.time() * 1000)
