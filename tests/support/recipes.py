"""Assemblies of the catalogue for tests: made over REST, taught by writing what a training would leave."""

from typing import Any

from storage.entities.model_version import ModelVersion, StepModel
from storage.entities.recording import Recording, RecordingState
from storage.entities.step import Label, LabelType, Step
from storage.repositories.parts import Part
from tests.support.http import HttpClient
from tests.support.hub import RunningHub


async def make(client: HttpClient, **body: object) -> str:
    """A new assembly; its id."""
    answer = await client("POST", "/assembly", {"name": "Gearbox cover", **body})
    assert answer.status == 200, answer.body
    return str(answer.json()["msg"]["id"]["id"])


async def read(client: HttpClient, assembly_id: str) -> dict[str, Any]:
    """What operation 53 tells of an assembly."""
    answer = await client("GET", f"/assembly/{assembly_id}")
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.json()["msg"]
    return told


async def read_revision(client: HttpClient, revision_id: str) -> dict[str, Any]:
    """What operation 45 tells of a revision."""
    answer = await client("GET", f"/assembly-revision/{revision_id}")
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.json()["msg"]
    return told


async def teach(hub: RunningHub, assembly_id: str) -> Recording:
    """Gives an assembly one step with a recording of its start and its end, and a model that knows it; files included."""
    store, organisation = hub.store, hub.organisation
    step_id = await store.assemblies.new_part_id(organisation, Part.STEP)
    recording = Recording(
        organisation=organisation,
        id=f"r{step_id}",
        assembly_id=assembly_id,
        step_id=step_id,
        label_id=f"l{step_id}",
        label_type=LabelType.MASTER,
        station_id="st1",
        state=RecordingState.FINISHED,
        frames=1,
        started_at_ms=1,
    )
    await store.recordings.add(recording)
    store.files.write(f"{recording.folder}/000000.jpg", b"jpeg")
    label = Label(id=f"l{step_id}", type=LabelType.MASTER, recordings=(recording.id,))
    assembly = await store.assemblies.get(organisation, assembly_id)
    step = Step(id=step_id, name="Lay the plate", labels=(label,))
    start = Label(id="start", type=LabelType.MASTER, recordings=(recording.id,))
    await store.assemblies.save(assembly.model_copy(update={"steps": (step,), "next_step_id": step_id + 1, "start_label": start}))
    ir = f"{organisation}/models/{assembly_id}/v{step_id}/step-{step_id}"
    store.files.write(f"{ir}/reference.png", b"png")
    model = StepModel(step_id=step_id, ir=ir, sha256="", labels=("previous", label.id, "wrong"), threshold=0.0)
    version = ModelVersion(
        organisation=organisation,
        id=f"v{step_id}",
        assembly_id=assembly_id,
        number=1,
        steps=(model,),
        seconds=1.0,
        frames=1,
        created_at_ms=1,
    )
    await store.model_versions.add(version)
    await store.assemblies.activate(organisation, assembly_id, 1)
    return recording
