"""`takt bench pipeline`: the whole pipeline against what its parts cost alone, and the queue against OpenVINO's own benchmark."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import openvino as ov

from bench.drawn import draw, jpeg
from bench.inference_queue import queue_rows
from vision.capture import Capture
from vision.detectors.classifier import Precision, StepModel
from vision.engine import Wanted, load_engine
from vision.frame import Reading
from vision.inbox import EveryFrame, Newest
from vision.pipeline import Pipeline, Result
from vision.sources.pace import Pace
from vision.sources.pushed import decode
from vision.training.lesson import LabelKind, StepData, StepOptions, TaughtLabel
from vision.training.recipe import train_step

_PICTURES = 24
_WARM_UP_S = 0.2
_ROUNDS = 3
_SWITCH_INTERVAL_S = 0.0005


@dataclass(frozen=True)
class Parts:
    """Mean ms of each part of a frame's way, alone on the machine."""

    decode: float
    prepare: float
    network: float
    decide: float

    @property
    def bound(self) -> float:
        """Frames/s when one frame after the other goes through all parts."""
        return 1000.0 / (self.decode + self.prepare + self.network)


class MemoryCamera:
    """JPEGs out of memory, as fast as they are taken or at a frame rate; decoded as a camera's are."""

    def __init__(self, jpegs: Sequence[bytes], fps: float | None) -> None:
        self._jpegs = jpegs
        self._pace = Pace(fps) if fps else None
        self._number = 0

    def open(self) -> None:
        """Always there."""

    def read(self) -> Reading | None:
        if self._pace is not None and not self._pace.is_due():
            return None
        seen_at_ns = time.time_ns()
        image = decode(self._jpegs[self._number % len(self._jpegs)])
        assert image is not None
        self._number += 1
        return Reading(image, seen_at_ns=seen_at_ns)

    def close(self) -> None:
        """Nothing to let go of."""


def _timed(work: Callable[[int], Any], seconds: float) -> float:
    """Mean ms of `work(i)`: a throughput, as the pipeline's is, with whatever else the machine did meanwhile."""
    number, began = 0, time.perf_counter()
    while (took_s := time.perf_counter() - began) < seconds or number < 20:
        work(number)
        number += 1
    return took_s / number * 1000


def measure_parts(jpegs: Sequence[bytes], model: StepModel, seconds: float) -> Parts:
    """Each part alone, a quarter of the time each."""
    frames = [image for content in jpegs if (image := decode(content)) is not None]
    crops = [model.prepare(frame).crop for frame in frames]
    logits = model.infer(crops[0])
    return Parts(
        _timed(lambda i: decode(jpegs[i % len(jpegs)]), seconds / 4),
        _timed(lambda i: model.prepare(frames[i % len(frames)]), seconds / 4),
        _timed(lambda i: model.infer(crops[i % len(crops)]), seconds / 4),
        _timed(lambda _: model.decide(logits), seconds / 4),
    )


def run_pipeline(
    jpegs: Sequence[bytes], wanted: Wanted, core: ov.Core, precision: Precision, seconds: float, fps: float | None
) -> list[tuple[float, float]]:
    """(moment, latency s) of every frame that came out. Without `fps` nothing is dropped and the camera waits for the pipeline."""
    came: list[tuple[float, float]] = []

    def hear(result: Result) -> None:
        if result.seen is not None:
            came.append((time.perf_counter(), (time.time_ns() - result.frame.seen_at_ns) / 1e9))

    inbox = Newest() if fps else EveryFrame(2)
    pipeline = Pipeline(inbox, hear)
    pipeline.use(load_engine(wanted, core, precision))
    capture = Capture(MemoryCamera(jpegs, fps), [inbox.put], lambda _: None)
    pipeline.start()
    capture.start()
    time.sleep(_WARM_UP_S + seconds)
    capture.stop(2.0)
    pipeline.stop(2.0)
    began = came[0][0] + _WARM_UP_S
    return [each for each in came if each[0] >= began]


def frames_per_second(came: Sequence[tuple[float, float]]) -> float:
    """Of what `run_pipeline` gave."""
    return (len(came) - 1) / (came[-1][0] - came[0][0])


