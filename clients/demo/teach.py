"""The first half of the job: a station, the labels recorded from its camera, a trained model."""

import asyncio
import contextlib
import json
from typing import Any

from rich.progress import Progress

from clients.demo.bench import Bench, Lesson
from clients.demo.camera import Camera
from clients.demo.screen import Screen
from clients.station import Refused, RestClient, StationError

STATION = "demo"
READY_S = 60.0
LIVE_S = 30.0
# Between a change of what is shown and the recording: the frames that are on their way show the old thing.
SETTLE_S = 0.6
# Without a new frame for so long the recording has failed. A busy machine may take much longer for the whole of it.
NO_FRAME_S = 30.0
# The same for a training that does not get on.
STUCK_S = 120.0
LOOK_EVERY_S = 0.1


class DemoFailed(StationError):
    """A sentence about what did not happen."""


async def prepare(rest: RestClient, screen: Screen) -> None:
    """Waits for the hub and makes the station that pushes its camera. Raises StationError."""
    screen.heading("1  Station")
    try:
        async with asyncio.timeout(READY_S):
            await rest.get("/health/ready")
    except TimeoutError as error:
        raise DemoFailed(f"The hub did not become ready within {READY_S:g} s.") from error
    await rest.put(f"/api/v1/stations/{STATION}", {"name": "Demo bench", "camera": "push", "line_name": "Demo line"})
    # A demo that was killed may have left a recording open; there is usually none.
    with contextlib.suppress(Refused):
        await rest.post("/model/revert")


async def wait_for_camera(rest: RestClient, screen: Screen) -> None:
    """Waits until vision sees the station's pictures. Raises DemoFailed."""
    state: dict[str, Any] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LIVE_S):
            while state.get("state") != "live":
                state = (await rest.get(f"/api/v1/stations/{STATION}"))["source"] or {}
                await asyncio.sleep(LOOK_EVERY_S)
    if state.get("state") != "live":
        raise DemoFailed(f"The station's pictures do not arrive: {state.get('reason') or 'vision has not said a word about them'}.")
    screen.say(f"Station {STATION} pushes its pictures, and vision sees them.")


async def record(rest: RestClient, camera: Camera, bench: Bench, screen: Screen) -> None:
    """Records every label from the camera. Raises StationError."""
    screen.heading(f"2  Teaching “{bench.title}”: {len(bench.lessons)} labels from the camera")
    await rest.post(f"/model/new/{bench.assembly_id}", {"name": bench.title, "description": "Made by the demo"})
    with screen.progress() as progress:
        for lesson in bench.lessons:
            said = await _record_one(rest, camera, bench, lesson, progress)
            if not screen.console.is_terminal:
                screen.say(said)


async def _record_one(rest: RestClient, camera: Camera, bench: Bench, lesson: Lesson, progress: Progress) -> str:
    task = progress.add_task(f"{lesson.label:<16} {lesson.name}", total=lesson.frames, told="")
    camera.show(bench.lesson(lesson))
    await asyncio.sleep(SETTLE_S)
    which = {"step_index": lesson.step_index, "step_type": lesson.step_type, "label_index": lesson.label_index, "record_step": True}
    # A later run of the demo teaches anew: what an earlier one recorded is replaced.
    body = {**which, "step_camera_name": STATION, "actions": "ML", "data_ops": "UPDATE"}
    if lesson.step_index and lesson.step_type == "MASTER":
        body |= {"step_description": lesson.instruction, "step_benchmark": lesson.benchmark_s, "step_minimum_predict": 0.6}
    await rest.post(f"/model/start/{bench.assembly_id}", body)
    first = camera.sent
    clock = asyncio.get_running_loop().time
    frames, grew_at = 0, clock()
    while frames < lesson.frames:
        if clock() - grew_at > NO_FRAME_S:
            raise DemoFailed(f"No frame of {lesson.label} was taken for {NO_FRAME_S:g} s ({frames} of {lesson.frames} were).")
        progress.update(task, completed=frames, told=f"{frames} frames")
        await asyncio.sleep(LOOK_EVERY_S)
        if camera.sent - first > frames:
            frames, grew_at = camera.sent - first, clock()
    said = str((await rest.post(f"/model/end/{bench.assembly_id}", which))["msg"])
    progress.update(task, completed=lesson.frames, told=said)
    return said


async def train(rest: RestClient, bench: Bench, screen: Screen) -> None:
    """Trains and waits for the model. Raises DemoFailed with the trainer's sentence, StationError."""
    screen.heading("3  Training on this machine")
    await _begin(rest, bench)
    clock = asyncio.get_running_loop().time
    began = moved_at = clock()
    run: dict[str, Any] = {}
    with screen.progress() as progress:
        task = progress.add_task("", total=1.0, told="")
        while run.get("state") not in ("finished", "failed", "cancelled"):
            if clock() - moved_at > STUCK_S:
                raise DemoFailed(f"The training did not get on for {STUCK_S:g} s (at {run.get('stage')}).")
            await asyncio.sleep(LOOK_EVERY_S)
            before, run = run, json.loads((await rest.get(f"/model/train/progress/{bench.assembly_id}"))["msg"])
            if (run.get("stage"), run.get("fraction")) != (before.get("stage"), before.get("fraction")):
                moved_at = clock()
            if not screen.console.is_terminal and run.get("stage") != before.get("stage"):
                screen.say(f"{clock() - began:5.1f} s  {run.get('stage') or run.get('state')}")
            progress.update(task, completed=run.get("fraction") or 0.0, description=run.get("stage") or "waiting", told="")
    if run["state"] != "finished":
        raise DemoFailed(f"The training was {run['state']}: {run.get('error') or 'no reason given'}")
    accuracy = "" if run.get("accuracy") is None else f", {100 * run['accuracy']:.1f} % of the held-back frames right"
    screen.say(f"Model version {run.get('model_version')} in {clock() - began:.1f} s{accuracy}.")


async def _begin(rest: RestClient, bench: Bench) -> None:
    """Starts the training; one that an earlier demo left running is cancelled first."""
    try:
        await rest.post(f"/model/train/{bench.assembly_id}")
    except Refused as error:
        if error.code != "training_running":
            raise
        await rest.post(f"/model/train/cancel/{bench.assembly_id}")
        await rest.post(f"/model/train/{bench.assembly_id}")
