"""Two steps taught once for all tests of vision, and a place to run them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bench.drawn import draw
from storage.connection import Store
from tests.integration.vision.line import Line
from vision.training.lesson import LabelKind, StepData, StepOptions, TaughtLabel
from vision.training.recipe import train_step

FRAMES = 12


def taught(kind: LabelKind, parts: int, seed: int, *, covered: bool = False) -> TaughtLabel:
    return TaughtLabel(kind, [[draw(parts, seed + number, covered=covered) for number in range(FRAMES)]])


@pytest.fixture(scope="session")
def step_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Step id → folder of its network: step n puts part n on the bench; its labels are good-n and hands."""
    root = tmp_path_factory.mktemp("models")
    for step in (1, 2):
        data = StepData(
            {
                "start": taught(LabelKind.START, step - 1, 1000 * step),
                f"good-{step}": taught(LabelKind.CORRECT, step, 1000 * step + 100),
                "hands": taught(LabelKind.OCCLUDED, step, 1000 * step + 200, covered=True),
            }
        )
        train_step(data, StepOptions(), lambda *_: None, lambda: False).export(root / f"step-{step}")
    return {step: root / f"step-{step}" for step in (1, 2)}


@pytest_asyncio.fixture
async def line(store: Store, organisation: str, step_folders: dict[int, Path]) -> AsyncIterator[Line]:
    """A station whose frames are pushed, an assembly of two taught steps, and helpers to run vision on them."""
    made = Line(store, organisation, step_folders)
    await made.set_up()
    yield made
    await made.tear_down()
