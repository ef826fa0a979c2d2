"""A trained model of an assembly and how a training run gets there."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from storage.entities.base import Entity


class Confusion(BaseModel):
    """How often held-back frames of one label were taken for another."""

    model_config = ConfigDict(frozen=True)

    label: str
    taken_for: str
    frames: int
    of: int


class LabelEvaluation(BaseModel):
    """Accuracy of one label on the held-back last third of its recording."""

    model_config = ConfigDict(frozen=True)

    label: str
    accuracy: float
    frames: int


class StepModel(BaseModel):
    """The network of one step: `ir` is the key of its folder in the file store (model.xml, model.bin, reference.png)."""

    model_config = ConfigDict(frozen=True)

    step_id: int
    ir: str
    sha256: str
    labels: tuple[str, ...]
    """Label ids in the order of the logits; "wrong" is the class taught by composites, "previous" the step's start."""
    threshold: float
    evaluation: tuple[LabelEvaluation, ...] = ()
    confusion: tuple[Confusion, ...] = ()
    sentences: tuple[str, ...] = ()
    """What the evaluation says in words, its caveat included."""


class ModelVersion(Entity):
    """One training's outcome; never changed, only activated or not. `number` counts from 1 within the assembly."""

    id: str
    assembly_id: str
    number: int
    steps: tuple[StepModel, ...]
    seconds: float
    """Training time, composites, guard and export included."""
    frames: int
    created_at_ms: int


class TrainingState(StrEnum):
    """How far a training run is."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Callback(StrEnum):
    """What became of telling whoever asked that the training has ended."""

    NONE = ""
    DUE = "due"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class TrainingRun(Entity):
    """One training on frozen data and how far it is."""

    id: str
    assembly_id: str
    state: TrainingState = TrainingState.QUEUED
    stage: str = ""
    fraction: float = 0.0
    loss: float | None = None
    accuracy: float | None = None
    seconds_left: float | None = None
    model_version: int | None = None
    error: str = ""
    activate: bool = True
    attempts: int = 0
    """How often a trainer took it up; one that dies of it again and again does not try for ever."""
    callback_url: str = ""
    callback: Callback = Callback.NONE
    callback_error: str = ""
    created_at_ms: int
    updated_at_ms: int
