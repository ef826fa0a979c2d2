"""`takt bench train`: how long a step takes to learn, from JPEG to the exported network, in a process of its own as the trainer is."""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.taught import Recording, record
from clients.demo.scenes import SCENES, Placement, scene
from vision.training.lesson import LabelKind, StepData, StepOptions, TaughtLabel
from vision.training.recipe import train_step

_FRAMES, _THREADS, _SEED = 40, 2, 100
_ROUNDS, _STEPS = 3, 20
_BUDGET_S = 44.0
_GOAL_S = 3.0
_KINDS: dict[Placement, LabelKind] = {"start": LabelKind.START, "correct": LabelKind.CORRECT, "occluded": LabelKind.OCCLUDED}
_SIX: tuple[Placement, ...] = ("start", "correct", "occluded", "wrong_part", "shifted", "tilted")
_THREE: tuple[Placement, ...] = ("start", "correct", "occluded")


@dataclass
class Watch:
    """Seconds of each stage of one training."""

    stages: dict[str, float]
    stage: str = ""
    since: float = 0.0

    def progress(self, stage: str, _fraction: float, _loss: float | None, _accuracy: float | None) -> None:
        now = time.perf_counter()
        if stage != self.stage:
            if self.stage:
                self.stages[self.stage] = round(self.stages.get(self.stage, 0.0) + now - self.since, 3)
            self.stage, self.since = stage, now


def _data(recordings: dict[Placement, Recording]) -> StepData:
    return StepData({each: TaughtLabel(_KINDS.get(each, LabelKind.INCORRECT), [recordings[each]]) for each in recordings})


def _teach(data: StepData) -> tuple[float, float, dict[str, float], float]:
    """Seconds of learning and of the export, of each stage, and of both cores' work: other processes slow the first, not the last."""
    watch, worked = Watch({}), time.process_time()
    began = time.perf_counter()
    step = train_step(data, StepOptions(threads=_THREADS), watch.progress, lambda: False)
    taught = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        step.export(Path(folder))
        return taught - began, time.perf_counter() - taught, watch.stages, time.process_time() - worked


def six_labels() -> dict[str, Any]:
    """Start, right end, hands and three wrong ends of one step: the first training of a process and the median of the next."""
    data = _data({each: record("bench", 1, each, _FRAMES, _SEED) for each in _SIX})
    first = _teach(data)
    rounds = sorted((_teach(data) for _ in range(_ROUNDS)), key=lambda each: each[0] + each[1])
    taught, exported, stages, work = rounds[_ROUNDS // 2]
    seconds = round(median(each[0] + each[1] for each in rounds), 3)
    return {
        "case": f"{len(_SIX)} labels x {_FRAMES} frames",
        "seconds": seconds,
        "first_seconds": round(first[0] + first[1], 3),
        "learn_s": round(taught, 3),
        "export_s": round(exported, 3),
        "stages_s": stages,
        "work_s": round(work, 3),
        "goal_s": _GOAL_S,
        "met": seconds < _GOAL_S,
    }


def many_steps(deadline: float) -> dict[str, Any]:
    """A whole assembly, one step after the other; a step's start is the right end of the one before. Ten pictures of each recording
    are composed and repeated. Stops early, and says so, when the time is up."""
    seconds: list[float] = []
    for name in SCENES:
        start = record(name, 1, "start", _FRAMES, _SEED, different=10)
        hands = record(name, 1, "occluded", _FRAMES, _SEED, different=4)
        for step in range(1, scene(name).steps + 1):
            if len(seconds) == _STEPS or time.monotonic() > deadline:
                break
            done = record(name, step, "correct", _FRAMES, _SEED, different=10)
            taught, exported, *_ = _teach(_data(dict(zip(_THREE, (start, done, hands), strict=True))))
            seconds.append(taught + exported)
            start = done
    mean = sum(seconds) / max(1, len(seconds))
    return {
        "case": f"{_STEPS} steps x {len(_THREE)} labels x {_FRAMES} frames",
        "steps_measured": len(seconds),
        "seconds": round(mean * _STEPS, 2),
        "seconds_per_step": round(mean, 3),
        "slowest_step_s": round(max(seconds, default=0.0), 3),
    }


def main(argv: list[str]) -> dict[str, Any]:
    """Rows of both cases, measured in this run. `--full` lets the second case run to its end however slow the machine is."""
    parser = argparse.ArgumentParser(prog="takt bench train")
    parser.add_argument("--full", action="store_true", help="no time limit")
    options = parser.parse_args(argv)
    deadline = time.monotonic() + (600.0 if options.full else _BUDGET_S)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as trainer:
        rows = [trainer.submit(six_labels).result(), trainer.submit(many_steps, deadline).result()]
    six, many = rows
    print(f"{six['case']}: {six['seconds']} s (goal {_GOAL_S} s), the first one {six['first_seconds']} s.", file=sys.stderr)
    print(f"{many['case']}: {many['seconds']} s from {many['steps_measured']} steps measured.", file=sys.stderr)
    return {"bench": "train", "threads": _THREADS, "load": [round(each, 1) for each in os.getloadavg()], "rows": rows}
