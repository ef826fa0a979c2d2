"""What callers say of steps and their data: the source's names at the door, wishes behind it."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from hub.api.model import Zoom
from hub.api.shapes import AssemblyId, FreeObject, Link, Long, PartId, Short
from hub.coaching.step_order import END
from hub.errors import Invalid
from hub.services.ocr_variables import NAME_LENGTH
from hub.services.step_changes import read_id
from hub.services.step_parts import DATA_LIMIT, INFOS_LIMIT, VARIABLES_LIMIT
from hub.services.step_wishes import DataWish, InfoWish, StepWish
from storage.entities.step_data import OcrCaptureVariable, StepDataType


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("only printable letters")
    return text


VariableName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH), AfterValidator(_printable)]
VariableType = Annotated[str, StringConstraints(strip_whitespace=True, max_length=NAME_LENGTH), AfterValidator(_printable)]
# A bolt's torque in any unit, and a text's number of letters, are far below.
Tolerance = Annotated[float, Field(ge=0, le=1_000_000)]


class VariableBody(BaseModel):
    """A variable: what an `ocr-capture` captures, or what step data of another type need captured before. The source names no fields."""

    name: VariableName
    type: VariableType | None = Field(None, description="what kind of text it is")
    value: Long | None = Field(None, description="what the text must look like; empty = anything")
    options: FreeObject | None = None


class StepDataInfoBody(BaseModel):
    """A key and its value; what is left out stays."""

    id: PartId | None = None
    label: Short | None = None
    link: Link | None = None
    value: Long | None = None
    step_data_id: PartId | None = None
    type: Short | None = None
    name: Short | None = None
    options: FreeObject | None = None


class StepDataBody(BaseModel):
    """An action of a step; what is left out stays, and the two lists replace those that were there."""

    id: PartId | None = None
    step_id: PartId | None = None
    data_type: StepDataType | None = None
    units: Short | None = None
    name: Short | None = None
    tolerance: Tolerance | None = None
    auto_align: bool | None = None
    torque_data: FreeObject | None = None
    options: FreeObject | None = None
    step_data_info: Annotated[list[StepDataInfoBody], Field(max_length=INFOS_LIMIT)] | None = None
    ocr_capture_variable_info: Annotated[list[VariableBody], Field(max_length=VARIABLES_LIMIT)] | None = None


class NewStepBody(BaseModel):
    """A step to append. `assembly_id`, if given, is the one of the address."""

    name: Short | None = None
    description: Long | None = None
    image_link: Link | None = None
    video_link: Link | None = None
    overlay_link: Link | None = None
    minimum_predict: Annotated[float, Field(ge=0, le=1)] | None = None
    benchmark: Annotated[float, Field(ge=0, le=86_400, description="seconds")] | None = None
    roi_zoom: Zoom | None = None
    camera_id: Short | None = None
    assembly_id: AssemblyId = None


class StepBody(NewStepBody):
    """A step's change: what is left out stays. The neighbours say where it goes; `classes` and `training_required` are answers."""

    id: PartId | None = None
    perspective_change: bool | None = None
    mask_perspective: bool | None = None
    training_required: bool | None = None
    classes: list[Any] | None = None
    next_step_id: PartId | None = Field(None, description="the step that shall follow; empty = none, it becomes the last")
    previous_step_id: PartId | None = Field(None, description="the step that shall come before; empty = none, it becomes the first")
    options: FreeObject | None = None
    step_data: Annotated[list[StepDataBody], Field(max_length=DATA_LIMIT)] | None = Field(None, description="replaces all of the step")


class RenameBody(BaseModel):
    """An OCR capture variable and what it shall be called."""

    current_name: VariableName
    new_name: VariableName


class VariableQuery(BaseModel):
    """Which OCR capture variable."""

    variable: VariableName


_STEP = ("name", "description", "image_link", "video_link", "overlay_link", "minimum_predict", "roi_zoom")
_STEP_MORE = ("perspective_change", "mask_perspective", "options")
_OTHER_NAMES = {"benchmark": "benchmark_s", "camera_id": "camera_name"}
_DATA = ("data_type", "units", "name", "tolerance", "auto_align", "torque_data", "options")
_INFO = ("label", "link", "value", "type", "name", "options")


def step_wish(body: NewStepBody, assembly_id: str, step_id: str | None = None) -> StepWish:
    """What a body wants of a step. Raises Invalid where it contradicts its address."""
    if body.assembly_id not in (None, assembly_id):
        raise Invalid("A step stays in its assembly: assembly_id must be the one of the address.", field="assembly_id")
    fields = _said(body, {**{name: name for name in (*_STEP, *_STEP_MORE)}, **_OTHER_NAMES})
    if not isinstance(body, StepBody) or step_id is None:
        return StepWish(fields)
    _check_same(body.id, step_id, "id")
    previous_id, next_id = _neighbour(body.previous_step_id, "previous_step_id"), _neighbour(body.next_step_id, "next_step_id")
    if (previous_id, next_id) == (END, END):
        # Only a lone step has no neighbours at all: two empty texts say nothing.
        previous_id = next_id = None
    data = None if body.step_data is None else [_listed_data(each, step_id, at) for at, each in enumerate(body.step_data)]
    return StepWish(fields, previous_id, next_id, data)


def data_wish(body: StepDataBody, step_id: str, data_id: str | None = None) -> DataWish:
    """What a body wants of step data. Raises Invalid where it contradicts its address."""
    _check_same(body.step_id, step_id, "step_id")
    if data_id is not None:
        _check_same(body.id, data_id, "id")
    infos = None
    if body.step_data_info is not None:
        infos = [InfoWish(_part_id(info.id, "step_data_info"), _info_fields(info)) for info in body.step_data_info]
    variables = None
    if body.ocr_capture_variable_info is not None:
        variables = [OcrCaptureVariable.model_validate(each.model_dump(exclude_none=True)) for each in body.ocr_capture_variable_info]
    return DataWish(None, _said(body, {name: name for name in _DATA}), infos, variables)


def info_wish(body: StepDataInfoBody, *, info_id: str | None = None, data_id: str | None = None) -> InfoWish:
    """What a body wants of an info. Raises Invalid where it contradicts its address."""
    if info_id is not None:
        _check_same(body.id, info_id, "id")
    if data_id is not None:
        _check_same(body.step_data_id, data_id, "step_data_id")
    return InfoWish(None, _info_fields(body))


def _info_fields(body: StepDataInfoBody) -> Mapping[str, object]:
    return _said(body, {name: name for name in _INFO})


def _listed_data(body: StepDataBody, step_id: str, at: int) -> DataWish:
    wish = data_wish(body, step_id)
    return DataWish(_part_id(body.id, f"step_data.{at}.id"), wish.fields, wish.infos, wish.variables)


def _said(body: BaseModel, names: Mapping[str, str]) -> dict[str, object]:
    """Inside name → value of the fields that are given."""
    return {inside: value for name, inside in names.items() if (value := getattr(body, name, None)) is not None}


def _neighbour(given: str | None, field: str) -> int | None:
    if given is None:
        return None
    return _part_id(given, field) or END


def _part_id(given: str | None, field: str) -> int | None:
    """An id; None where none is given. Raises Invalid."""
    text = "" if given is None else given.strip()
    if text in ("", "0"):
        return None
    number = read_id(text)
    if not number:
        raise Invalid("An id is a whole number from 1.", field=field)
    return number


def _check_same(given: str | None, address: str, field: str) -> None:
    number = _part_id(given, field)
    if number is not None and number != read_id(address):
        raise Invalid(f"{field} is another one than in the address.", field=field)
