"""The trainer on a real store: from recordings to an active model version, through cancels and kills."""

import asyncio
import json
import resource
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bench.drawn import draw, jpeg
from storage import keys
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.model_version import TrainingRun, TrainingState
from storage.entities.recording import Recording, RecordingState
from storage.entities.step import Label, LabelType, Step
from storage.entities.training_context import TrainingContext
from storage.errors import VersionConflict
from tests.integration.vision.line import ASSEMBLY, until
from tests.integration.vision.program import Program
from vision.detectors.classifier import StepModel
from vision.settings import VisionSettings
from vision.training.run import MOST_ATTEMPTS
from vision.training.service import Trainer

FRAMES = 9


class School:
    """An assembly with recordings of drawn pictures, and what the hub does with it."""

    def __init__(self, store: Store, organisation: str) -> None:
        self.store, self.organisation = store, organisation

    async def record(self, label: str, type_: LabelType, step_id: int | None, parts: int, *, covered: bool = False) -> Label:
        recording = Recording(
            organisation=self.organisation,
            id=f"{label}-{uuid.uuid4().hex[:8]}",
            assembly_id=ASSEMBLY,
            step_id=step_id,
            label_id=label,
            label_type=type_,
            station_id="station-1",
            state=RecordingState.FINISHED,
            frames=FRAMES,
            width=640,
            height=480,
            started_at_ms=1,
            finished_at_ms=2,
        )
        seed = sum(label.encode()) * 100
        for number in range(FRAMES):
            content = jpeg(draw(parts, seed + number, covered=covered), 95)
            await asyncio.to_thread(self.store.files.write, f"{recording.folder}/{number:06d}.jpg", content)
        await self.store.recordings.add(recording)
        return Label(id=label, type=type_, recordings=(recording.id,))

    async def teachable(self, steps: int = 1) -> Assembly:
        start = await self.record("l0000000s", LabelType.MASTER, None, 0)
        hands = await self.record("l0000000h", LabelType.OCCLUDED, None, 1, covered=True)
        made = []
        for number in range(1, steps + 1):
            master = await self.record(f"l000000{number}m", LabelType.MASTER, number, number)
            made.append(Step(id=number, name=f"Part {number}", labels=(master,)))
        assembly = Assembly(
            organisation=self.organisation,
            id=ASSEMBLY,
            revision_id="r",
            name="A",
            steps=tuple(made),
            start_label=start,
            occluded_label=hands,
            created_at_ms=1,
            updated_at_ms=1,
        )
        return await self.store.assemblies.add(assembly)

    async def ask(self, **fields: object) -> TrainingRun:
        """Asks for a training as the hub does."""
        run = TrainingRun.model_validate(
            {
                "organisation": self.organisation,
                "id": uuid.uuid4().hex,
                "assembly_id": ASSEMBLY,
                "created_at_ms": 1,
                "updated_at_ms": 1,
                **fields,
            }
        )
        await self.store.training_runs.add(run)
        context = await self.store.training_contexts.find(self.organisation)
        context = context or TrainingContext(organisation=self.organisation, assembly_id=ASSEMBLY)
        await self.store.training_contexts.save(context.model_copy(update={"training_run_id": run.id}))
        await self.store.commands.send(self.organisation, "trainer", "train", {"training_run_id": run.id}, 600.0)
        return run

    async def state(self, run: TrainingRun) -> TrainingRun:
        return await self.store.training_runs.get(self.organisation, run.id)

    async def ended(self, run: TrainingRun, within_s: float = 60.0) -> TrainingRun:
        async def over() -> bool:
            return (await self.state(run)).state not in (TrainingState.QUEUED, TrainingState.RUNNING)

        await until(over, within_s)
        return await self.state(run)

    async def running(self, run: TrainingRun, fraction: float, attempt: int = 1) -> None:
        async def is_running() -> bool:
            now = await self.state(run)
            return now.state is TrainingState.RUNNING and now.attempts == attempt and now.fraction > fraction

        await until(is_running, 60.0)

    def models(self) -> list[str]:
        return self.store.files.list(f"{self.organisation}/models/{ASSEMBLY}")


