"""`python -m tests.support.hurried teach|coach`: the load of the tests that kill processes. It drives a running Takt like any client.

`teach` records and trains a small assembly once; `coach` builds unit after unit of it and never gives up: whatever dies, it comes back.
Pictures and client are the demo's; its operator is in a hurry, so that facts follow each other closely.
"""

import asyncio
import os
import sys
from dataclasses import replace

from clients.demo.bench import ComposedBench, Look, Show, Unit
from clients.demo.camera import Camera
from clients.demo.coach import UnitCoach
from clients.demo.scenes import scene
from clients.demo.screen import Screen
from clients.demo.story import Act
from clients.demo.teach import STATION, prepare, record, train, wait_for_camera
from clients.station import RestClient, StationClient, StationError

# As long as the processes of a busy machine take to start.
PATIENCE_S = 120.0
AGAIN_S = 0.2
# A bench that is always lit the same is learnt from less.
FRAMES = 24
STEPS = 3


class HurriedBench(ComposedBench):
    """Nobody makes a mistake, and each part lies there as soon as the coach asks for it."""

    has_mistakes = False

    def __init__(self) -> None:
        super().__init__(scene("bench"), seed=7)
        self.lessons = tuple(replace(lesson, frames=FRAMES) for lesson in self.lessons if lesson.step_index <= STEPS)

    def step_names(self) -> tuple[str, ...]:
        """Of the steps that are taught."""
        return super().step_names()[:STEPS]

    def unit(self, number: int) -> Unit:
        """All units are alike."""
        return _HurriedUnit([self.lesson(lesson) for lesson in self.lessons if lesson.step_type == "MASTER"])


class _HurriedUnit:
    def __init__(self, shows: list[Show]) -> None:
        self._shows = shows
        self._step = 0

    def look(self, t: float) -> Look:
        return self._shows[min(self._step, len(self._shows) - 1)].look(t)

    def move_to(self, step: int, t: float) -> None:
        self._step = step

    def hear(self, status: str, t: float) -> None:
        """It does not listen."""

    def doing(self) -> Act:
        return Act.WAIT


async def teach(rest: RestClient, bench: HurriedBench, screen: Screen) -> None:
    """Records every label and trains."""
    await prepare(rest, screen)
    async with StationClient(rest.url, os.environ["TAKT_TOKEN"], STATION) as station:
        camera = Camera(station, bench.lesson(bench.lessons[0]))
        showing = asyncio.create_task(camera.run())
        try:
            await wait_for_camera(rest, screen)
            await record(rest, camera, bench, screen)
            await train(rest, bench, screen)
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)


async def coach(rest: RestClient, bench: HurriedBench, screen: Screen) -> None:
    """Builds units until it is killed."""
    number = 0
    while True:
        async with StationClient(rest.url, os.environ["TAKT_TOKEN"], STATION) as station:
            camera = Camera(station, bench.lesson(bench.lessons[0]))
            showing = asyncio.create_task(camera.run())
            try:
                while not showing.done():
                    number += 1
                    await UnitCoach(station, camera, bench, screen).run(number)
            except StationError as error:
                screen.fail(str(error))
            finally:
                showing.cancel()
                await asyncio.gather(showing, return_exceptions=True)
        await asyncio.sleep(AGAIN_S)


if __name__ == "__main__":
    asyncio.run(
        {"teach": teach, "coach": coach}[sys.argv[1]](
            RestClient(os.environ["TAKT_URL"], os.environ["TAKT_TOKEN"], again_for_s=PATIENCE_S), HurriedBench(), Screen()
        )
    )
