"""From the moment a picture is captured to the moment a websocket client has what was seen in it, through the whole product.

A real Takt is started, taught one step and coached; pictures are pushed at 30 frames/s, a client on /live receives the predictions. Every
stage is stamped by the process that does it, so the shares add up to the whole; all clocks are this machine's one clock.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from clients.demo.scenes import render_placement, scene
from clients.station.client import StationClient
from tests.support.system import RunningTakt

STATION, ASSEMBLY = "bench", "bench-latency"
FRAMES_PER_S = 30.0
LABEL_FRAMES = 30
TRAIN_WITHIN_S = 40.0
STAGES = ("capture", "infer", "bus", "client")


def jpegs(placement: Any, count: int, session_seed: int) -> list[bytes]:
    """Pictures as a camera would send them."""
    pictures = (render_placement(scene("bench"), 1, placement, session_seed, "moderate", index) for index in range(count))
    return [cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes() for picture in pictures]


async def push(station: StationClient, pictures: Sequence[bytes], seconds: float) -> None:
    """Pushes pictures round and round at FRAMES_PER_S."""
    begin = time.monotonic()
    for number in range(int(seconds * FRAMES_PER_S)):
        await asyncio.sleep(max(0.0, begin + number / FRAMES_PER_S - time.monotonic()))
        station.push(pictures[number % len(pictures)], time.time_ns())


async def teach(station: StationClient) -> None:
    """Records start, step 1 and hands, trains and activates."""
    rest = station.rest
    await rest.put(f"/api/v1/stations/{STATION}", {"name": "Bench", "camera": "push"})
    await rest.post(f"/model/new/{ASSEMBLY}", {"name": "Latency"})
    labels: tuple[tuple[int, str, Any], ...] = ((0, "MASTER", "start"), (1, "MASTER", "correct"), (0, "OCCLUDED", "occluded"))
    for step, kind, placement in labels:
        pictures = jpegs(placement, LABEL_FRAMES, 7)
        warm = asyncio.create_task(push(station, pictures, LABEL_FRAMES / FRAMES_PER_S + 1.0))
        await asyncio.sleep(0.3)
        body = {"step_index": step, "step_type": kind, "step_camera_name": STATION, "record_step": True}
        await rest.post(f"/model/start/{ASSEMBLY}", body | ({"step_description": "Fit it"} if step else {}))
        await warm
        await rest.post(f"/model/end/{ASSEMBLY}", {"step_index": step, "step_type": kind})
    await rest.post(f"/model/train/{ASSEMBLY}", {})
    deadline = time.monotonic() + TRAIN_WITHIN_S
    while (run := json.loads((await rest.get(f"/model/train/progress/{ASSEMBLY}"))["msg"]))["state"] in ("queued", "running"):
        if time.monotonic() > deadline:
            raise RuntimeError("training did not end in time")
        await asyncio.sleep(0.2)
    if run["state"] != "finished":
        raise RuntimeError(f"training {run['state']}: {run['error']}")


async def receive(url: str, token: str, rows: list[dict[str, float]]) -> None:
    """Notes for every prediction how long each stage took, in ms."""
    headers = {"Authorization": f"Bearer {token}"}
    address = url.replace("http", "ws", 1) + "/live"
    async with connect(address, additional_headers=headers, subprotocols=[Subprotocol("takt.v1.json")]) as socket:
        await socket.send(json.dumps({"id": 1, "subscribe": {"channel": f"predictions:{STATION}"}}))
        async for message in socket:
            now_ns = time.time_ns()
            value = json.loads(message)
            if "ping" in value:
                await socket.send(json.dumps({"pong": value["ping"]}))
            elif latest := value.get("latest"):
                stages = latest["latency_ms"]
                total = (now_ns - latest["captured_at_ns"]) / 1e6
                row = {name: float(stages[name]) for name in ("capture", "infer", "bus")}
                rows.append(row | {"client": total - sum(row.values()), "total": total})


async def measure(system: RunningTakt, seconds: float) -> list[dict[str, float]]:
    """Teaches, coaches and listens."""
    rows: list[dict[str, float]] = []
    token = system.token("supervisor")
    async with StationClient(system.url, token, STATION) as station:
        await teach(station)
        # The step's part stays away, so that the step lasts as long as the measurement.
        pictures = jpegs("start", 2 * LABEL_FRAMES, 11)
        await station.start(ASSEMBLY, "bench")
        listening = asyncio.create_task(receive(system.url, token, rows))
        try:
            await push(station, pictures, 2.0)
            rows.clear()
            await push(station, pictures, seconds)
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
    return rows


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main(argv: list[str]) -> dict[str, Any]:
    """Rows {stage, p50_ms, p99_ms, share}, one a stage and one for the whole, with the frames counted."""
    parser = argparse.ArgumentParser(prog="bench latency")
    parser.add_argument("--seconds", type=float, default=12.0)
    seconds = parser.parse_args(argv).seconds
    with tempfile.TemporaryDirectory(prefix="takt-bench-") as folder:
        system = RunningTakt(Path(folder) / "data", TAKT_HUB_WORKERS="1", TAKT_LOG_LEVEL="WARNING")
        try:
            rows = asyncio.run(measure(system.wait_until_ready(), seconds))
        finally:
            system.stop()
    if not rows:
        raise RuntimeError("no prediction came")
    whole = statistics.fmean(row["total"] for row in rows)
    table: list[dict[str, str | float]] = []
    for stage in (*STAGES, "total"):
        values = [row[stage] for row in rows]
        p50, p99 = round(quantile(values, 0.5), 2), round(quantile(values, 0.99), 2)
        table.append({"stage": stage, "p50_ms": p50, "p99_ms": p99, "share": round(statistics.fmean(values) / whole, 3)})
    infer_ms = quantile([row["infer"] for row in rows], 0.5)
    totals = [row["total"] for row in rows]
    over = {"p50_ms": round(quantile(totals, 0.5) - infer_ms, 2), "p99_ms": round(quantile(totals, 0.99) - infer_ms, 2)}
    pushed = int(seconds * FRAMES_PER_S)
    print(
        f"{len(rows)} of {pushed} predictions came, {quantile(totals, 0.5):.1f} ms (p50) and {quantile(totals, 0.99):.1f} ms (p99) "
        f"after capture: inference + {over['p50_ms']} ms and + {over['p99_ms']} ms",
        file=sys.stderr,
    )
    return {"bench": "latency", "rows": table, "frames": pushed, "received": len(rows), "over_inference_ms": over}
