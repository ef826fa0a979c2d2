"""Step data: the actions of a step, and their keys and values."""

from collections.abc import Awaitable, Callable, Sequence

from hub.coaching.captured import captured_variables
from hub.coaching.step_order import action_of
from hub.errors import Conflict, Invalid, NotFound
from hub.services.step_changes import StepChanger, find_step, read_id
from hub.services.step_parts import one_data, one_info, with_data, with_info, with_step
from hub.services.step_wishes import DataWish, InfoWish
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.step import Step
from storage.entities.step_data import OcrCaptureVariable, StepData, StepDataType
from storage.repositories.parts import Part


class StepDataService:
    """Steps, their data and infos are found by ids that the organisation counts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changer = StepChanger(store)

    # --- reads --------------------------------------------------------------------------------------------
    async def step(self, organisation: str, step_id: str) -> Step:
        """Raises NotFound."""
        return find_step(await self._changer.owner(organisation, Part.STEP, step_id), step_id)

    async def get(self, organisation: str, step_id: str, data_id: str) -> StepData:
        """Raises NotFound."""
        return _data_of(await self.step(organisation, step_id), data_id)

    async def variables(self, organisation: str, step_id: str) -> Sequence[OcrCaptureVariable]:
        """What a step captures. Raises NotFound."""
        return captured_variables([await self.step(organisation, step_id)])

    # --- writes of step data ------------------------------------------------------------------------------
    async def add(self, organisation: str, step_id: str, wish: DataWish) -> int:
        """Adds step data to a step; its id. Raises NotFound, Invalid, Conflict."""
        await self.step(organisation, step_id)
        id_ = await self._store.assemblies.new_part_id(organisation, Part.STEP_DATA)
        # What is added is new down to its infos, also when it was read elsewhere.
        infos = None if wish.infos is None else [InfoWish(None, info.fields) for info in wish.infos]
        data = await one_data(self._store, organisation, None, DataWish(id_, wish.fields, infos, wish.variables))

        async def decide(assembly: Assembly) -> Assembly:
            return _with(assembly, with_data(find_step(assembly, step_id), data))

        await self._change(organisation, Part.STEP, step_id, decide)
        return id_

    async def put(self, organisation: str, step_id: str, data_id: str, wish: DataWish) -> int:
        """Adds step data under an id, or changes it; the id. Raises NotFound, Invalid, Conflict (another step has the id)."""
        number = read_id(data_id)
        if not number:
            raise NotFound("There is no such step data.")
        wished = DataWish(number, wish.fields, wish.infos, wish.variables)

        async def decide(assembly: Assembly) -> Assembly:
            step = find_step(assembly, step_id)
            known = next((data for data in step.step_data if data.id == number), None)
            return _with(assembly, with_data(step, await one_data(self._store, organisation, known, wished)))

        await self._change(organisation, Part.STEP, step_id, decide)
        return number

    async def delete_variables(self, organisation: str, step_id: str) -> int:
        """Deletes all variables that a step captures; how many. Raises NotFound, Conflict while another step needs one."""

        async def decide(assembly: Assembly) -> Assembly:
            step = find_step(assembly, step_id)
            return _with(assembly, step.model_copy(update={"step_data": tuple(_capturing_nothing(data) for data in step.step_data)}))

        before, _ = await self._change(organisation, Part.STEP, step_id, decide)
        return len(captured_variables([find_step(before, step_id)]))

    # --- writes of infos ----------------------------------------------------------------------------------
    async def add_info(self, organisation: str, step_id: str, data_id: str, wish: InfoWish) -> int:
        """Adds an info to step data; its id. Raises NotFound, Conflict."""
        await self.get(organisation, step_id, data_id)
        id_ = await self._store.assemblies.new_part_id(organisation, Part.STEP_DATA_INFO)

        async def decide(assembly: Assembly) -> Assembly:
            step = find_step(assembly, step_id)
            info = await one_info(self._store, organisation, None, InfoWish(id_, wish.fields))
            return with_step(assembly, with_data(step, with_info(_data_of(step, data_id), info)))

        await self._change(organisation, Part.STEP, step_id, decide)
        return id_

    async def put_info(self, organisation: str, info_id: str, data_id: str | None, wish: InfoWish) -> int:
        """Changes an info, or adds it to the step data named under its id; the id. Raises NotFound, Invalid, Conflict."""
        number = read_id(info_id)
        if not number:
            raise NotFound("There is no such step data info.")
        if await self._store.assemblies.by_part(organisation, Part.STEP_DATA_INFO, number) is None and not data_id:
            raise Invalid("step_data_id is needed: there is no such info yet.", field="step_data_id")

        async def read() -> Assembly:
            known = await self._store.assemblies.by_part(organisation, Part.STEP_DATA_INFO, number)
            return known or await self._changer.owner(organisation, Part.STEP_DATA, data_id or "")

        async def decide(assembly: Assembly) -> Assembly:
            step, data = _home(assembly, number, data_id)
            known = next((info for info in data.infos if info.id == number), None)
            info = await one_info(self._store, organisation, known, InfoWish(number, wish.fields))
            return with_step(assembly, with_data(step, with_info(data, info)))

        await self._changer.change(read, decide)
        return number

    async def delete_info(self, organisation: str, info_id: str) -> None:
        """Raises NotFound."""

        async def decide(assembly: Assembly) -> Assembly:
            step, data = _home(assembly, read_id(info_id), None)
            infos = tuple(info for info in data.infos if info.id != read_id(info_id))
            return with_step(assembly, with_data(step, data.model_copy(update={"infos": infos})))

        await self._change(organisation, Part.STEP_DATA_INFO, info_id, decide)

    async def _change(
        self, organisation: str, part: Part, id_: str, decide: Callable[[Assembly], Awaitable[Assembly]]
    ) -> tuple[Assembly, Assembly]:
        return await self._changer.change(lambda: self._changer.owner(organisation, part, id_), decide)


def _with(assembly: Assembly, step: Step) -> Assembly:
    """The assembly with a step whose data were changed, which may change what decides the step."""
    return with_step(assembly, step.model_copy(update={"action": action_of(step)}))


def _data_of(step: Step, data_id: str) -> StepData:
    number = read_id(data_id)
    for data in step.step_data:
        if data.id == number:
            return data
    raise NotFound("There is no such step data in this step.")


def _home(assembly: Assembly, info_id: int, data_id: str | None) -> tuple[Step, StepData]:
    """Where an info is, or else the step data that is named for it. Raises Conflict when it is elsewhere, NotFound."""
    every = [(step, data) for step in assembly.steps for data in step.step_data]
    for step, data in every:
        if any(info.id == info_id for info in data.infos):
            if data_id and read_id(data_id) != data.id:
                raise Conflict(f"This info belongs to step data {data.id}.", code="id_taken", field="step_data_id")
            return step, data
    for step, data in every:
        if data_id and data.id == read_id(data_id):
            return step, data
    raise NotFound("There is no such step data.")


def _capturing_nothing(data: StepData) -> StepData:
    return data.model_copy(update={"variables": ()}) if data.data_type is StepDataType.OCR_CAPTURE else data
