"""One assembly line for the tests of vision: its station, its assembly, and what the hub would do with them."""

import asyncio
import shutil
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgpack

from storage import keys
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.model_version import ModelVersion, StepModel
from storage.entities.recording import Recording
from storage.entities.session import Session, SessionState
from storage.entities.station import Station
from storage.entities.step import LabelType, Step
from storage.entities.training_context import TrainingContext
from storage.messages import Answer, Prediction, PushedFrame
from storage.packing import pack, unpack
from tests.support.stored import session
from vision.settings import VisionSettings
from vision.worker.worker import Worker

ASSEMBLY, STATION = "assembly-1", "station-1"
WITHIN_S = 30.0


async def until(happened: Callable[[], Any], within_s: float = WITHIN_S) -> None:
    """Waits for what another task or thread does."""
    async with asyncio.timeout(within_s):
        while True:
            answer = happened()
            if asyncio.iscoroutine(answer):
                answer = await answer
            if answer:
                return
            await asyncio.sleep(0.02)


class Ears:
    """Everything that was said on some channels."""

    def __init__(self) -> None:
        self.said: dict[str, list[bytes]] = {}

    def of(self, channel: str) -> list[bytes]:
        return self.said.setdefault(channel, [])


class Line:
    """The hub's part of a line. `store` and `organisation` are the test's own."""

    def __init__(self, store: Store, organisation: str, step_folders: dict[int, Path]) -> None:
        self.store = store
        self.organisation = organisation
        self.ears = Ears()
        self._step_folders = step_folders
        self._tasks: list[asyncio.Task[None]] = []

    async def set_up(self) -> None:
        await self.add_station("push")
        steps = tuple(Step(id=number) for number in self._step_folders)
        assembly = Assembly(
            organisation=self.organisation, id=ASSEMBLY, revision_id="r", name="A", steps=steps, created_at_ms=1, updated_at_ms=1
        )
        await self.store.assemblies.add(assembly)
        names = (keys.predictions, keys.pushed_done, keys.source_state)
        self.channels = [name(self.organisation, STATION) for name in names]
        subscriber = self.store.subscriber()
        self._subscriber = await subscriber.__aenter__()
        for channel in [*self.channels, keys.pictures(self.organisation, STATION, 480)]:
            await self._subscriber.subscribe(channel)
        self._tasks.append(asyncio.create_task(self._hear()))

    async def tear_down(self) -> None:
        # The next test's vision looks at every organisation of the shared store.
        if await self.store.stations.find(self.organisation, STATION) is not None:
            await self.store.stations.delete(self.organisation, STATION)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._subscriber.close()

    async def _hear(self) -> None:
        async for channel, payload in self._subscriber:
            self.ears.of(channel).append(payload)

    # --- what an engineer and the hub do -------------------------------------------------------------------
    async def add_station(self, camera: str) -> None:
        known = await self.store.stations.find(self.organisation, STATION)
        if known is not None:
            await self.store.stations.save(known.model_copy(update={"camera": camera}))
            return
        station = Station(
            organisation=self.organisation, id=STATION, name="S", camera=camera, machine_identifier="M", created_at_ms=1, updated_at_ms=1
        )
        await self.store.stations.add(station)

    async def add_version(self, number: int, *, broken: bool = False) -> None:
        """Puts a model version in place and activates it."""
        models = []
        for step, source in self._step_folders.items():
            key = f"{self.organisation}/models/{ASSEMBLY}/v{number}/step-{step}"
            target = self.store.files.path(key)
            await asyncio.to_thread(shutil.copytree, source, target)
            if broken:
                (target / "model.xml").write_text("broken")
            models.append(StepModel(step_id=step, ir=key, sha256="", labels=("previous", f"good-{step}", "hands", "wrong"), threshold=0.0))
        version = ModelVersion(
            organisation=self.organisation,
            id=f"v{number}",
            assembly_id=ASSEMBLY,
            number=number,
            steps=tuple(models),
            seconds=1.0,
            frames=1,
            created_at_ms=number,
        )
        await self.store.model_versions.add(version)
        await self.store.assemblies.activate(self.organisation, ASSEMBLY, number)

    async def open_session(self) -> Session:
        opened = session(self.organisation, uuid.uuid4().hex, STATION, assembly_id=ASSEMBLY)
        await self.store.sessions.start(opened, [], [])
        return opened

    async def move(self, opened: Session, step_id: int, state: SessionState = SessionState.ACTIVE) -> Session:
        return (await self.store.sessions.commit(opened.model_copy(update={"step_id": step_id, "state": state}), [], [])).session

    async def push(self, number: int, jpeg: bytes, captured_at_ns: int = 0) -> None:
        frame = PushedFrame(STATION, number, captured_at_ns or time.time_ns(), jpeg)
        await self.store.channels.publish(keys.pushed_frames(self.organisation, STATION), pack(frame))

    async def add_recording(self, *, in_context: bool = False) -> Recording:
        recording = Recording(
            organisation=self.organisation,
            id=uuid.uuid4().hex,
            assembly_id=ASSEMBLY,
            step_id=1,
            label_id="l00000001",
            label_type=LabelType.MASTER,
            station_id=STATION,
            started_at_ms=time.time_ns() // 1_000_000,
        )
        await self.store.recordings.add(recording)
        if in_context:
            await self.store.training_contexts.save(
                TrainingContext(organisation=self.organisation, assembly_id=ASSEMBLY, recording_id=recording.id)
            )
        return recording

    async def ask(self, name: str, **body: object) -> Answer:
        return await self.store.commands.call(self.organisation, "vision", name, body, WITHIN_S)

    # --- what was heard ------------------------------------------------------------------------------------
    def predictions(self) -> list[Prediction]:
        return [unpack(Prediction, payload) for payload in self.ears.of(self.channels[0])]

    def acknowledged(self) -> list[int]:
        return [number for payload in self.ears.of(self.channels[1]) for number in msgpack.unpackb(payload)]

    # --- vision ----------------------------------------------------------------------------------------------
    @asynccontextmanager
    async def vision(self, **settings: Any) -> AsyncIterator[Worker]:
        """A running worker on this line's store."""
        worker = Worker(self.store, VisionSettings(**{**self.store.settings.model_dump(), "camera_retry_most_s": 0.3, **settings}))
        task = asyncio.create_task(worker.run())
        try:
            await self._listening()
            yield worker
        finally:
            task.cancel()
            await asyncio.wait([task], timeout=5.0)
            assert task.done()

    async def _listening(self) -> None:
        channel = keys.pushed_frames(self.organisation, STATION)
        station = await self.store.stations.get(self.organisation, STATION)

        async def heard() -> bool:
            subscribers = dict(await self.store.redis.pubsub_numsub(channel))
            return station.camera != "push" or subscribers.get(channel.encode(), 0) > 0

        await until(heard)
