"""Teaching over REST: model.new, model.start, model.end, model.revert, model.train, model.progress, model.cancel, model.sample_image,
model.versions, model.activate, assemblies.list, assemblies.get. Vision and the trainer answer as their contract says, with pictures that
are no pictures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from hub.services import recordings
from storage.connection import Store
from storage.consumers import CommandFailed, CommandServer
from storage.entities.model_version import LabelEvaluation, ModelVersion, StepModel, TrainingState
from storage.entities.recording import Recording
from storage.entities.user import Role
from storage.messages import Command
from tests.support.http import Answer, HttpClient
from tests.support.hub import RunningHub

ID = "7f1c9a52-0000-4000-8000-00000000000a"
FRAMES = 5


class StandIn:
    """Answers what vision and the trainer would, and remembers what it was asked."""

    def __init__(self, hub: RunningHub) -> None:
        self.hub = hub
        self.asked: list[str] = []
        self.frames = FRAMES
        self.camera = "live"

    async def start(self, command: Command) -> dict[str, object]:
        self.asked.append(command.name)
        if self.camera != "live":
            raise CommandFailed("camera_not_live", "The camera of this station is not live.")
        return {}

    async def stop(self, command: Command) -> dict[str, object]:
        self.asked.append(command.name)
        recording: Recording = await self.hub.store.recordings.get(command.organisation, str(command.body["recording_id"]))
        for number in range(self.frames):
            self.hub.store.files.write(f"{recording.folder}/{number:06d}.jpg", b"\xff\xd8%d" % number)
        return {"frames": self.frames, "width": 640, "height": 480}

    async def note(self, command: Command) -> dict[str, object]:
        self.asked.append(command.name)
        return {}


@asynccontextmanager
async def answering(hub: RunningHub) -> AsyncIterator[StandIn]:
    """Both processes, until the block ends."""
    stand_in = StandIn(hub)
    vision = {
        "record_start": stand_in.start,
        "record_stop": stand_in.stop,
        "record_revert": stand_in.note,
        "stations_changed": stand_in.note,
    }
    trainer = {"train": stand_in.note, "cancel": stand_in.note}
    # Connections of its own, as processes have; and deaf to the organisations that other tests left in the store.
    store = await Store.connect(hub.hub.settings)
    store.organisations.names = lambda: _only(hub.organisation)  # type: ignore[method-assign]
    tasks = [asyncio.create_task(CommandServer(store, name, of).run()) for name, of in (("vision", vision), ("trainer", trainer))]
    try:
        yield stand_in
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.close()


async def _only(organisation: str) -> list[str]:
    return [organisation]


async def teacher(hub: RunningHub) -> HttpClient:
    """A supervisor with a station and a new assembly."""
    client = await hub.as_role(Role.SUPERVISOR)
    assert (await client("PUT", "/api/v1/stations/bench", {"name": "Bench", "camera": "0"})).status == 201
    made = await client("POST", f"/model/new/{ID}", {"name": "Gearbox cover", "description": "Four steps"})
    assert (made.status, made.json()) == (200, {"status": "ok", "msg": "Gearbox cover is ready to be taught."})
    return client


async def record(client: HttpClient, step_index: int | None, step_type: str = "MASTER", **fields: object) -> Answer:
    """Start and end of one label; the answer of whichever refused, or of the end."""
    body: dict[str, Any] = {"step_type": step_type, **fields}
    if step_index is not None:
        body["step_index"] = step_index
    started = await client("POST", f"/model/start/{ID}", body)
    return await client("POST", f"/model/end/{ID}", {}) if started.status == 200 else started


async def shown(client: HttpClient) -> Any:
    return (await client("GET", f"/api/v1/assemblies/{ID}")).json()


async def test_labels_are_named_by_their_step_and_kind_and_counted(hub: RunningHub) -> None:
    async with answering(hub):
        client = await teacher(hub)
        told = [
            (await record(client, 0)).json()["msg"],
            (await record(client, 1, step_description="Lay the base plate", step_benchmark=12.5, step_minimum_predict=0.7)).json()["msg"],
            (await record(client, 1, "CORRECT")).json()["msg"],
            (await record(client, 1, "INCORRECT", label_index=1)).json()["msg"],
            (await record(client, 2)).json()["msg"],
            (await record(client, None, "OCCLUDED")).json()["msg"],
            (await record(client, 2, "OCCLUDED")).json()["msg"],
        ]
        assembly = await shown(client)
    names = ["step-1_previous", "step-1_good", "step-1_good_1", "step-1_incorrect_1", "step-2_good", "step-1_occluded", "step-2_occluded"]
    assert told == [f"5 frames of {name}." for name in names]
    assert [label["name"] for step in assembly["steps"] for label in step["labels"]] == [*names[1:5], names[6]]
    first = assembly["steps"][0]
    assert (first["description"], first["benchmark"], first["minimum_predict"]) == ("Lay the base plate", 12.5, 0.7)
    assert (assembly["start_label"]["frames"], assembly["occluded_label"]["frames"]) == (5, 5)
    assert (await client("GET", "/api/v1/assemblies")).json() == [assembly]


async def test_add_keeps_earlier_recordings_and_update_replaces_them_with_their_frames(hub: RunningHub) -> None:
    async with answering(hub) as vision:
        client = await teacher(hub)
        await record(client, 0)
        await record(client, 1)
        await record(client, 1, data_ops="ADD")
        added = (await shown(client))["steps"][0]["labels"][0]
        vision.frames = 3
        await record(client, 1, data_ops="UPDATE")
        replaced = (await shown(client))["steps"][0]["labels"][0]
    assert ((added["recordings"], added["frames"]), (replaced["recordings"], replaced["frames"])) == ((2, 10), (1, 3))
    assert added["id"] == replaced["id"]
    folders = hub.store.files.list(f"{hub.organisation}/recordings/{ID}")
    assert len(folders) == 2


async def test_insert_puts_a_step_before_another_and_renames_nothing_inside(hub: RunningHub) -> None:
    async with answering(hub):
        client = await teacher(hub)
        await record(client, 0)
        await record(client, 1, step_description="first")
        before = (await shown(client))["steps"][0]
        assert (await record(client, 1, data_ops="INSERT", step_description="new first")).json()["msg"] == "5 frames of step-1_good."
        steps = (await shown(client))["steps"]
    assert [step["description"] for step in steps] == ["new first", "first"]
    assert (steps[1]["id"], steps[1]["labels"][0]["id"]) == (before["id"], before["labels"][0]["id"])
    assert steps[1]["labels"][0]["name"] == "step-2_good"


UNTEACHABLE: list[tuple[dict[str, Any], str]] = [
    ({}, "step_index"),
    ({"step_index": -1}, "step_index"),
    ({"step_index": 2}, "step_index"),
    ({"step_index": 0, "step_type": "CORRECT"}, "step_type"),
    ({"step_index": 1, "step_type": "INCORRECT"}, "step_type"),
    ({"step_index": 1, "step_type": "PERSPECTIVE"}, "step_type"),
    ({"step_index": 1, "actions": "TORQUE"}, "actions"),
    ({"step_index": 1, "data_ops": "DELETE"}, "data_ops"),
    ({"step_index": 1, "record_step": False}, "record_step"),
    ({"step_index": 1, "step_minimum_predict": 1.5}, "step_minimum_predict"),
    ({"step_index": 1, "step_roi_zoom": "0.1,0.2"}, "step_roi_zoom"),
    ({"step_index": "one"}, "step_index"),
]


async def test_what_cannot_be_recorded_is_refused_by_its_field(hub: RunningHub) -> None:
    client = await teacher(hub)
    for body, field in UNTEACHABLE:
        answer = await client("POST", f"/model/start/{ID}", body)
        assert (answer.status, answer.json()["field"]) == (422, field), body
    assert (await shown(client))["recording"] is None


async def test_one_recording_is_open_at_a_time_and_named(hub: RunningHub, other_organisation: str) -> None:
    async with answering(hub):
        client = await teacher(hub)
        await client("POST", f"/model/start/{ID}", {"step_index": 0})
        again = await client("POST", f"/model/start/{ID}", {"step_index": 0})
        elsewhere = await client("POST", "/model/new/another", {"name": "Another"})
        deleted = await client("DELETE", "/api/v1/stations/bench")
        trained = await client("POST", f"/model/train/{ID}", {})
        open_ = (await shown(client))["recording"]
        other = await hub.as_role(Role.SUPERVISOR, other_organisation)
        assert (await other("POST", "/model/revert", {})).status == 409
    assert (again.status, again.json()["code"], "step-1_previous" in again.json()["msg"]) == (409, "recording_open", True)
    assert (elsewhere.status, deleted.status, trained.status) == (409, 409, 422)
    assert (open_["label"], open_["station_id"]) == ("step-1_previous", "bench")


async def test_revert_leaves_no_trace(hub: RunningHub) -> None:
    async with answering(hub) as vision:
        client = await teacher(hub)
        await client("POST", f"/model/start/{ID}", {"step_index": 0})
        reverted = await client("POST", "/model/revert", {})
        assert (reverted.status, reverted.json()["msg"]) == (200, "The recording of step-1_previous is gone.")
        for path, body in ((f"/model/end/{ID}", {}), ("/model/revert", {})):
            answer = await client("POST", path, body)
            assert (answer.status, answer.json()["code"]) == (409, "no_open_start")
        assembly = await shown(client)
    assert (assembly["start_label"], assembly["recording"]) == (None, None)
    assert vision.asked[-1] == "record_revert"


async def test_without_vision_or_camera_nothing_is_left_open(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "ANSWER_S", 0.2)
    client = await teacher(hub)
    answer = await client("POST", f"/model/start/{ID}", {"step_index": 0})
    assert (answer.status, answer.json()["code"]) == (503, "vision_not_running")
    monkeypatch.setattr(recordings, "ANSWER_S", 5.0)
    async with answering(hub) as vision:
        vision.camera = "lost"
        answer = await client("POST", f"/model/start/{ID}", {"step_index": 0})
        assert (answer.status, answer.json()["code"]) == (503, "camera_not_live")
        vision.camera, vision.frames = "live", 0
        assert (await record(client, 0)).json()["code"] == "nothing_recorded"
        vision.frames = FRAMES
        assert (await record(client, 0)).status == 200


async def test_training_names_what_is_not_recorded_and_runs_once_at_a_time(hub: RunningHub) -> None:
    async with answering(hub) as stand_in:
        client = await teacher(hub)
        assert (await client("POST", f"/model/train/{ID}", {})).status == 422
        assert (await client("GET", f"/model/train/progress/{ID}")).status == 404
        await record(client, 1)
        missing = await client("POST", f"/model/train/{ID}", {})
        assert (missing.status, "step-1_previous" in missing.json()["msg"]) == (422, True)
        await record(client, 0)
        assert (await client("POST", f"/model/train/{ID}", {})).status == 200
        again = await client("POST", f"/model/train/{ID}", {})
        assert (again.status, again.json()["code"]) == (409, "training_running")
        told = (await client("GET", f"/model/train/progress/{ID}")).json()["msg"]
        assert isinstance(told, str)
        assert orjson.loads(told)["state"] == "queued"
        kept = await client("POST", f"/model/train/cancel/{ID}", {"cancel_current_training": False})
        assert kept.json()["msg"] == "The training is queued."
        cancelled = await client("POST", f"/model/train/cancel/{ID}", {})
        assert (cancelled.status, cancelled.json()["msg"]) == (200, "The training is cancelled.")
        assert (await client("POST", f"/model/train/cancel/{ID}", {})).status == 409
        assert (await client("POST", f"/model/train/{ID}", {})).status == 200
    run = await hub.hub.training.progress(hub.organisation, ID)
    assert run.state is TrainingState.QUEUED
    assert {"train", "cancel"} <= set(stand_in.asked)


async def test_a_label_s_picture_is_the_middle_frame_of_its_newest_recording(hub: RunningHub) -> None:
    async with answering(hub):
        client = await teacher(hub)
        await record(client, 0)
        await record(client, 1)
        await record(client, None, "OCCLUDED")
    for label in ("step-1_good", "step-1_previous", "step-1_occluded"):
        picture = await client("GET", f"/model/sample/image/{ID}/{label}")
        assert (picture.status, picture.headers["content-type"], picture.body) == (200, "image/jpeg", b"\xff\xd82")
        again = await client("GET", f"/model/sample/image/{ID}/{label}", headers={"If-None-Match": picture.headers["etag"]})
        assert again.status == 304
    for label in ("step-2_good", "step-1_good_9", "step-0_good", "..%2F..%2Fetc", "good"):
        assert (await client("GET", f"/model/sample/image/{ID}/{label}")).status == 404


async def test_versions_are_listed_newest_first_and_any_of_them_activated(hub: RunningHub) -> None:
    async with answering(hub):
        client = await teacher(hub)
        await record(client, 0)
        await record(client, 1)
    assembly = await hub.store.assemblies.get(hub.organisation, ID)
    label = assembly.steps[0].labels[0].id
    for number in (1, 2):
        step = StepModel(
            step_id=1,
            ir="ir",
            sha256="0",
            labels=("previous", label, "wrong"),
            threshold=0.5,
            evaluation=(LabelEvaluation(label=label, accuracy=0.98, frames=50),),
        )
        version = ModelVersion(
            organisation=hub.organisation,
            id=f"v{number}",
            assembly_id=ID,
            number=number,
            steps=(step,),
            seconds=2.5,
            frames=80,
            created_at_ms=1,
        )
        await hub.store.model_versions.add(version)
    for number in (2, 1):
        assert (await client("PUT", f"/model/version/{ID}/active", {"version": number})).status == 200
        said = (await client("GET", f"/model/version/{ID}")).json()
        assert (said["active"], [version["number"] for version in said["versions"]]) == (number, [2, 1])
    model = said["versions"][0]["steps"][0]
    assert model["labels"] == ["step-1_previous", "step-1_good", "step-1_wrong"]
    assert model["evaluation"][0] == {"label": "step-1_good", "accuracy": 0.98, "frames": 50}
    assert (await client("PUT", f"/model/version/{ID}/active", {"version": 9})).status == 404


async def test_what_is_not_supported_is_refused_not_ignored(hub: RunningHub) -> None:
    client = await teacher(hub)
    for field, value in (("enable_multistep_model", True), ("parent_id", "nobody")):
        answer = await client("POST", f"/model/new/{ID}", {field: value})
        assert (answer.status, answer.json()["field"]) == (422, field)
    assert (await client("POST", f"/model/new/{ID}", {"epochs": 3, "batch_size": 8, "unknown": 1})).status == 200
    child = await client("POST", "/model/new/child", {"parent_id": ID, "name": "Child"})
    assert child.status == 200
    assert (await client("GET", "/api/v1/assemblies/child")).json()["revision_id"] == ID


async def test_another_organisation_s_assembly_is_not_there(hub: RunningHub, other_organisation: str) -> None:
    async with answering(hub):
        client = await teacher(hub)
        await record(client, 0)
        await record(client, 1)
    other = await hub.as_role(Role.ADMIN, other_organisation)
    for method, path, body in (
        ("GET", f"/api/v1/assemblies/{ID}", None),
        ("GET", f"/model/version/{ID}", None),
        ("PUT", f"/model/version/{ID}/active", {"version": 1}),
        ("POST", f"/model/start/{ID}", {"step_index": 0}),
        ("POST", f"/model/end/{ID}", {}),
        ("POST", f"/model/train/{ID}", {}),
        ("GET", f"/model/train/progress/{ID}", None),
        ("POST", f"/model/train/cancel/{ID}", {}),
        ("GET", f"/model/sample/image/{ID}/step-1_good", None),
    ):
        assert (await other(method, path, body)).status == 404, path
    assert (await other("GET", "/api/v1/assemblies")).json() == []
