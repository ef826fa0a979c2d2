"""One instruction of an assembly and the end positions that are taught for it."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from storage.entities.step_data import StepData


class StepAction(StrEnum):
    """What a step checks (the source's names)."""

    ML = "ML"
    OCR_CHECK = "OCR_CHECK"
    OCR_CAPTURE = "OCR_CAPTURE"
    OCR_VERIFY = "OCR_VERIFY"
    OCR_ENTRY = "OCR_ENTRY"
    TORQUE = "TORQUE"
    TORQUE_ONLY = "TORQUE_ONLY"
    INPUT = "INPUT"
    OUTPUT = "OUTPUT"
    QA = "QA"
    QA_DWELL = "QA_DWELL"
    VIDEO_ONLY = "VIDEO_ONLY"


class LabelType(StrEnum):
    """The kind of end position that a label stands for (the source's names)."""

    MASTER = "MASTER"
    CORRECT = "CORRECT"
    INCORRECT = "INCORRECT"
    PERSPECTIVE = "PERSPECTIVE"
    IO = "IO"
    OCCLUDED = "OCCLUDED"


class Label(BaseModel):
    """One trained end position. `id` never changes; its name (`step-3_good`) is made when answering."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    """`l` + 8 hex digits, unique in the assembly."""
    type: LabelType
    index: int = 0
    """i of CORRECT i and INCORRECT i, from 1; 0 for the other types."""
    recordings: tuple[str, ...] = ()
    """Finished recordings, oldest first."""
    overlay_rectangles: tuple[str, ...] = ()


class Step(BaseModel):
    """One instruction. Steps are numbered from 1 by their place in the assembly; `id` is an integer that stays, and that no other step of
    the organisation has (what was stored before ids were counted so may share one between two assemblies)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    name: str = ""
    description: str = ""
    action: StepAction = StepAction.ML
    minimum_predict: Annotated[float, Field(ge=0, le=1)] = 0.6
    """Least confidence of one frame that counts as evidence."""
    benchmark_s: Annotated[float, Field(ge=0)] = 0.0
    roi_zoom: str = ""
    """`x,y,w,h` normalised 0..1; empty = found by itself."""
    camera_name: str = ""
    """The station whose camera looks (the source's camera_id and step_camera_name); empty = the session's own."""
    image_link: str = ""
    video_link: str = ""
    overlay_link: str = ""
    perspective_change: bool = False
    """Another viewpoint than the step before: the PERSPECTIVE label tells it."""
    mask_perspective: bool = False
    options: dict[str, Any] = {}
    step_data: tuple[StepData, ...] = ()
    tolerance_px: Annotated[float, Field(gt=0)] = 5.0
    """Shift in pixels of a 640-wide picture that still counts as right."""
    smallest_error_px: Annotated[float, Field(gt=0)] = 9.5
    """Smallest shift that composites teach as wrong."""
    labels: tuple[Label, ...] = ()
