"""From wishes to step data and infos: what is known is changed, what is new gets an id that no other of the organisation has."""

from collections import Counter
from collections.abc import Sequence

from hub.errors import Conflict, Invalid
from hub.services.step_wishes import DataWish, InfoWish
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.step import Step
from storage.entities.step_data import StepData, StepDataInfo
from storage.repositories.parts import Part

# Actions of one step, and keys and variables of one action: far more than a person reads while building.
DATA_LIMIT = 50
INFOS_LIMIT = 100
VARIABLES_LIMIT = 50
# Every change of a session and every look of the camera reads the whole recipe.
RECIPE_BYTES = 1024 * 1024


async def made_data(store: Store, organisation: str, known: Sequence[StepData], wishes: Sequence[DataWish]) -> tuple[StepData, ...]:
    """The whole list of a step's data; `known` is what it was. Raises Invalid."""
    by_id = {data.id: data for data in known}
    return tuple([await one_data(store, organisation, by_id.get(wish.id or 0), wish) for wish in wishes])


async def one_data(store: Store, organisation: str, known: StepData | None, wish: DataWish) -> StepData:
    """`known` as wished; a new one where it is None. Raises Invalid."""
    data = known or StepData(id=wish.id or await store.assemblies.new_part_id(organisation, Part.STEP_DATA))
    update: dict[str, object] = dict(wish.fields)
    if wish.infos is not None:
        by_id = {info.id: info for info in data.infos}
        update["infos"] = tuple([await one_info(store, organisation, by_id.get(info.id or 0), info) for info in wish.infos])
    if wish.variables is not None:
        names = Counter(variable.name for variable in wish.variables)
        twice = sorted(name for name, times in names.items() if times > 1)
        if twice:
            raise Invalid(f"The variable {twice[0]} is named twice.", field="ocr_capture_variable_info")
        update["variables"] = tuple(wish.variables)
    return data.model_copy(update=update)


async def one_info(store: Store, organisation: str, known: StepDataInfo | None, wish: InfoWish) -> StepDataInfo:
    """`known` as wished; a new one where it is None."""
    info = known or StepDataInfo(id=wish.id or await store.assemblies.new_part_id(organisation, Part.STEP_DATA_INFO))
    return info.model_copy(update=dict(wish.fields))


def with_step(assembly: Assembly, step: Step) -> Assembly:
    """The assembly with one of its steps changed."""
    return assembly.model_copy(update={"steps": tuple(step if each.id == step.id else each for each in assembly.steps)})


def with_data(step: Step, data: StepData) -> Step:
    """The step with one of its data changed, or added at the end."""
    if any(each.id == data.id for each in step.step_data):
        return step.model_copy(update={"step_data": tuple(data if each.id == data.id else each for each in step.step_data)})
    return step.model_copy(update={"step_data": (*step.step_data, data)})


def with_info(data: StepData, info: StepDataInfo) -> StepData:
    """The step data with one of its infos changed, or added at the end."""
    if any(each.id == info.id for each in data.infos):
        return data.model_copy(update={"infos": tuple(info if each.id == info.id else each for each in data.infos)})
    return data.model_copy(update={"infos": (*data.infos, info)})


def check_parts(assembly: Assembly) -> None:
    """Raises Conflict for an id that two parts share, or a recipe that is full."""
    every = [data for step in assembly.steps for data in step.step_data]
    _refuse_twice("step data", [data.id for data in every])
    _refuse_twice("step data info", [info.id for data in every for info in data.infos])
    for step in assembly.steps:
        if len(step.step_data) > DATA_LIMIT:
            raise Conflict(f"A step has at most {DATA_LIMIT} step data.", code="too_many_step_data")
    for data in every:
        if len(data.infos) > INFOS_LIMIT or len(data.variables) > VARIABLES_LIMIT:
            sentence = f"A step data has at most {INFOS_LIMIT} infos and {VARIABLES_LIMIT} variables."
            raise Conflict(sentence, code="too_many_step_data_infos")
    if len(assembly.model_dump_json().encode()) > RECIPE_BYTES:
        raise Conflict(f"The steps of an assembly have at most {RECIPE_BYTES // 1024} KiB in all.", code="assembly_full")


def _refuse_twice(what: str, ids: Sequence[int]) -> None:
    for id_, times in Counter(ids).items():
        if times > 1:
            raise Conflict(f"Another {what} of this assembly has the id {id_}.", code="id_taken")
