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

    def renamed(self, old: str, new: str) -> "OcrCaptureVariable":
        """The same where its name or its type was `old`."""
        fields = {field: new for field in ("name", "type") if getattr(self, field) == old}
        return self.model_copy(update=fields) if fields else self


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
    """The source's ocr_capture_variable_info: what an ocr-capture captures, and what any other type needs captured before."""

    @property
    def captures(self) -> tuple[OcrCaptureVariable, ...]:
        """The texts that it reads off the unit."""
        return self.variables if self.data_type is StepDataType.OCR_CAPTURE else ()

    @property
    def needs(self) -> tuple[OcrCaptureVariable, ...]:
        """The texts that an action before it has to capture."""
        return () if self.data_type is StepDataType.OCR_CAPTURE else self.variables

    @property
    def variable_names(self) -> frozenset[str]:
        """Names and types of all its variables."""
        return frozenset(word for variable in self.variables for word in (variable.name, variable.type) if word)

    def renamed(self, old: str, new: str) -> "StepData":
        """The same with a variable, or a type of variables, called `new`."""
        if old not in self.variable_names:
            return self
        return self.model_copy(update={"variables": tuple(variable.renamed(old, new) for variable in self.variables)})
