"""Recipes as the screens read them, and which model runs for each."""

from typing import Any

from pydantic import BaseModel, Field, RootModel
from quart import Blueprint, Response

from hub.hub import current_hub
from hub.operation import READS, WRITES, current_caller, operation
from hub.rendering import json_response, list_response
from hub.services.assemblies import AssemblyView
from hub.services.labels import name_of
from hub.services.training import SHOWN
from storage.entities.assembly import Assembly
from storage.entities.model_version import Callback, ModelVersion, StepModel, TrainingState
from storage.entities.naming import label_name
from storage.entities.step import Label, LabelType, Step, StepAction
from storage.entities.user import Role

blueprint = Blueprint("assemblies", __name__)

TRAINING_FIELDS = {"id", *SHOWN}


class LabelShown(BaseModel):
    """One trained end position: how often and how long it was recorded, and the address of its picture."""

    id: str
    type: LabelType
    index: int
    name: str
    recordings: int
    frames: int
    image: str | None


class TaughtStepShown(BaseModel):
    """One instruction; `image` is the address of how it looks done."""

    id: int
    number: int
    name: str
    description: str
    benchmark: float = Field(description="seconds")
    minimum_predict: float
    action: StepAction
    image: str | None
    labels: list[LabelShown]


class TrainingShown(BaseModel):
    """How far a training is; `fraction` 0..1."""

    id: str
    state: TrainingState
    stage: str
    fraction: float
    loss: float | None
    accuracy: float | None
    seconds_left: float | None
    model_version: int | None
    error: str
    callback: Callback
    callback_error: str


class RecordingShown(BaseModel):
    """The recording that is open in the organisation."""

    assembly_id: str
    station_id: str
    label: str
    started_at_ms: int


class TaughtAssemblyShown(BaseModel):
    """A recipe with its labels and its active model."""

    id: str
    name: str
    description: str
    revision_id: str
    active_model_version: int | None
    start_label: LabelShown | None
    occluded_label: LabelShown | None
    steps: list[TaughtStepShown]
    training: TrainingShown | None
    recording: RecordingShown | None


class AssembliesShown(RootModel[list[TaughtAssemblyShown]]):
    """All assemblies of the organisation, oldest first."""


class ModelVersionsShown(BaseModel):
    """The models of an assembly, newest first, and which one runs."""

    active: int | None
    versions: list[dict[str, Any]]


class Activation(BaseModel):
    """Which version shall run; an older one rolls back."""

    version: int = Field(ge=1)


class Told(BaseModel):
    """The source's answer: `msg` says what happened."""

    status: str = "ok"
    msg: str


@blueprint.get("/api/v1/assemblies")
@operation("assemblies.list", role=Role.VIEWER, limit=READS, answers={200: AssembliesShown})
async def list_assemblies() -> Response:
    """All assemblies with their steps, labels and active models."""
    assemblies, organisation = current_hub().assemblies, current_caller().organisation
    return list_response([assembly_shown(view) for view in await assemblies.list(organisation)], await assemblies.count(organisation))


@blueprint.get("/api/v1/assemblies/<assembly_id>")
@operation("assemblies.get", role=Role.VIEWER, limit=READS, answers={200: TaughtAssemblyShown})
async def get_assembly(assembly_id: str) -> Response:
    """One assembly with its steps, labels and active model."""
    return json_response(assembly_shown(await current_hub().assemblies.view(current_caller().organisation, assembly_id)))


@blueprint.get("/model/version/<assembly_id>")
@operation("model.versions", role=Role.VIEWER, limit=READS, answers={200: ModelVersionsShown})
async def list_model_versions(assembly_id: str) -> Response:
    """The models of an assembly with what their evaluation says, newest first."""
    assembly, versions = await current_hub().assemblies.model_versions(current_caller().organisation, assembly_id)
    return json_response({"active": assembly.active_model_version, "versions": [_version_shown(assembly, v) for v in versions]})