def teach(folder: Path) -> None:
    """A real step, taught from drawn pictures; a second or two."""
    labels = {
        "start": TaughtLabel(LabelKind.START, [[draw(0, seed) for seed in range(_PICTURES)]]),
        "good": TaughtLabel(LabelKind.CORRECT, [[draw(1, 100 + seed) for seed in range(_PICTURES)]]),
        "hands": TaughtLabel(LabelKind.OCCLUDED, [[draw(1, 200 + seed, covered=True) for seed in range(_PICTURES)]]),
    }
    train_step(StepData(labels), StepOptions(threads=os.cpu_count() or 1), lambda *_: None, lambda: False).export(folder)


def _ms(values: Sequence[float], quantile: float) -> float:
    return round(float(np.quantile(np.asarray(values), quantile)) * 1000, 2)


def _mean(parts: Sequence[Parts]) -> Parts:
    return Parts(*(median(getattr(each, name) for each in parts) for name in ("decode", "prepare", "network", "decide")))


def _row_of_pipeline(
    name: str, jpegs: Sequence[bytes], wanted: Wanted, core: ov.Core, precision: Precision, seconds: float
) -> dict[str, Any]:
    """Parts and whole take turns in short rounds and each round has its own ratio, so that what else the machine does hits both alike."""
    model = StepModel.load(wanted.folder, precision=precision, threads=1, core=core)
    rounds = []
    for _ in range(_ROUNDS):
        before = measure_parts(jpegs, model, seconds / 2)
        rate = frames_per_second(run_pipeline(jpegs, wanted, core, precision, seconds, None))
        parts = _mean([before, measure_parts(jpegs, model, seconds / 2)])
        rounds.append((parts, rate, rate / parts.bound))
    paced = [latency for _, latency in run_pipeline(jpegs, wanted, core, precision, 3 * seconds, 30.0)]
    parts = _mean([parts for parts, _, _ in rounds])
    return {
        "what": name,
        "precision": precision,
        "decode_ms": round(parts.decode, 3),
        "registration_and_crop_ms": round(parts.prepare, 3),
        "network_ms": round(parts.network, 3),
        "decision_ms": round(parts.decide, 3),
        "bound_fps": round(parts.bound, 1),
        "fps": round(median(rate for _, rate, _ in rounds), 1),
        "ratio_to_bound": round(median(ratio for _, _, ratio in rounds), 3),
        "at_30_fps": {"p50_ms": _ms(paced, 0.5), "p99_ms": _ms(paced, 0.99), "frames": len(paced)},
    }


def main(argv: Sequence[str]) -> dict[str, Any]:
    """Measures and answers `{"bench": "pipeline", "rows": […]}`; sentences go to stderr."""
    parser = argparse.ArgumentParser(prog="takt bench pipeline")
    parser.add_argument("--seconds", type=float, default=0.7, help="of each measurement in each round")
    parser.add_argument("--precision", choices=("f32", "bf16"), default="f32")
    wish = parser.parse_args(list(argv))
    core, rows = ov.Core(), []
    # As the vision process does.
    cv2.setNumThreads(1)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    with tempfile.TemporaryDirectory(prefix="takt-bench-") as temporary:
        folder = Path(temporary) / "step"
        print("teaching a step from drawn pictures", file=sys.stderr)
        teach(folder)
        wanted = Wanted("bench", 1, 1, folder)
        for width in (640, 1280):
            print(f"pictures {width} wide", file=sys.stderr)
            jpegs = [jpeg(draw(number % 2, 300 + number, width=width)) for number in range(_PICTURES)]
            rows.append(_row_of_pipeline(f"pipeline, {width} pixels wide", jpegs, wanted, core, wish.precision, wish.seconds))
        rows += queue_rows(wanted, core, wish.precision, wish.seconds)
    for row in rows:
        print(row, file=sys.stderr)
    return {"bench": "pipeline", "cpus": os.cpu_count(), "opencv_threads": cv2.getNumThreads(), "rows": rows}
