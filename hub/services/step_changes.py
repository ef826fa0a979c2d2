"""One change of the steps of an assembly: decided by the rules, saved in one step, and what is left of files taken away."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from hub.coaching.captured import refuse_unmet
from hub.coaching.step_order import refuse_disorder
from hub.errors import Conflict, NotFound
from hub.services.assembly_changes import LOST_RACE, NO_ASSEMBLY, stamped, stored_assembly
from hub.services.step_parts import check_parts
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.model_version import TrainingState
from storage.entities.recording import Recording
from storage.entities.step import LabelType, Step
from storage.errors import AlreadyExists, NotStored, VersionConflict
from storage.repositories.parts import Part
from storage.repositories.step_changes import Circumstances, CircumstancesChanged

# A unit moves from step to step every few seconds; five changes within one decision are a fault.
ATTEMPTS = 5
# More than a person records for one assembly.
RECORDINGS_LIMIT = 100_000
_LARGEST_ID = 2**53 - 1

Decide = Callable[[Assembly], Awaitable[Assembly]]


class StepChanger:
    """Reads, lets the caller decide, holds the outcome against the rules, saves."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # --- reads --------------------------------------------------------------------------------------------
    async def assembly(self, organisation: str, assembly_id: str) -> Assembly:
        """Raises NotFound."""
        return await stored_assembly(self._store, organisation, assembly_id)

    async def owner(self, organisation: str, part: Part, id_: str) -> Assembly:
        """The assembly that has a part. Raises NotFound."""
        number = read_id(id_)
        assembly = await self._store.assemblies.by_part(organisation, part, number) if number else None
        if assembly is None:
            raise NotFound(f"There is no such {part.value.replace('-', ' ')}.")
        return assembly

    # --- writes -------------------------------------------------------------------------------------------
    async def change(self, read: Callable[[], Awaitable[Assembly]], decide: Decide) -> tuple[Assembly, Assembly]:
        """The assembly before and after. Raises what `read` and `decide` raise, and Conflict by a rule or for a lost race."""
        for _ in range(ATTEMPTS):
            before = await read()
            after = await decide(before)
            check_parts(after)
            refuse_unmet(before.steps, after.steps)
            under, forgets = await self._circumstances(before, after)
            try:
                saved = await self._store.step_changes.change(stamped(after), under, forgets)
            except CircumstancesChanged:
                continue
            except VersionConflict as error:
                raise Conflict(LOST_RACE) from error
            except AlreadyExists as error:
                raise Conflict("A step data or an info elsewhere in the organisation has this id.", code="id_taken") from error
            except NotStored as error:
                raise NotFound(NO_ASSEMBLY) from error
            await self._bury(saved.organisation, [recording.folder for recording in forgets])
            return before, saved
        raise Conflict("Units of this assembly move on all the time. Try again in a moment.")

    async def _circumstances(self, before: Assembly, after: Assembly) -> tuple[Circumstances | None, Sequence[Recording]]:
        """What the change depends on and takes with it, where it takes or moves anything. Raises Conflict by a rule."""
        ids = [step.id for step in before.steps]
        gone = set(ids) - {step.id for step in after.steps}
        labels = _label_ids(before) - _label_ids(after)
        if not gone and not labels and [step.id for step in after.steps[: len(ids)]] == ids:
            return None, ()
        under = await self._store.step_changes.circumstances(before.organisation, before.id)
        refuse_disorder(under.sessions, before.steps, after.steps)
        if not gone and not labels:
            return under, ()
        await self._refuse_taught(before, under, gone, labels)
        recorded = await self._store.recordings.of_assembly(before.organisation, before.id, RECORDINGS_LIMIT)
        return under, [each for each in recorded if each.step_id in gone or each.label_id in labels]

    async def _refuse_taught(self, assembly: Assembly, under: Circumstances, steps: set[int], labels: set[str]) -> None:
        context = under.context
        if context is None or context.assembly_id != assembly.id:
            return
        plan = context.plan
        if context.recording_id is not None and plan is not None and (plan.step_id in steps or plan.label.id in labels):
            raise Conflict("A label of this step is being recorded: end or revert it first.", code="recording_open")
        run_id = context.training_run_id
        run = await self._store.training_runs.find(assembly.organisation, run_id) if run_id else None
        if run is not None and run.state is TrainingState.RUNNING:
            raise Conflict("A training of this assembly is reading its recordings: wait for it or cancel it.", code="training_running")

    async def _bury(self, organisation: str, folders: list[str]) -> None:
        for folder in folders:
            await asyncio.to_thread(self._store.files.delete_folder, folder)
        await self._store.assembly_removal.buried(organisation, folders)


def read_id(text: str) -> int:
    """The id of a part; 0 for a text that cannot be one."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 16 else 0
    return number if number <= _LARGEST_ID else 0


def find_step(assembly: Assembly, step_id: str) -> Step:
    """Raises NotFound."""
    number = read_id(step_id)
    for step in assembly.steps:
        if step.id == number:
            return step
    raise NotFound("There is no such step in this assembly.")


def without_perspective(step: Step) -> Step:
    """The step seen from where the one before was seen."""
    labels = tuple(label for label in step.labels if label.type is not LabelType.PERSPECTIVE)
    return step.model_copy(update={"labels": labels, "perspective_change": False, "mask_perspective": False})


def _label_ids(assembly: Assembly) -> set[str]:
    return {label.id for step in assembly.steps for label in step.labels}