@blueprint.put("/model/version/<assembly_id>/active")
@operation("model.activate", role=Role.SUPERVISOR, limit=WRITES, body=Activation, answers={200: Told})
async def activate_model_version(assembly_id: str, body: Activation) -> Response:
    """Makes a model version the running one, at once and without stopping a session."""
    await current_hub().assemblies.activate(current_caller().organisation, assembly_id, body.version)
    return json_response({"status": "ok", "msg": f"Version {body.version} is active."})


def assembly_shown(view: AssemblyView) -> dict[str, Any]:
    """The shape of TaughtAssemblyShown."""
    assembly, run, open_ = view.assembly, view.training, view.open_recording
    recording = None
    if open_ is not None and open_.assembly_id == assembly.id:
        label = Label(id=open_.label_id, type=open_.label_type)
        recording = {
            "assembly_id": assembly.id,
            "station_id": open_.station_id,
            "label": _open_name(assembly, open_.step_id, label),
            "started_at_ms": open_.started_at_ms,
        }
    return {
        "id": assembly.id,
        "name": assembly.name,
        "description": assembly.description,
        "revision_id": assembly.revision_id,
        "active_model_version": assembly.active_model_version,
        "start_label": _label_shown(view, None, assembly.start_label),
        "occluded_label": _label_shown(view, None, assembly.occluded_label),
        "steps": [_step_shown(view, number, step) for number, step in enumerate(assembly.steps, start=1)],
        "training": run.model_dump(mode="json", include=TRAINING_FIELDS) if run else None,
        "recording": recording,
    }


def _step_shown(view: AssemblyView, number: int, step: Step) -> dict[str, Any]:
    labels = [_label_shown(view, step.id, label) for label in step.labels]
    done = [shown["image"] for shown in labels if shown and shown["type"] == LabelType.MASTER.value]
    return {
        "id": step.id,
        "number": number,
        "name": step.name,
        "description": step.description,
        "benchmark": step.benchmark_s,
        "minimum_predict": step.minimum_predict,
        "action": step.action.value,
        "image": done[0] if done else None,
        "labels": labels,
    }


def _label_shown(view: AssemblyView, step_id: int | None, label: Label | None) -> dict[str, Any] | None:
    if label is None:
        return None
    name = name_of(view.assembly, step_id, label)
    recordings = [view.recordings[r] for r in label.recordings if r in view.recordings]
    return {
        "id": label.id,
        "type": label.type.value,
        "index": label.index,
        "name": name,
        "recordings": len(recordings),
        "frames": sum(r.frames for r in recordings),
        "image": f"/model/sample/image/{view.assembly.id}/{name}" if recordings else None,
    }


def _open_name(assembly: Assembly, step_id: int | None, label: Label) -> str:
    try:
        return name_of(assembly, step_id, label)
    except KeyError:
        return f"step-{len(assembly.steps) + 1}_good"


def _version_shown(assembly: Assembly, version: ModelVersion) -> dict[str, Any]:
    shown = version.model_dump(mode="json", include={"number", "created_at_ms", "seconds", "frames"})
    return {**shown, "steps": [_model_shown(assembly, step) for step in version.steps]}


def _model_shown(assembly: Assembly, model: StepModel) -> dict[str, Any]:
    numbers = {step.id: number for number, step in enumerate(assembly.steps, start=1)}

    def named(label_id: str) -> str:
        return label_name(assembly, model.step_id, label_id).full if model.step_id in numbers else label_id

    return {
        "step_id": model.step_id,
        "number": numbers.get(model.step_id),
        "threshold": model.threshold,
        "labels": [named(label) for label in model.labels],
        "evaluation": [{**e.model_dump(), "label": named(e.label)} for e in model.evaluation],
        "confusion": [{**c.model_dump(), "label": named(c.label), "taken_for": named(c.taken_for)} for c in model.confusion],
        "sentences": list(model.sentences),
    }
