"""What the operations on steps answer, for the documents."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from storage.entities.step_data import StepDataType


class IdAnswer(BaseModel):
    """The eight writes of steps answer the id alone."""

    id: int


class VariableShown(BaseModel):
    """An OCR capture variable."""

    name: str
    type: str
    value: str
    options: dict[str, Any]


class StepDataInfoShown(BaseModel):
    """A key and its value."""

    id: str
    step_data_id: str
    label: str
    link: str
    value: str
    type: str
    name: str
    options: dict[str, Any]


class StepDataShown(BaseModel):
    """An action of a step."""

    id: str
    step_id: str
    data_type: StepDataType
    name: str
    units: str
    tolerance: float
    auto_align: bool
    torque_data: dict[str, Any]
    options: dict[str, Any]
    step_data_info: list[StepDataInfoShown]
    ocr_capture_variable_info: list[VariableShown]


class StepShown(BaseModel):
    """A step. The neighbours' ids are empty at the ends; `classes` are the names of its labels."""

    id: str
    name: str
    description: str
    image_link: str
    video_link: str
    overlay_link: str
    minimum_predict: float
    benchmark: float = Field(description="seconds")
    roi_zoom: str
    camera_id: str
    perspective_change: bool
    mask_perspective: bool
    training_required: bool = Field(description="the active model does not know the step as it is now")
    classes: list[str]
    assembly_id: dict[str, str]
    previous_step_id: str
    next_step_id: str
    options: dict[str, Any]
    step_data: list[StepDataShown]


class StepsAnswer(BaseModel):
    """All steps in order."""

    status: Literal["ok"] = "ok"
    msg: list[StepShown]


class StepAnswer(BaseModel):
    """One step."""

    status: Literal["ok"] = "ok"
    msg: StepShown


class StepDataList(BaseModel):
    """The source shows an object here, and speaks of an array."""

    step_data: list[StepDataShown]


class StepDataAnswer(BaseModel):
    """All data of a step."""

    status: Literal["ok"] = "ok"
    msg: StepDataList


class InfosAnswer(BaseModel):
    """All infos of step data."""

    status: Literal["ok"] = "ok"
    msg: list[StepDataInfoShown]


class VariablesAnswer(BaseModel):
    """What a step captures."""

    status: Literal["ok"] = "ok"
    msg: list[VariableShown]


class StepNamed(BaseModel):
    """A step that uses a variable."""

    id: str
    number: int
    name: str


class VariableUser(BaseModel):
    """An assembly that uses a variable."""

    id: str
    name: str
    steps: list[StepNamed]


class Usage(BaseModel):
    """Where a variable is used."""

    variable: str
    in_use: bool
    assemblies: list[VariableUser]


class UsageAnswer(BaseModel):
    """The source's envelope."""

    status: Literal["ok"] = "ok"
    msg: Usage


class Removed(BaseModel):
    """What is gone from the OCR settings."""

    variable: str


class RemovedAnswer(BaseModel):
    """The source's envelope."""

    status: Literal["ok"] = "ok"
    msg: Removed


class AssemblyNamed(BaseModel):
    """An assembly that was changed."""

    id: str
    name: str


class Renamed(BaseModel):
    """What was renamed, and where."""

    current_name: str
    new_name: str
    assemblies: list[AssemblyNamed]


class RenamedAnswer(BaseModel):
    """The source's envelope."""

    status: Literal["ok"] = "ok"
    msg: Renamed