@pytest.fixture
def school(store: Store, organisation: str) -> School:
    return School(store, organisation)


@asynccontextmanager
async def trainer(store: Store) -> AsyncIterator[None]:
    task = asyncio.create_task(Trainer(store, VisionSettings(**store.settings.model_dump())).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=10.0)
        assert task.done()


async def test_recordings_become_an_active_model_version_with_progress_on_the_way(school: School) -> None:
    assembly = await school.teachable()
    heard: list[TrainingRun] = []
    async with school.store.subscriber() as subscriber, trainer(school.store):
        await subscriber.subscribe(keys.training(school.organisation, ASSEMBLY))
        run = await school.ask()
        async with asyncio.timeout(60.0):
            async for _, payload in subscriber:
                heard.append(TrainingRun.model_validate_json(payload))
                if heard[-1].state is TrainingState.FINISHED:
                    break
    fractions = [each.fraction for each in heard]
    assert fractions == sorted(fractions)
    assert len({each.stage for each in heard}) >= 3
    assert heard[-1].model_version == 1
    assert heard[-1].accuracy is not None
    assert 0.5 < heard[-1].accuracy <= 1.0
    assert heard[-1].loss is not None
    version = await school.store.model_versions.by_number(school.organisation, ASSEMBLY, 1)
    assert version is not None
    assert (await school.store.assemblies.get(school.organisation, assembly.id)).active_model_version == 1
    step = version.steps[0]
    assert set(step.labels) == {"previous", "l0000001m", "l0000000h", "wrong"}
    assert step.evaluation
    assert step.sentences
    model = StepModel.load(school.store.files.path(step.ir))
    assert model.decide(model.infer(model.prepare(draw(1, 5)).crop)).label == "l0000001m"
    assert (await school.state(run)).seconds_left == 0.0


async def test_a_training_without_activation_leaves_the_old_model_running(school: School) -> None:
    await school.teachable()
    async with trainer(school.store):
        run = await school.ended(await school.ask(activate=False))
    assert run.model_version == 1
    assert (await school.store.assemblies.get(school.organisation, ASSEMBLY)).active_model_version is None


async def test_a_step_without_recordings_is_named(school: School) -> None:
    assembly = await school.teachable()
    second = Step(id=2, name="Screw", labels=(Label(id="l0000002m", type=LabelType.MASTER, recordings=("gone",)),))
    await school.store.assemblies.save(assembly.model_copy(update={"steps": (*assembly.steps, second)}))
    async with trainer(school.store):
        run = await school.ended(await school.ask())
    assert run.state is TrainingState.FAILED
    assert run.error == "Step 2 (Screw) cannot be taught: its MASTER is not recorded."
    assert school.models() == []


async def test_a_recording_whose_picture_is_lost_fails_with_its_step(school: School) -> None:
    assembly = await school.teachable()
    recording = await school.store.recordings.get(school.organisation, assembly.steps[0].labels[0].recordings[0])
    school.store.files.path(f"{recording.folder}/000004.jpg").unlink()
    async with trainer(school.store):
        run = await school.ended(await school.ask())
    assert run.state is TrainingState.FAILED
    assert run.error.startswith("Step 1 (Part 1): Picture 5 of a recording is missing")


async def test_a_cancel_ends_a_training_and_leaves_nothing(school: School) -> None:
    await school.teachable(2)
    async with trainer(school.store):
        run = await school.ask()
        await school.running(run, 0.05)
        answer = await school.store.commands.call(school.organisation, "trainer", "cancel", {"training_run_id": run.id}, 5.0)
        assert (await school.ended(run)).state is TrainingState.CANCELLED
    assert answer.body == {"state": "cancelled"}
    assert school.models() == []


