"""A step as the source writes it, with its data; pure, so that every operation that answers a step answers the same."""

from collections.abc import Container
from typing import Any

from hub.api.shapes import assembly_id
from storage.entities.assembly import Assembly
from storage.entities.naming import label_value
from storage.entities.step import Step
from storage.entities.step_data import OcrCaptureVariable, StepData, StepDataInfo


def step_shown(assembly: Assembly, step: Step) -> dict[str, Any]:
    """The source's Step: ids as texts, the two neighbours empty at the ends, `classes` the names of its labels."""
    place = assembly.step_number(step.id)
    before = assembly.steps[place - 2].id if place > 1 else None
    after = assembly.steps[place].id if place < len(assembly.steps) else None
    kept = ("name", "description", "image_link", "video_link", "overlay_link", "minimum_predict", "roi_zoom")
    return {
        "id": str(step.id),
        **{name: getattr(step, name) for name in kept},
        "benchmark": step.benchmark_s,
        "camera_id": step.camera_name,
        "perspective_change": step.perspective_change,
        "mask_perspective": step.mask_perspective,
        # A step's own label has the step's number, so none of the others need be looked through.
        "classes": [f"step-{place}_{label_value(label)}" for label in step.labels],
        "assembly_id": assembly_id(assembly.id),
        "previous_step_id": "" if before is None else str(before),
        "next_step_id": "" if after is None else str(after),
        "options": step.options,
        "step_data": [step_data_shown(step.id, data) for data in step.step_data],
    }


def steps_shown(assembly: Assembly, untrained: Container[int]) -> list[dict[str, Any]]:
    """All steps in order; `untrained` are those that a training would teach anew (hub.coaching.step_training)."""
    return [step_shown(assembly, step) | {"training_required": step.id in untrained} for step in assembly.steps]


def step_data_shown(step_id: int, data: StepData) -> dict[str, Any]:
    """The source's StepData."""
    kept = ("name", "units", "tolerance", "auto_align", "torque_data", "options")
    return {
        "id": str(data.id),
        "step_id": str(step_id),
        "data_type": data.data_type.value,
        **{name: getattr(data, name) for name in kept},
        "step_data_info": [step_data_info_shown(data.id, info) for info in data.infos],
        "ocr_capture_variable_info": [variable_shown(variable) for variable in data.variables],
    }


def step_data_info_shown(step_data_id: int, info: StepDataInfo) -> dict[str, Any]:
    """The source's StepDataInfo."""
    kept = ("label", "link", "value", "type", "name", "options")
    return {"id": str(info.id), "step_data_id": str(step_data_id), **{name: getattr(info, name) for name in kept}}


def variable_shown(variable: OcrCaptureVariable) -> dict[str, Any]:
    """Our shape of the source's OCRCaptureVariableInfo, which it names without fields."""
    return variable.model_dump(mode="json")
