"""The pipeline on real networks: order, live swap, and what comes out belongs to what went in."""

from pathlib import Path

import openvino as ov
import pytest

from bench.drawn import draw
from tests.unit.vision.runtime.waiting import until
from vision.engine import Wanted, load_engine
from vision.frame import Frame
from vision.inbox import EveryFrame
from vision.pipeline import Pipeline, Result


@pytest.fixture(scope="module")
def core() -> ov.Core:
    return ov.Core()


def frame(number: int, parts: int) -> Frame:
    return Frame(number, number, number, draw(parts, number))


def test_every_frame_comes_out_once_in_order_with_its_label(step_folders: dict[int, Path], core: ov.Core) -> None:
    out: list[Result] = []
    inbox = EveryFrame(8)
    pipeline = Pipeline(inbox, out.append)
    pipeline.use(load_engine(Wanted("a", 1, 1, step_folders[1]), core, "f32", pipeline.finished))
    pipeline.start()
    for number in range(60):
        inbox.put(frame(number, number // 5 % 2))
    until(lambda: len(out) == 60, 20.0)
    assert pipeline.stop(2.0)
    assert [result.frame.frame_no for result in out] == list(range(60))
    labels = [result.seen.decision.label if result.seen else "" for result in out]
    right = sum(label == ("good-1" if number // 5 % 2 else "previous") for number, label in enumerate(labels))
    assert right >= 58
    assert set(pipeline.latencies()) == {"capture", "prepare", "network"}


def test_a_swap_in_the_middle_loses_nothing_and_mixes_nothing_up(step_folders: dict[int, Path], core: ov.Core) -> None:
    out: list[Result] = []
    inbox = EveryFrame(4)
    pipeline = Pipeline(inbox, out.append)
    engines = [load_engine(Wanted("a", step, 1, step_folders[step]), core, "f32", pipeline.finished) for step in (1, 2)]
    pipeline.start()
    for number in range(90):
        if number % 10 == 5:
            pipeline.use(engines[number // 10 % 2])
        if number == 80:
            pipeline.use(None)
        inbox.put(frame(number, 1))
    until(lambda: len(out) == 90, 20.0)
    assert pipeline.stop(2.0)
    assert [result.frame.frame_no for result in out] == list(range(90))
    assert pipeline.failed == 0
    steps = set()
    for result in out:
        if result.seen is not None:
            steps.add(result.seen.wanted.step_id)
            assert f"good-{result.seen.wanted.step_id}" in result.seen.decision.confidences
    assert steps == {1, 2}
    assert out[0].seen is None
    assert out[-1].seen is not None


def test_a_picture_that_cannot_be_prepared_holds_nobody_up(step_folders: dict[int, Path], core: ov.Core) -> None:
    out: list[Result] = []
    inbox = EveryFrame(8)
    pipeline = Pipeline(inbox, out.append)
    pipeline.use(load_engine(Wanted("a", 1, 1, step_folders[1]), core, "f32", pipeline.finished))
    pipeline.start()
    tiny = draw(1, 1)[:0]
    for number, image in enumerate((draw(1, 1), tiny, draw(1, 2))):
        inbox.put(Frame(number, number, number, image))
    until(lambda: len(out) == 3, 10.0)
    assert pipeline.stop(2.0)
    assert [result.seen is None for result in out] == [False, True, False]
