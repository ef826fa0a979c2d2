"""`python -m clients.demo`: the whole main job against a running hub, driven like any client drives it.

The hub's address comes from --url or TAKT_URL, the token (a supervisor's) from TAKT_TOKEN.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import structlog

from clients.demo.bench import Bench, ComposedBench
from clients.demo.camera import Camera
from clients.demo.coach import UnitCoach, shortcomings
from clients.demo.folder import BadFolder, FolderBench
from clients.demo.intervals import read_back
from clients.demo.scenes import SCENES, scene
from clients.demo.screen import Screen
from clients.demo.teach import STATION, prepare, record, train, wait_for_camera
from clients.station import ConnectionClosed, RestClient, StationClient, StationError

# A hub that is starting, or was killed, is back by then.
PATIENCE_S = 60.0
BETWEEN_UNITS_S = 2.0
GOODBYE_S = 1.0
OK, FAILED, USAGE = 0, 1, 2


async def run_demo(url: str, token: str, bench: Bench, screen: Screen, *, once: bool, stop: asyncio.Event) -> int:
    """The job from the empty station to coached units; the exit code. Raises StationError."""
    rest = RestClient(url, token, again_for_s=PATIENCE_S)
    await prepare(rest, screen)
    async with StationClient(url, token, STATION) as station:
        camera = Camera(station, bench.lesson(bench.lessons[0]))
        work = asyncio.create_task(_teach_and_coach(rest, station, camera, bench, screen, once=once))
        helpers = [asyncio.create_task(camera.run()), asyncio.create_task(stop.wait())]
        try:
            await asyncio.wait([work, *helpers], return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            if helpers[0].done():
                helpers[0].result()
            return FAILED if once else OK
        finally:
            for task in (work, *helpers):
                task.cancel()
            await asyncio.gather(work, *helpers, return_exceptions=True)


async def _teach_and_coach(rest: RestClient, station: StationClient, camera: Camera, bench: Bench, screen: Screen, *, once: bool) -> int:
    await wait_for_camera(rest, screen)
    await record(rest, camera, bench, screen)
    await train(rest, bench, screen)
    number, failed = 0, 0
    while True:
        lacking = await _one_unit(rest, station, camera, bench, screen, number)
        for sentence in lacking:
            screen.fail(sentence)
        failed += bool(lacking)
        if not lacking:
            screen.succeed("As it has to be: every step was completed" + _mistakes(bench) + ", and the timeline has it all.")
        if once:
            return FAILED if failed else OK
        number += 1
        await asyncio.sleep(BETWEEN_UNITS_S)


def _mistakes(bench: Bench) -> str:
    return ", the wrong part and the covered view were said in time" if bench.has_mistakes else ""


async def _one_unit(rest: RestClient, station: StationClient, camera: Camera, bench: Bench, screen: Screen, number: int) -> list[str]:
    """Coaches one unit and reads its intervals back; what was missing."""
    screen.heading(f"4  Coaching unit {number + 1}")
    began_at_s = time.time()
    coach = UnitCoach(station, camera, bench, screen)
    try:
        unit = await coach.run(number)
        lacking = shortcomings(unit, camera, bench)
        screen.heading("5  The unit's intervals, read back over GET /api/v1/events")
        return lacking + await read_back(rest, bench, began_at_s, screen)
    except ConnectionClosed:
        raise
    except StationError as error:
        return [str(error)]
    finally:
        # Leaving in the middle (an error, or Ctrl-C) ends the unit too, if the hub still listens.
        with contextlib.suppress(StationError, TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await asyncio.shield(asyncio.create_task(coach.cancel()))


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m clients.demo", description=__doc__)
    parser.add_argument("--url", default=os.environ.get("TAKT_URL", "http://127.0.0.1:8000"))
    parser.add_argument("--once", action="store_true", help="end after the first unit; 0 if everything happened")
    parser.add_argument("--camera", default="", metavar="FOLDER", help="labels/<label>/*.jpg and unit/*.jpg instead of composed pictures")
    parser.add_argument("--scene", default="bench", choices=SCENES, help="which composed assembly")
    parser.add_argument("--seed", type=int, default=None, help="the same seed composes the same pictures")
    return parser.parse_args(argv)


async def main(argv: list[str]) -> int:
    """Runs the demo; the exit code."""
    arguments, screen = _arguments(argv), Screen()
    token = os.environ.get("TAKT_TOKEN", "")
    if not token:
        screen.fail("TAKT_TOKEN is empty: set it to what `takt token --role supervisor` prints.")
        return USAGE
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        bench: Bench = FolderBench(Path(arguments.camera)) if arguments.camera else ComposedBench(scene(arguments.scene), arguments.seed)
        return await run_demo(arguments.url, token, bench, screen, once=arguments.once, stop=stop)
    except (BadFolder, FileNotFoundError) as error:
        screen.fail(str(error))
        return USAGE
    except StationError as error:
        screen.fail(str(error))
        return FAILED


if __name__ == "__main__":
    # What the connections do in between is nobody's business here, unless it goes wrong.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30), logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    sys.exit(asyncio.run(main(sys.argv[1:])))
