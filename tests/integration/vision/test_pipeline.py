"""The pipeline on real networks: order, live swap, and what comes out belongs to what went in."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openvino as ov
import pytest

from bench.drawn import draw
from tests.unit.vision.runtime.waiting import until
from vision.detectors.classifier import StepModel
from vision.engine import Engine, Wanted, load_engine
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
    pipeline.use(load_engine(Wanted("a", 1, 1, step_folders[1]), core, "f32"))
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
    engines = [load_engine(Wanted("a", step, 1, step_folders[step]), core, "f32") for step in (1, 2)]
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
    pipeline.use(load_engine(Wanted("a", 1, 1, step_folders[1]), core, "f32"))
    pipeline.start()
    tiny = draw(1, 1)[:0]
    for number, image in enumerate((draw(1, 1), tiny, draw(1, 2))):
        inbox.put(Frame(number, number, number, image))
    until(lambda: len(out) == 3, 10.0)
    assert pipeline.stop(2.0)
    assert [result.seen is None for result in out] == [False, True, False]


def test_pictures_that_are_inferred_beside_each_other_come_out_in_order(step_folders: dict[int, Path], core: ov.Core) -> None:
    out: list[Result] = []
    inbox = EveryFrame(8)
    pipeline = Pipeline(inbox, out.append)
    # Two streams: the second picture is often done before the first.
    model = StepModel.load(step_folders[1], hint="THROUGHPUT", threads=2, core=core)
    pipeline.use(Engine(Wanted("a", 1, 1, step_folders[1]), model))
    pipeline.start()
    for number in range(80):
        inbox.put(frame(number, number % 2))
    until(lambda: len(out) == 80, 20.0)
    assert pipeline.stop(2.0)
    assert [result.frame.frame_no for result in out] == list(range(80))
    wrong = [
        result.frame.frame_no for result in out if (result.seen and result.seen.decision.label == "good-1") != result.frame.frame_no % 2
    ]
    assert len(wrong) <= 2


def test_whoever_fails_to_hear_one_result_hears_the_next(step_folders: dict[int, Path], core: ov.Core) -> None:
    heard: list[int] = []

    def hear(result: Result) -> None:
        heard.append(result.frame.frame_no)
        if result.frame.frame_no == 1:
            raise ValueError("a hearer's fault")

    inbox = EveryFrame(8)
    pipeline = Pipeline(inbox, hear)
    pipeline.use(load_engine(Wanted("a", 1, 1, step_folders[1]), core, "f32"))
    pipeline.start()
    for number in range(4):
        inbox.put(frame(number, 1))
    until(lambda: len(heard) == 4, 10.0)
    assert pipeline.stop(2.0)
    assert heard == [0, 1, 2, 3]


def test_engines_that_start_together_in_threads_all_answer(step_folders: dict[int, Path]) -> None:
    def start(step: int) -> str:
        engine = load_engine(Wanted("a", step, 1, step_folders[step]), ov.Core(), "f32")
        return engine.start(engine.model.prepare(draw(step, 1)).crop).decision().label

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(start, step) for step in (1, 2, 1, 2)]
        assert [answer.result(30.0) for answer in answers] == ["good-1", "good-2", "good-1", "good-2"]


def test_networks_of_one_thread_are_not_tied_to_one_core(step_folders: dict[int, Path], core: ov.Core) -> None:
    model = StepModel.load(step_folders[1], threads=1, core=core)
    assert model.compiled.get_property("ENABLE_CPU_PINNING") is False
