"""Steps: a gapless sequence in their assembly, in which nothing is moved or taken away that others depend on."""

from collections.abc import Awaitable, Callable

from hub.coaching.step_order import action_of, moved
from hub.coaching.step_training import to_be_trained
from hub.errors import Conflict, NotFound
from hub.services.labels import STEPS_LIMIT
from hub.services.step_changes import StepChanger, find_step, read_id, without_perspective
from hub.services.step_parts import made_data, with_step
from hub.services.step_wishes import StepWish
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.model_version import ModelVersion
from storage.entities.step import LabelType, Step
from storage.repositories.parts import Part


class StepsService:
    """Appends, changes, moves and deletes steps, each change one write."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changer = StepChanger(store)

    # --- reads --------------------------------------------------------------------------------------------
    async def list(self, organisation: str, assembly_id: str) -> tuple[Assembly, frozenset[int]]:
        """An assembly with its steps in order, and which of them are to be trained. Raises NotFound."""
        assembly = await self._changer.assembly(organisation, assembly_id)
        return assembly, to_be_trained(assembly, await self._model(assembly))

    async def get(self, organisation: str, assembly_id: str, step_id: str) -> tuple[Assembly, Step, bool]:
        """One step, and whether it is to be trained. Raises NotFound."""
        assembly, untrained = await self.list(organisation, assembly_id)
        step = find_step(assembly, step_id)
        return assembly, step, step.id in untrained

    async def _model(self, assembly: Assembly) -> ModelVersion | None:
        return (await self._store.model_versions.active_of(assembly.organisation, [assembly])).get(assembly.id)

    # --- writes -------------------------------------------------------------------------------------------
    async def add(self, organisation: str, assembly_id: str, wish: StepWish) -> int:
        """Appends a step; its id. Raises NotFound, Conflict."""
        await self._changer.assembly(organisation, assembly_id)
        id_ = await self._store.assemblies.new_part_id(organisation, Part.STEP)

        async def decide(assembly: Assembly) -> Assembly:
            if len(assembly.steps) >= STEPS_LIMIT:
                raise Conflict(f"An assembly has at most {STEPS_LIMIT} steps.", code="too_many_steps")
            step = Step(id=id_).model_copy(update=dict(wish.fields))
            next_id = max(assembly.next_step_id, id_ + 1)
            return assembly.model_copy(update={"steps": (*assembly.steps, step), "next_step_id": next_id})

        await self._changer.change(self._reading(organisation, assembly_id), decide)
        return id_

    async def change(self, organisation: str, assembly_id: str, step_id: str, wish: StepWish) -> int:
        """Changes what is said of a step, and moves it between the neighbours named; its id. Raises NotFound, Invalid, Conflict."""

        async def decide(assembly: Assembly) -> Assembly:
            step = find_step(assembly, step_id)
            update = dict(wish.fields)
            if wish.step_data is not None:
                update["step_data"] = await made_data(self._store, organisation, step.step_data, wish.step_data)
            changed = step.model_copy(update=update)
            if wish.step_data is not None:
                changed = changed.model_copy(update={"action": action_of(changed)})
            steps = moved(with_step(assembly, changed).steps, step.id, wish.previous_id, wish.next_id)
            return assembly.model_copy(update={"steps": steps})

        await self._changer.change(self._reading(organisation, assembly_id), decide)
        return read_id(step_id)

    async def delete(self, organisation: str, assembly_id: str, step_id: str) -> int:
        """Deletes a step with its data, labels, recordings and their pictures; its id. Raises NotFound, Conflict."""

        async def decide(assembly: Assembly) -> Assembly:
            step = find_step(assembly, step_id)
            return assembly.model_copy(update={"steps": tuple(each for each in assembly.steps if each.id != step.id)})

        await self._changer.change(self._reading(organisation, assembly_id), decide)
        return read_id(step_id)

    async def delete_perspective(self, organisation: str, assembly_id: str, step_number: str) -> int:
        """Deletes the perspective of the step at a place, from 1, with its recordings; the step's id. Raises NotFound, Conflict."""

        async def decide(assembly: Assembly) -> Assembly:
            return with_step(assembly, without_perspective(_seen_anew(assembly, step_number)))

        before, _ = await self._changer.change(self._reading(organisation, assembly_id), decide)
        return before.steps[read_id(step_number) - 1].id

    def _reading(self, organisation: str, assembly_id: str) -> Callable[[], Awaitable[Assembly]]:
        return lambda: self._changer.assembly(organisation, assembly_id)


def _seen_anew(assembly: Assembly, step_number: str) -> Step:
    """The step at a place, which has a perspective. Raises NotFound."""
    number = read_id(step_number)
    if not 1 <= number <= len(assembly.steps):
        raise NotFound(f"This assembly has {len(assembly.steps)} steps.")
    step = assembly.steps[number - 1]
    if not step.perspective_change and not any(label.type is LabelType.PERSPECTIVE for label in step.labels):
        raise NotFound(f"Step {number} has no perspective.")
    return step
