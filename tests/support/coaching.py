"""What the tests of coaching need: an assembly, a station, a hub's coaching without its doors, and made-up predictions."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import orjson

from hub.live.bus import Bus
from hub.services.coaching import CoachingService
from storage import keys
from storage.channels import pack
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.model_version import ModelVersion, StepModel
from storage.entities.station import Station
from storage.entities.step import Label, LabelType, Step
from storage.facts import FactsSince
from storage.messages import Prediction

WITHIN_S = 30.0
FRAME_S = 0.02
_RUNNING: dict[CoachingService, asyncio.Task[None]] = {}


async def add_assembly(store: Store, organisation: str, id_: str = "asm", steps: int = 3, model: int | None = 1) -> Assembly:
    """Steps 10, 20, 30… with MASTER `m<id>` and INCORRECT `w<id>`; hands are `hands`; with an active model unless `model` is None."""
    made = tuple(
        Step(
            id=10 * n,
            name=f"Fit part {n}",
            benchmark_s=20.0,
            labels=(Label(id=f"m{10 * n}", type=LabelType.MASTER), Label(id=f"w{10 * n}", type=LabelType.INCORRECT, index=1)),
        )
        for n in range(1, steps + 1)
    )
    assembly = await store.assemblies.add(
        Assembly(
            organisation=organisation,
            id=id_,
            revision_id="rev",
            name="Gearbox cover",
            steps=made,
            occluded_label=Label(id="hands", type=LabelType.OCCLUDED),
            next_step_id=1000,
            created_at_ms=1,
            updated_at_ms=1,
        )
    )
    if model is None:
        return assembly
    models = tuple(
        StepModel(step_id=step.id, ir="none", sha256="", labels=("previous", f"m{step.id}", "hands", "wrong"), threshold=0.0)
        for step in made
    )
    version = ModelVersion(
        organisation=organisation, id=f"{id_}-{model}", assembly_id=id_, number=model, steps=models, seconds=1.0, frames=1, created_at_ms=1
    )
    await store.model_versions.add(version)
    return await store.assemblies.activate(organisation, id_, model)


async def add_station(store: Store, organisation: str, id_: str = "st1", machine: str | None = None) -> Station:
    """A station whose frames a test makes up."""
    station = Station(
        organisation=organisation, id=id_, name=id_, camera="push", machine_identifier=machine or id_, created_at_ms=1, updated_at_ms=1
    )
    await store.machines.ensure(organisation, station.machine_identifier)
    return await store.stations.add(station)


@asynccontextmanager
async def coaching_hub(store: Store, idle_after_s: float = 900.0) -> AsyncIterator[CoachingService]:
    """One hub's coaching, running. Leaving the block ends it as a process ends that is told to."""
    service = CoachingService(store, idle_after_s)
    async with store.subscriber() as source:
        bus = Bus(source)
        hears = asyncio.create_task(bus.run())
        _RUNNING[service] = asyncio.create_task(service.run(bus))
        try:
            yield service
        finally:
            await stop(service)
            hears.cancel()
            await asyncio.wait([hears], timeout=2)


async def stop(service: CoachingService) -> None:
    """Ends a hub's coaching before its block ends."""
    task = _RUNNING.pop(service, None)
    if task is not None:
        task.cancel()
        await asyncio.wait([task], timeout=2)


class Camera:
    """Publishes predictions as the vision process does, frame after frame, in real time."""

    def __init__(self, store: Store, organisation: str, station: str = "st1", assembly_id: str = "asm") -> None:
        self._store = store
        self._organisation = organisation
        self._station = station
        self._assembly_id = assembly_id
        self.frame_no = 0

    async def frame(self, step_id: int, label: str, confidence: float = 0.97) -> None:
        """One frame."""
        self.frame_no += 1
        prediction = Prediction(self._station, self.frame_no, time.time_ns(), self._assembly_id, step_id, 1, label, confidence)
        await self._store.channels.publish(keys.predictions(self._organisation, self._station), pack(prediction))

    async def show(self, step_id: int, label: str, seconds: float, confidence: float = 0.97) -> None:
        """The same thing for a while, at 50 frames/s."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await self.frame(step_id, label, confidence)
            await asyncio.sleep(FRAME_S)

    @asynccontextmanager
    async def showing(self, step_id: int, label: str) -> AsyncIterator[None]:
        """The same thing for as long as the block lasts."""
        task = asyncio.create_task(self.show(step_id, label, 60))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task], timeout=2)


async def facts_of(store: Store, organisation: str, station: str = "st1") -> list[dict[str, object]]:
    """All facts in the station's stream, with their offsets."""
    position = await store.sessions.position(organisation, station)
    read: FactsSince = await store.sessions.facts_since(organisation, station, position.epoch, "0-0", 1000)
    assert read.recovered
    return [orjson.loads(fact.fact) | {"offset": fact.offset} for fact in read.facts]


async def wait_for_fact(store: Store, organisation: str, status: str, count: int = 1, station: str = "st1") -> list[dict[str, object]]:
    """All facts, once there are `count` of this status."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            facts = await facts_of(store, organisation, station)
            if sum(fact["status"] == status for fact in facts) >= count:
                return facts
            await asyncio.sleep(0.01)


async def wait_until(holds: Callable[[], bool | Awaitable[bool]], within_s: float = WITHIN_S) -> None:
    """Returns once `holds` answers True: for states that nothing announces."""
    async with asyncio.timeout(within_s):
        while True:
            answer = holds()
            if await answer if isinstance(answer, Awaitable) else answer:
                return
            await asyncio.sleep(0.01)
