"""The second half of the job: one unit coached to its end, and what must have been said on the way."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from clients.demo.bench import Bench, Unit
from clients.demo.camera import Camera
from clients.demo.screen import Screen
from clients.demo.story import Act
from clients.demo.teach import STATION, DemoFailed
from clients.station import CoachEvent, Refused, StationClient
from hub.protocol.coaching_message import CoachingStatus

OPERATOR = "demo-operator"
PROGRESSION_DELAY_S = 0.5
# Without a new fact for so long a unit has failed; a process that was killed is back much earlier.
STEP_S = 60.0
SECOND_NS = 1_000_000_000
_SHOWN = {Act.SHOW: ("INCORRECT", "the wrong part"), Act.COVER: ("OCCLUDED", "the covered view")}


@dataclass
class Record:
    """What was said about one unit."""

    record_id: str = ""
    step_ids: list[str] = field(default_factory=list)
    """Ids of the steps in the order in which they came up."""
    completed: dict[int, int] = field(default_factory=dict)
    """Number of a step → time of capture of the frame that ended it, or of the news, ns."""
    said: list[tuple[str, int, int]] = field(default_factory=list)
    """(INCORRECT or OCCLUDED, step, captured_at_ns), prediction by prediction."""
    cancelled: bool = False

    def number(self, event: CoachEvent) -> int:
        """The step's number, from 1; 0 for an event without a step."""
        if event.step is None or not event.step.id:
            return 0
        if event.step.id not in self.step_ids:
            self.step_ids.append(event.step.id)
        return self.step_ids.index(event.step.id) + 1


class UnitCoach:
    """Coaches one unit: starts it, moves the operator as the coach says, and keeps the record."""

    def __init__(self, station: StationClient, camera: Camera, bench: Bench, screen: Screen) -> None:
        self._station = station
        self._camera = camera
        self._bench = bench
        self._screen = screen
        self._record = Record()
        self._last_seen = ("", 0)

    async def run(self, number: int) -> Record:
        """Coaches a unit to its end. Raises DemoFailed when nothing goes on, StationError."""
        unit = self._bench.unit(number)
        self._camera.show_unit(unit)
        started = await self._start()
        self._record.record_id = started.assembly_record_id
        self._record.step_ids = await self._step_ids()
        events = self._station.events()
        deadline = asyncio.timeout(STEP_S)
        try:
            async with deadline:
                async for event in events:
                    if event.is_fact or not event.recovered:
                        deadline.reschedule(asyncio.get_running_loop().time() + STEP_S)
                    if event.assembly_record_id == self._record.record_id and self._take(event, unit):
                        break
        except TimeoutError as error:
            name = self._name(self._camera.step)
            raise DemoFailed(f"Nothing happened for {STEP_S:g} s at step {self._camera.step} ({name}).") from error
        return self._record

    async def cancel(self) -> None:
        """Leaves no unit running behind a demo that ends."""
        if self._station.record_id:
            await self._station.interrupt("CANCEL", "the demo ended")

    async def _start(self) -> CoachEvent:
        options = {"step_progression_delay": PROGRESSION_DELAY_S}
        try:
            return await self._station.start(self._bench.assembly_id, OPERATOR, **options)
        except Refused as error:
            if error.code != "station_busy":
                raise
        # An earlier demo was killed in the middle of a unit: that one ends here.
        running = (await self._station.rest.get(f"/api/v1/stations/{STATION}/session"))["session"] or {}
        if running.get("assembly_record_id"):
            await self._station.interrupt("CANCEL", "the demo starts again", running["assembly_record_id"])
        return await self._station.start(self._bench.assembly_id, OPERATOR, **options)

    async def _step_ids(self) -> list[str]:
        assembly: dict[str, Any] = await self._station.rest.get(f"/api/v1/assemblies/{self._bench.assembly_id}")
        return [str(step["id"]) for step in assembly["steps"]]

    def _take(self, event: CoachEvent, unit: Unit) -> bool:
        """Takes one event; True when the unit has ended."""
        number = self._record.number(event)
        at_s = self._camera.seconds
        if event.status is CoachingStatus.PREDICTION:
            self._see(event, unit, number)
            return False
        self._screen.event(event, self._name(number))
        match event.status:
            case CoachingStatus.COACHING_STARTED | CoachingStatus.STEP_ADVANCE:
                self._move(unit, number, at_s)
            case CoachingStatus.STEP_COMPLETE:
                self._record.completed[number] = event.captured_at_ns or time.time_ns()
            case CoachingStatus.COACHING_COMPLETE:
                self._move(unit, len(self._record.step_ids) + 1, at_s)
            case CoachingStatus.COACHING_CANCELLED:
                self._record.cancelled = True
        return event.is_end

    def _move(self, unit: Unit, number: int, at_s: float) -> None:
        self._camera.step = number
        unit.move_to(number, at_s)

    def _see(self, event: CoachEvent, unit: Unit, number: int) -> None:
        if event.step is None or event.captured_at_ns is None:
            return
        ago_s = (time.time_ns() - event.captured_at_ns) / SECOND_NS
        unit.hear(event.step.status, self._camera.seconds - ago_s)
        if event.step.status in ("INCORRECT", "OCCLUDED"):
            self._record.said.append((event.step.status, number, event.captured_at_ns))
        # Sixteen predictions a second say the same; the line is printed when what is seen changes.
        if (event.step.status, number) != self._last_seen:
            self._last_seen = (event.step.status, number)
            self._screen.event(event, self._name(number))

    def _name(self, number: int) -> str:
        names = self._bench.step_names()
        return f"{number} {names[number - 1]}" if 1 <= number <= len(names) else ""


def shortcomings(record: Record, camera: Camera, bench: Bench) -> list[str]:
    """A sentence for each thing that had to happen in the unit and did not."""
    if record.cancelled:
        return ["The unit was cancelled."]
    names = bench.step_names()
    lacking = [f"Step {n} ({name}) was not completed." for n, name in enumerate(names, start=1) if n not in record.completed]
    if not bench.has_mistakes:
        return lacking
    for act in _SHOWN:
        lacking += _unsaid(act, record, camera)
    return lacking


def _unsaid(act: Act, record: Record, camera: Camera) -> list[str]:
    """Why a mistake counts as not said: never shown, not said while it was there, or its step counted as done."""
    word, what = _SHOWN[act]
    frames = [seen for seen in camera.memory if seen.act is act]
    if not frames:
        return [f"{what.capitalize()} was never shown."]
    first, last, step = frames[0].captured_at_ns, frames[-1].captured_at_ns, frames[0].step
    done_at = record.completed.get(step, last + 1)
    if first <= done_at <= last:
        return [f"Step {step} was taken for done while {what} was shown."]
    told = [at for status, number, at in record.said if status == word and number == step and first <= at <= min(last, done_at)]
    return [] if told else [f"{what.capitalize()} of step {step} was not said before the step was done."]
