"""Assemblies: assembly.list, assembly.add, assembly.get, assembly.put, assembly.delete, assembly.set_active, assembly.touch,
assembly.ocr_capture_variables, assembly.training_dataset_exists, assembly.alignment_exists, assembly.video_exists,
assembly.step_video_exists, assembly.augmentation, assembly.set_augmentation."""

import asyncio
from pathlib import Path

import pytest

from hub.services import training
from hub.services.recipes import LARGEST_NUMBER
from storage import keys
from storage.entities.model_version import TrainingRun, TrainingState
from storage.entities.step_data import OcrCaptureVariable, StepData, StepDataType
from storage.entities.training_context import TrainingContext
from storage.entities.user import Role
from storage.repositories.parts import Part
from tests.support.coaching import add_station
from tests.support.hub import RunningHub
from tests.support.recipes import make, read, read_revision, teach

ID = "57618016-cd00-4fc8-85f5-e4b26304c6ba"
REVISION = "d8dc6895-da23-4f4e-9eec-b508b8f9b3e2"
WHOLE = {
    "id": {"id": ID},
    "name": "Contactor",
    "description": "Four steps",
    "image_link": "/model/sample/image/x/step-3_good",
    "tenant_id": "somebody",
    "training_complete": True,
    "revision_id": {"id": REVISION},
    "parent_id": {},
    "revision": 0,
    "steps": {},
    "augmentation": {"lighting_aug": 0.5},
    "options": {"colour": "red"},
    "classes": [],
    "product_version": "1.2",
    "model_version": "7",
    "published": True,
    "approver": "Ada",
    "notes": "mind the cable",
    "record_videos": True,
    "last_edited": {},
    "active": False,
}
KEPT = ("name", "description", "image_link", "options", "product_version", "published", "approver", "notes", "record_videos")


async def test_a_whole_assembly_is_made_read_and_put_back_as_it_was_read(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    made = await client("PUT", f"/assembly/{ID}", {**WHOLE, "unknown": 1})
    assert made.status == 200, made.body
    shown = await read(client, ID)
    assert made.json() == {"status": "ok", "msg": shown}
    assert {name: shown[name] for name in KEPT} == {name: WHOLE[name] for name in KEPT}
    assert (shown["id"], shown["revision_id"], shown["parent_id"], shown["revision"]) == ({"id": ID}, {"id": REVISION}, {}, 1)
    assert (shown["tenant_id"], shown["training_complete"], shown["model_version"]) == (hub.organisation, False, "")
    assert (shown["active"], shown["steps"], shown["classes"]) == (True, {"steps": []}, [])
    assert shown["augmentation"] == {"id": ID, "assembly_id": {"id": ID}, "lighting_aug": 0.5, "placement_aug": 1.0, "color_aug": 1.0}
    await teach(hub, ID)
    taught = await read(client, ID)
    assert (taught["classes"], taught["training_complete"], taught["model_version"]) == (["step-1_previous", "step-1_good"], True, "1")
    assert [step["name"] for step in taught["steps"]["steps"]] == ["Lay the plate"]
    back = (await client("PUT", f"/assembly/{ID}", taught)).json()["msg"]
    assert {**back, "last_edited": 0} == {**taught, "last_edited": 0}
    assert int(back["last_edited"]["seconds"]) >= int(taught["last_edited"]["seconds"])
    listed = await client("GET", "/assembly")
    assert (listed.json()["msg"], listed.headers["x-total-count"]) == ([back], "1")


async def test_a_put_changes_what_it_names_and_nothing_else(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    await client("PUT", f"/assembly/{ID}", WHOLE)
    before = await read(client, ID)
    for fields in ({"name": "Other"}, {"published": False}, {"approver": ""}, {"options": {}}, {"notes": "x", "name": None}):
        after = (await client("PUT", f"/assembly/{ID}", fields)).json()["msg"]
        assert after["last_edited"] != before["last_edited"]
        assert {**after, "last_edited": 0} == {**before, **{k: v for k, v in fields.items() if v is not None}, "last_edited": 0}
        before = after
    touched = await client("PUT", f"/assembly/{ID}/last-edited", {})
    assert (touched.status, (await read(client, ID))["last_edited"] != before["last_edited"]) == (200, True)


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"id": {"id": "another"}}, "id"),
    ({"name": " "}, "name"),
    ({"name": 7}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"revision_id": {"id": "another"}}, "revision_id"),
    ({"revision_id": {"id": 7}}, "revision_id"),
    ({"revision_id": []}, "revision_id"),
    ({"revision": 9}, "revision"),
    ({"revision": -1}, "revision"),
    ({"revision": 2_000_000_000}, "revision"),
    ({"parent_id": "nobody"}, "parent_id"),
    ({"parent_id": ID}, "parent_id"),
    ({"options": {"a": "x" * 17_000}}, "options"),
    ({"options": []}, "options"),
    ({"published": "maybe"}, "published"),
    ({"augmentation": {"lighting_aug": 2.1}}, "augmentation.lighting_aug"),
    ({"steps": {"steps": [{"name": "Another"}]}}, "steps.0.name"),
    ({"steps": {"steps": [{}, {}]}}, "steps"),
    ({"steps": {"steps": [7]}}, "steps.0"),
    ({"steps": []}, "steps"),
]


