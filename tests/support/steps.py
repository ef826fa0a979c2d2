"""What the tests of steps need: a recorded label, a unit that is being built, and short words for what the operations answer."""

from typing import Any

from storage.entities.assembly import Assembly
from storage.entities.recording import Recording, RecordingState
from storage.entities.session import Session
from storage.entities.step import Label, LabelType
from storage.entities.user import Role
from tests.support.http import HttpClient
from tests.support.hub import RunningHub
from tests.support.stored import session


async def recorded(hub: RunningHub, assembly: Assembly, step_id: int, label: Label) -> tuple[Assembly, Recording]:
    """A step with one more label that has a recording of one picture."""
    recording = Recording(
        organisation=hub.organisation,
        id=f"r-{label.id}",
        assembly_id=assembly.id,
        step_id=step_id,
        label_id=label.id,
        label_type=label.type,
        station_id="st1",
        state=RecordingState.FINISHED,
        frames=1,
        started_at_ms=1,
    )
    await hub.store.recordings.add(recording)
    hub.store.files.write(f"{recording.folder}/000000.jpg", b"\xff\xd8")
    taught = label.model_copy(update={"recordings": (recording.id,)})
    steps = [s.model_copy(update={"labels": (*s.labels, taught)}) if s.id == step_id else s for s in assembly.steps]
    return await hub.store.assemblies.save(assembly.model_copy(update={"steps": tuple(steps)})), recording


def label(id_: str, type_: LabelType = LabelType.CORRECT, index: int = 1) -> Label:
    """A label without a recording."""
    return Label(id=id_, type=type_, index=index)


async def being_built(hub: RunningHub, assembly: Assembly, step_id: int, station: str = "st1", **fields: object) -> Session:
    """A unit of the assembly that is at a step."""
    begun = session(hub.organisation, f"record-{station}", station, assembly_id=assembly.id, step_id=step_id, **fields)
    await hub.store.sessions.start(begun, [], [])
    return begun


async def ids_of(client: HttpClient, assembly: str = "asm") -> list[str]:
    """The steps' ids in order; fails where the list of neighbours says something else."""
    steps = (await client("GET", f"/assembly/{assembly}/step")).json()["msg"]
    ids = [step["id"] for step in steps]
    assert [step["previous_step_id"] for step in steps] == ["", *ids][: len(ids)]
    assert [step["next_step_id"] for step in steps] == [*ids, ""][1:]
    return ids


async def step_of(client: HttpClient, step_id: int, assembly: str = "asm") -> Any:
    """One step as it is answered."""
    answer = await client("GET", f"/assembly/{assembly}/step/{step_id}")
    assert answer.status == 200, answer.body
    return answer.json()["msg"]


async def data_with(client: HttpClient, step_id: int, data_type: str, *names: str) -> int:
    """Step data that name variables; their id."""
    body = {"data_type": data_type, "ocr_capture_variable_info": [{"name": name} for name in names]}
    answer = await client("POST", f"/step/{step_id}/step-data", body)
    assert answer.status == 200, answer.body
    return int(answer.json()["id"])


async def refused_to_all_but(hub: RunningHub, role: Role, method: str, path: str, body: object = None) -> None:
    """401 without a token, 403 on every lower rung."""
    assert (await hub.http(method, path, body)).status == 401
    ladder = (Role.VIEWER, Role.OPERATOR, Role.SUPERVISOR)
    for lower in ladder[: ladder.index(role)]:
        assert (await (await hub.as_role(lower))(method, path, body)).status == 403