async def test_a_cancel_by_the_hub_alone_is_heard(school: School) -> None:
    await school.teachable(2)
    async with trainer(school.store):
        run = await school.ask()
        await school.running(run, 0.05)
        for _ in range(20):
            now = await school.state(run)
            try:
                await school.store.training_runs.progress(now.model_copy(update={"state": TrainingState.CANCELLED}))
                break
            except VersionConflict:
                continue
        follower = await school.ended(await school.ask(activate=False))
    assert follower.state is TrainingState.FINISHED
    assert (await school.state(run)).state is TrainingState.CANCELLED
    assert school.models() == [follower.id]


async def test_a_trainer_that_is_killed_at_any_stage_takes_the_run_again(school: School, tmp_path: Path) -> None:
    await school.teachable(2)
    with Program("vision.training", school.store, tmp_path / "said") as program:
        run = await school.ask()
        for attempt, fraction in enumerate((0.0, 0.7), start=1):
            await school.running(run, fraction, attempt)
            program.kill()
            assert school.models() == []
            assert await school.store.model_versions.list(school.organisation, ASSEMBLY) == []
            program.start()
        ended = await school.ended(run)
        beat = await school.store.redis.get(keys.component("trainer"))
        code, took_s = program.terminate()
    assert (ended.state, ended.model_version, ended.attempts) == (TrainingState.FINISHED, 1, 3)
    assert school.models() == [run.id]
    assert json.loads(beat)["state"] == "ok"
    assert (code, took_s < 2.5) == (0, True)


async def test_a_disk_without_room_fails_in_words_and_leaves_the_active_model(school: School, tmp_path: Path) -> None:
    await school.teachable()
    async with trainer(school.store):
        before = await school.ended(await school.ask())
    # A network's file is larger than this process may write, as on a disk without room.
    with Program("vision.training", school.store, tmp_path / "said") as program:
        assert program.process is not None
        resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, (100_000, 100_000))
        run = await school.ended(await school.ask())
    assert run.state is TrainingState.FAILED
    assert "could not be written to disk" in run.error
    assert school.models() == [before.id]
    assembly = await school.store.assemblies.get(school.organisation, ASSEMBLY)
    assert assembly.active_model_version == before.model_version == 1


async def test_of_two_trainings_asked_for_at_once_both_become_versions(school: School) -> None:
    await school.teachable()
    async with trainer(school.store):
        first, second = await school.ask(), await school.ask()
        ended = [await school.ended(first), await school.ended(second)]
    assert {(run.state, run.model_version) for run in ended} == {(TrainingState.FINISHED, 1), (TrainingState.FINISHED, 2)}
    assert sorted(school.models()) == sorted([first.id, second.id])


async def test_a_trainer_that_is_asked_to_end_leaves_the_run_for_the_next(school: School, tmp_path: Path) -> None:
    await school.teachable(2)
    with Program("vision.training", school.store, tmp_path / "said") as program:
        run = await school.ask()
        await school.running(run, 0.1)
        code, took_s = program.terminate()
    assert code == 0
    assert took_s < 2.5
    assert (await school.state(run)).state is TrainingState.RUNNING
    await school.store.training_runs.save((await school.state(run)).model_copy(update={"state": TrainingState.CANCELLED}))


async def test_a_run_that_ends_the_trainer_each_time_is_given_up(school: School) -> None:
    await school.teachable()
    async with trainer(school.store):
        run = await school.ended(await school.ask(attempts=MOST_ATTEMPTS))
    assert run.state is TrainingState.FAILED
    assert "ended the trainer" in run.error


async def test_a_version_that_a_killed_trainer_had_added_is_not_trained_twice(school: School) -> None:
    await school.teachable()
    async with trainer(school.store):
        run = await school.ended(await school.ask())
        stored = await school.state(run)
        await school.store.training_runs.save(stored.model_copy(update={"state": TrainingState.RUNNING, "model_version": None}))
        again = await school.ended(run)
    assert (again.state, again.model_version) == (TrainingState.FINISHED, 1)
    assert len(await school.store.model_versions.list(school.organisation, ASSEMBLY)) == 1
