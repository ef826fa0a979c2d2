"""The engine's queue, fed ready arrays, against OpenVINO's own `benchmark_app` and against OpenVINO's own queue in this process.

All run the same network with the same precision, hint, threads and number of requests, in turns, in short rounds; each round has its own
ratio, so that what else the machine does meanwhile hits all of them alike. `benchmark_app` fills its inputs once and reads no output; the
engine copies a picture in, the numbers out, and decides. The two rows of OpenVINO's own queue tell which part of the rest is Python's.
"""

import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import openvino as ov

from vision.detectors.classifier import Precision, StepModel
from vision.engine import REQUESTS, Engine, Inference, Wanted

_WARM_UP_S = 0.2
_ROUNDS = 5
_APP_S = 1
_APP_WITHIN_S = 60.0

Run = Callable[[float], int]
"""Infers for so many seconds; how often."""


@dataclass
class Measured:
    """One way of running the network: inferences/s of each round, and this process's CPU ms (all threads) an inference."""

    run: Run
    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def go(self, seconds: float) -> tuple[int, float, float]:
        """How often, in how many seconds, of how much CPU time."""
        began, worked = time.perf_counter(), time.process_time()
        count = self.run(seconds)
        return count, time.perf_counter() - began, time.process_time() - worked


def engine_way(engine: Engine) -> Run:
    """The product's way: one thread starts, another waits for the results in order (see vision.pipeline)."""
    size = engine.model.input_size
    crop = np.random.default_rng(1).integers(0, 255, (size, size, 3), dtype=np.uint8)

    def run(seconds: float) -> int:
        under_way: queue.SimpleQueue[Inference | None] = queue.SimpleQueue()

        def collect() -> None:
            while (inference := under_way.get()) is not None:
                inference.decision()

        collecting = threading.Thread(target=collect)
        collecting.start()
        until, count = time.perf_counter() + seconds, 0
        while time.perf_counter() < until:
            under_way.put(engine.start(crop))
            count += 1
        under_way.put(None)
        collecting.join()
        return count

    return run


def queue_way(model: StepModel, callback: Callable[[Any, Any], None] | None) -> Run:
    """OpenVINO's own queue as `benchmark_app` uses it, inputs filled once; with or without a callback."""
    requests = ov.AsyncInferQueue(model.compiled, REQUESTS)
    if callback is not None:
        requests.set_callback(callback)

    def run(seconds: float) -> int:
        until, count = time.perf_counter() + seconds, 0
        while time.perf_counter() < until:
            requests.get_idle_request_id()
            requests.start_async()
            count += 1
        requests.wait_all()
        return count

    return run


def run_benchmark_app(model: Path, precision: Precision) -> tuple[float, str]:
    """Inferences/s of OpenVINO's own benchmark in a process of its own, and what was run. Raises RuntimeError."""
    # Without `-api async` this hint would make it run one request after the other.
    same = ["-hint", "latency", "-api", "async", "-nireq", str(REQUESTS), "-infer_precision", precision]
    arguments = ["-m", str(model), "-d", "CPU", *same, "-t", str(_APP_S)]
    script = Path(sys.executable).with_name("benchmark_app")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "openvino.tools.benchmark.main"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=_APP_WITHIN_S, check=False)
    found = re.search(r"Throughput:\s*([\d.]+)\s*FPS", done.stdout)
    if found is None:
        raise RuntimeError(f"benchmark_app said no throughput: {(done.stdout + done.stderr)[-400:]}")
    return float(found[1]), "benchmark_app " + " ".join(arguments[2:])


def queue_rows(wanted: Wanted, core: ov.Core, precision: Precision, seconds: float) -> list[dict[str, Any]]:
    """Three rows: the engine's queue with its ratios, OpenVINO's own queue with an empty callback, and without one."""
    # As many threads as OpenVINO likes, as its own benchmark has under this hint.
    model = StepModel.load(wanted.folder, precision=precision, threads=0, core=core)
    ways = {
        "queue fed ready arrays": Measured(engine_way(Engine(wanted, model))),
        "OpenVINO's queue, empty callback": Measured(queue_way(model, lambda *_: None)),
        "OpenVINO's queue, no callback": Measured(queue_way(model, None)),
    }
    for way in ways.values():
        way.run(_WARM_UP_S)
    app_rates, command = [], ""
    for _ in range(_ROUNDS):
        before = {name: way.go(seconds / 2) for name, way in ways.items()}
        rate, command = run_benchmark_app(wanted.folder / "model.xml", precision)
        app_rates.append(rate)
        for name, way in reversed(ways.items()):
            count, took_s, worked_s = (sum(both) for both in zip(before[name], way.go(seconds / 2), strict=True))
            way.rates.append(count / took_s)
            way.cpu_ms.append(worked_s / count * 1000)
    bare = list(ways.values())[-1]
    rows = [_row(name, way, bare, app_rates) for name, way in ways.items()]
    rows[0] |= {"benchmark_app_fps": round(median(app_rates), 1), "compared_with": command}
    return rows


def _row(name: str, way: Measured, bare: Measured, app_rates: list[float]) -> dict[str, Any]:
    return {
        "what": name,
        "fps": round(median(way.rates), 1),
        "cpu_ms": round(median(way.cpu_ms), 3),
        "ratio_to_benchmark_app": _ratio(way.rates, app_rates),
        "ratio_to_no_callback": _ratio(way.rates, bare.rates),
        "cpu_ratio_to_no_callback": _ratio(bare.cpu_ms, way.cpu_ms),
    }


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return round(median(mine / their for mine, their in zip(ours, theirs, strict=True)), 3)