async def test_what_cannot_be_is_refused_by_its_field(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    await client("PUT", f"/assembly/{ID}", WHOLE)
    await teach(hub, ID)
    before = await read(client, ID)
    for body, field in REFUSED:
        answer = await client("PUT", f"/assembly/{ID}", body)
        assert (answer.status, answer.json().get("field")) == (422, field), body
    for path in ("a_b", "..", "x" * 65, "a:b"):
        assert (await client("PUT", f"/assembly/{path}", {})).status in (404, 422), path
    assert (await client("POST", "/assembly", {"steps": {"steps": [{"name": "x"}]}})).status == 422
    assert (await client("PUT", f"/assembly/{ID}", [])).status == 400
    assert await read(client, ID) == before


async def test_versions_are_numbered_within_their_revision_and_know_their_parent(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    first = await make(client)
    child = await read(client, await make(client, parent_id=first))
    fifth = await read(client, await make(client, revision_id=first, revision=5))
    assert (child["revision_id"], child["parent_id"], child["revision"]) == ({"id": first}, {"id": first}, 2)
    taken = await client("POST", "/assembly", {"revision_id": {"id": first}, "revision": 2})
    assert (fifth["revision"], taken.status, taken.json()["code"]) == (5, 409, "revision_taken")
    new = await client("POST", "/model/new/by-training", {"name": "Six", "parent_id": first})
    assert (new.status, (await read(client, "by-training"))["revision"]) == (200, 6)
    assert (await client("POST", "/assembly", {"parent_id": first, "revision_id": "another"})).json()["field"] == "revision_id"
    # However large a number is said, what comes after it can be put back as it was read.
    too_large = await client("POST", "/assembly", {"revision_id": first, "revision": LARGEST_NUMBER + 1})
    assert (too_large.status, too_large.json()["field"]) == (422, "revision")
    await make(client, revision_id=first, revision=LARGEST_NUMBER)
    after = await read(client, await make(client, revision_id=first))
    assert (after["revision"], (await client("PUT", f"/assembly/{after['id']['id']}", after)).status) == (LARGEST_NUMBER + 1, 200)


async def test_an_augmentation_is_set_field_by_field_and_trains(hub: RunningHub) -> None:
    client, id_ = await hub.as_role(Role.SUPERVISOR), await make(await hub.as_role(Role.SUPERVISOR))
    usual = {"id": id_, "assembly_id": {"id": id_}, "lighting_aug": 1.0, "placement_aug": 1.0, "color_aug": 1.0}
    assert (await client("GET", f"/assembly/{id_}/augmentation")).json()["msg"] == usual
    answer = await client("PUT", f"/assembly/{id_}/augmentation", {"placement_aug": 2, "color_aug": 0, "id": "x"})
    assert answer.json()["msg"] == {**usual, "placement_aug": 2.0, "color_aug": 0.0} == (await read(client, id_))["augmentation"]
    for body in ({"color_aug": -0.1}, {"color_aug": "much"}, {"placement_aug": 1e9}, {"assembly_id": {"id": "another"}}):
        assert (await client("PUT", f"/assembly/{id_}/augmentation", body)).status == 422
    assert (await client("GET", f"/assembly/{id_}/augmentation")).json()["msg"]["color_aug"] == 0


async def test_what_exists_is_told_from_the_files(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    id_ = await make(client)
    paths = ("training-dataset", "alignment", "video", "video/step-1_good", "video/step-9_good", "video/nonsense")

    async def truth() -> list[str]:
        return [(await client("GET", f"/assembly/{id_}/{path}/exists")).json()["msg"] for path in paths]

    assert await truth() == ["false"] * 6
    recording = await teach(hub, id_)
    assembly = await hub.store.assemblies.get(hub.organisation, id_)
    hub.store.files.write(assembly.video_file, b"webm")
    assert await truth() == ["true", "true", "true", "true", "false", "false"]
    hub.store.files.delete_folder(recording.folder)
    hub.store.files.delete_folder(f"{hub.organisation}/models/{id_}")
    assert await truth() == ["false", "false", "true", "false", "false", "false"]


async def test_the_variables_of_all_serial_number_captures_are_told(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    id_ = await make(client)
    await teach(hub, id_)
    assembly = await hub.store.assemblies.get(hub.organisation, id_)
    captured = StepData(id=1, data_type=StepDataType.OCR_CAPTURE, variables=(OcrCaptureVariable(name="serial"),))
    verified = StepData(id=2, data_type=StepDataType.OCR_VERIFY, variables=(OcrCaptureVariable(name="serial"),))
    steps = (assembly.steps[0].model_copy(update={"step_data": (captured, verified)}),)
    await hub.store.assemblies.save(assembly.model_copy(update={"steps": steps}))
    told = (await client("GET", f"/assembly/{id_}/ocr-capture-variable")).json()["msg"]
    assert [variable["name"] for variable in told] == ["serial"]
    assert (await read(client, id_))["steps"]["steps"][0]["step_data"][0]["data_type"] == "ocr-capture"


async def everything(hub: RunningHub) -> tuple[set[str], set[str]]:
    """All keys of the organisation with what their sets hold, and all files."""
    found = set()
    async for key in hub.store.redis.scan_iter(match=f"takt:{{{hub.organisation}}}:*", count=1000):
        name = key.decode()
        if any(part in name for part in (":applied:", ":allowance", "site-setting")):
            continue
        kind = (await hub.store.redis.type(key)).decode()
        read_all = {"zset": ("ZRANGE", key, 0, -1), "set": ("SMEMBERS", key), "hash": ("HGETALL", key)}
        members = await hub.store.redis.execute_command(*read_all[kind]) if kind in read_all else []
        found |= {name, *(f"{name} {member!r}" for member in members)}
    return found, _files(hub.store.files.root)


def _files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if ".tmp" not in path.parts}


async def test_deleting_takes_all_that_belongs_to_an_assembly_and_nothing_else(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    kept = await make(client)
    await teach(hub, kept)
    hub.store.files.write(f"{hub.organisation}/videos/{kept}/work-instruction.webm", b"webm")
    before = await everything(hub)
    gone = await make(client, parent_id=kept, active=True)
    recording = await teach(hub, gone)
    hub.store.files.write(f"{hub.organisation}/videos/{gone}/work-instruction.webm", b"webm")
    run = TrainingRun(
        organisation=hub.organisation, id="run", assembly_id=gone, state=TrainingState.FINISHED, created_at_ms=1, updated_at_ms=1
    )
    await hub.store.training_runs.add(run)
    answer = await client("DELETE", f"/assembly/{gone}")
    assert (answer.status, answer.json()) == (200, {"status": "ok", "msg": "Gearbox cover is deleted. Revision 1 is active now."})
    after = await everything(hub)
    assert {key for key in after[0] ^ before[0] if "part-number" not in key} == set()
    # The folders of a noun stay where they are, empty or not.
    assert after[1] == before[1]
    assert await hub.store.assemblies.by_part(hub.organisation, Part.STEP, recording.step_id or 0) is None
    assert (await read(client, kept))["active"] is True
    for method, path in (("GET", ""), ("DELETE", ""), ("PUT", "/active"), ("GET", "/augmentation"), ("GET", "/video/exists")):
        assert (await client(method, f"/assembly/{gone}{path}", {} if method == "PUT" else None)).status == 404
    assert (await client("DELETE", f"/assembly/{kept}")).json()["msg"] == "Gearbox cover is deleted."
    assert (await read_revision(client, kept))["active_revision"] == ""


async def test_what_a_crash_left_of_the_files_goes_with_the_next_look(hub: RunningHub) -> None:
    folder = f"{hub.organisation}/recordings/gone/r1"
    hub.store.files.write(f"{folder}/000000.jpg", b"jpeg")
    await hub.store.redis.sadd(keys.doomed_files(hub.organisation), folder)
    await hub.hub.assembly_deletion.bury_all()
    assert (hub.store.files.exists(folder), await hub.store.assembly_removal.doomed(hub.organisation)) == (False, [])


async def test_an_assembly_in_use_is_not_deleted_and_its_finished_records_stay_readable(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    id_ = await make(client)
    await teach(hub, id_)
    await add_station(hub.store, hub.organisation)
    step_id = (await read(client, id_))["steps"]["steps"][0]["id"]
    record = (await client("POST", f"/coach/start/{id_}/{step_id}", {})).json()["msg"]["assembly_record_id"]
    refused = await client("DELETE", f"/assembly/{id_}")
    assert (refused.status, refused.json()["code"]) == (409, "being_coached")
    assert (await client("POST", f"/coach/complete/{id_}", {})).status == 200
    context = TrainingContext(organisation=hub.organisation, assembly_id=id_, recording_id="r")
    context = await hub.store.training_contexts.save(context)
    assert (await client("DELETE", f"/assembly/{id_}")).json()["code"] == "recording_open"
    await hub.store.training_contexts.save(context.model_copy(update={"recording_id": None}))
    run = TrainingRun(
        organisation=hub.organisation, id="run", assembly_id=id_, state=TrainingState.RUNNING, created_at_ms=1, updated_at_ms=1
    )
    run = await hub.store.training_runs.add(run)
    assert (await client("DELETE", f"/assembly/{id_}")).json()["code"] == "training_running"
    await hub.store.training_runs.save(run.model_copy(update={"state": TrainingState.CANCELLED}))
    assert (await client("DELETE", f"/assembly/{id_}")).status == 200
    history = (await client("GET", "/coach/history")).json()["msg"]["assemblies"]
    assert [(each["assembly_id"], each["records"][0]["assembly_record_id"]) for each in history] == [(id_, record)]
    session = await hub.hub.coaching.record(hub.organisation, record)
    assert (session.assembly_name, (await hub.hub.coaching.record_view(session)).message is not None) == ("Gearbox cover", True)


async def test_of_a_deletion_and_a_start_at_the_same_moment_one_happens(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    for number in range(6):
        id_ = await make(client)
        await teach(hub, id_)
        await add_station(hub.store, hub.organisation, f"st{number}")
        step_id = (await read(client, id_))["steps"]["steps"][0]["id"]
        start = client("POST", f"/coach/start/{id_}/{step_id}", {"station_id": f"st{number}"})
        started, deleted = await asyncio.gather(start, client("DELETE", f"/assembly/{id_}"))
        assert (started.status, deleted.status) in ((200, 409), (404, 200)), (started.body, deleted.body)


async def test_of_a_deletion_and_a_training_at_the_same_moment_one_happens(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "CANCEL_S", 0.02)
    client = await hub.as_role(Role.SUPERVISOR)
    for _ in range(5):
        id_ = await make(client)
        await teach(hub, id_)
        trained, deleted = await asyncio.gather(client("POST", f"/model/train/{id_}", {}), client("DELETE", f"/assembly/{id_}"))
        assert (trained.status, deleted.status) in ((200, 409), (404, 200)), (trained.body, deleted.body)
        if trained.status == 200:
            assert (await client("POST", f"/model/train/cancel/{id_}", {})).status == 200
            assert (await client("DELETE", f"/assembly/{id_}")).status == 200
        assert await hub.store.training_runs.of_assembly(hub.organisation, id_) == []


async def test_no_change_is_lost_when_many_come_at_once(hub: RunningHub) -> None:
    client, id_ = await hub.as_role(Role.SUPERVISOR), ID
    made = await asyncio.gather(*(client("PUT", f"/assembly/{id_}", {"notes": f"{n}"}) for n in range(4)))
    assert {answer.status for answer in made} <= {200, 409}
    version = (await hub.store.assemblies.get(hub.organisation, id_)).version
    changes = [client("PUT", f"/assembly/{id_}", {"notes": f"note {n}"}) for n in range(6)]
    changes += [client("PUT", f"/assembly/{id_}/augmentation", {"color_aug": n / 10}) for n in range(4)]
    changes += [client("PUT", f"/assembly/{id_}/last-edited", {}) for _ in range(3)]
    statuses = [answer.status for answer in await asyncio.gather(*changes)]
    assert set(statuses) <= {200, 409}
    assert (await hub.store.assemblies.get(hub.organisation, id_)).version == version + statuses.count(200)
    deletions = await asyncio.gather(*(client("DELETE", f"/assembly/{id_}") for _ in range(3)))
    assert sorted(answer.status for answer in deletions) == [200, 404, 404]


CALLS = [
    ("GET", ""),
    ("PUT", "/active"),
    ("PUT", "/last-edited"),
    ("GET", "/ocr-capture-variable"),
    ("GET", "/training-dataset/exists"),
    ("GET", "/alignment/exists"),
    ("GET", "/video/exists"),
    ("GET", "/video/step-1_good/exists"),
    ("GET", "/augmentation"),
    ("PUT", "/augmentation"),
    ("DELETE", ""),
]


@pytest.mark.parametrize("id_", ["nobody", "a:b", "%20", "x" * 300])
async def test_an_unknown_assembly_is_404(hub: RunningHub, id_: str) -> None:
    client = await hub.as_role(Role.ADMIN)
    for method, path in CALLS:
        answer = await client(method, f"/assembly/{id_}{path}", {} if method == "PUT" else None)
        assert (answer.status, answer.json()["status"]) == (404, "error"), path


async def test_another_organisation_s_assemblies_are_out_of_reach(hub: RunningHub, other_organisation: str) -> None:
    id_ = await make(await hub.as_role(Role.SUPERVISOR))
    before = await read(await hub.as_role(), id_)
    other = await hub.as_role(Role.ADMIN, other_organisation)
    for method, path in CALLS:
        assert (await other(method, f"/assembly/{id_}{path}", {} if method == "PUT" else None)).status == 404, path
    assert (await other("GET", "/assembly")).json()["msg"] == []
    assert (await other("POST", "/assembly", {"parent_id": id_})).status == 422
    same = await other("PUT", f"/assembly/{id_}", {"name": "Theirs", "revision_id": id_})
    assert (same.status, same.json()["msg"]["revision"]) == (200, 1)
    assert await read(await hub.as_role(), id_) == before


async def test_writes_need_a_supervisor_and_reads_a_token(hub: RunningHub) -> None:
    id_ = await make(await hub.as_role(Role.SUPERVISOR))
    operator = await hub.as_role(Role.OPERATOR)
    for method, path in [*CALLS, ("PUT", "")]:
        body = {} if method == "PUT" else None
        assert (await operator(method, f"/assembly/{id_}{path}", body)).status == (200 if method == "GET" else 403), path
        assert (await hub.http(method, f"/assembly/{id_}{path}", body)).status == 401
    for client, status in ((operator, 403), (hub.http, 401)):
        assert (await client("POST", "/assembly", {})).status == status
