"""Recordings and trained steps that several learning tests share."""

import atexit
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.support.scenes import PRACTICE
from vision.detectors.classifier import StepModel
from vision.training.lesson import LabelKind, StepData, StepOptions, TaughtLabel
from vision.training.recipe import TrainedStep, train_step

KINDS = {"start": LabelKind.START, "occluded": LabelKind.OCCLUDED}
OPTIONS = StepOptions(seed=7)
Image = NDArray[np.uint8]


def kind_of(state: str) -> LabelKind:
    return KINDS.get(state, LabelKind.CORRECT if state.startswith("correct") else LabelKind.INCORRECT)


def nothing(*_: object) -> None:
    """A progress nobody looks at."""


def never() -> bool:
    return False


@cache
def recording(scene: str, state: str, frames: int = 15, width: int = 640) -> tuple[Image, ...]:
    return tuple(PRACTICE[scene].recording(state, 100, frames, width=width))


def lesson(scene: str, states: Sequence[str] = ("start", "correct", "occluded"), frames: int = 15) -> StepData:
    return StepData({state: TaughtLabel(kind_of(state), [recording(scene, state, frames)], f"the {state}") for state in states})


def teach(data: StepData, options: StepOptions = OPTIONS) -> TrainedStep:
    return train_step(data, options, nothing, never)


@cache
def taught(scene: str, states: tuple[str, ...] = ("start", "correct", "occluded")) -> tuple[TrainedStep, Path]:
    """A step of a practice scene and the folder it was written to."""
    folder = Path(mkdtemp(prefix="takt-step-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    step = teach(lesson(scene, states))
    step.export(folder)
    return step, folder


def seen(model: StepModel, frame: Image) -> str:
    """The label of one frame."""
    return model.decide(model.infer(model.prepare(frame).crop)).label


def plain_scene(part: bool, seed: int, colour: int = 120) -> Image:
    """A table without a corner to hold on to, with or without a plate."""
    picture = np.full((480, 640, 3), colour, np.uint8)
    if part:
        cv2.rectangle(picture, (280, 200), (380, 290), (40, 60, 200), -1)
        cv2.circle(picture, (300, 225), 10, (240, 240, 240), -1)
    noise = np.random.default_rng(seed).normal(0, 2, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)
