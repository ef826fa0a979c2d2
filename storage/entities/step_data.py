"""What a step checks besides the picture: its actions, their keys and values, and the texts that it captures."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class StepDataType(StrEnum):
    """What an action refers to (the source's names)."""

    ML = "ml"
    OCR_CHECK = "ocr-check"
    OCR_CAPTURE = "ocr-capture"
    OCR_VERIFY = "ocr-verify"
    TORQUE = "torque"
    INPUT = "input"
    OUTPUT = "output"
    QA = "qa"


class StepDataInfo(BaseModel):
    """A key and its value. `id` is an integer that no other of the organisation has."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    label: str = ""
    link: str = ""
    value: str = ""
    type: str = ""
    name: str = ""
    options: dict[str, Any] = {}


class OcrCaptureVariable(BaseModel):
    """A text that a serial number capture step reads and a later step may verify; called by its name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    type: str = ""
    """What kind of text it is, as the OCR settings name it."""
    value: str = ""
    """What the text must look like; empty = anything."""
    options: dict[str, Any] = {}


class StepData(BaseModel):
    """One action of a step. `id` is an integer that no other of the organisation has."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    data_type: StepDataType = StepDataType.ML
    name: str = ""
    units: str = ""
    tolerance: float = 0.0
    auto_align: bool = False
    torque_data: dict[str, Any] = {}
    options: dict[str, Any] = {}
    infos: tuple[StepDataInfo, ...] = ()
    """The source's step_data_info."""
    variables: tuple[OcrCaptureVariable, ...] = ()
    """The source's ocr_capture_variable_info: what an ocr-capture defines."""
