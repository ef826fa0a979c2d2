"""Steps: steps.list, steps.add, steps.get, steps.change, steps.delete, steps.delete_perspective."""

import asyncio
from typing import Any

from hub.services.labels import STEPS_LIMIT
from storage import keys
from storage.entities.recording import RecordingState
from storage.entities.session import SessionState
from storage.entities.step import LabelType, Step
from storage.entities.training_context import LabelPlan, TrainingContext
from storage.entities.user import Role
from storage.errors import StoreError
from tests.support.coaching import add_assembly
from tests.support.hub import RunningHub
from tests.support.steps import being_built, data_with, ids_of, label, recorded, refused_to_all_but, step_of
from tests.support.stored import session

STEP = "/assembly/asm/step"


async def test_steps_are_shown_in_order_with_their_neighbours_and_the_names_of_their_labels(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    viewer = await hub.as_role(Role.VIEWER)
    answer = await viewer("GET", STEP)
    assert (answer.status, answer.headers["x-total-count"], answer.json()["status"]) == (200, "3", "ok")
    first = answer.json()["msg"][0]
    assert first == (await viewer("GET", f"{STEP}/10")).json()["msg"]
    wanted = {"id": "10", "name": "Fit part 1", "benchmark": 20.0, "minimum_predict": 0.6, "assembly_id": {"id": "asm"}, "step_data": []}
    wanted |= {"previous_step_id": "", "next_step_id": "20", "classes": ["step-1_good", "step-1_incorrect_1"], "training_required": False}
    assert {name: first[name] for name in wanted} == wanted


async def test_an_appended_step_is_the_last_and_answers_its_id_alone(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    client = await hub.as_role(Role.SUPERVISOR)
    said: dict[str, Any] = {"name": "Turn", "description": "By hand", "image_link": "/a.jpg", "video_link": "v", "overlay_link": "o"}
    said |= {"minimum_predict": 0.8, "benchmark": 12.5, "roi_zoom": "0,0,0.5,1", "camera_id": "cam"}
    answer = await client("POST", STEP, {**said, "assembly_id": {"id": "asm"}, "something": "else"})
    assert (answer.status, answer.json()) == (200, {"id": 1})
    made = await step_of(client, 1)
    assert {name: made[name] for name in said} == said
    assert (await ids_of(client), made["training_required"]) == (["10", "20", "30", "1"], True)
    assert (await client("POST", STEP)).json() == {"id": 2}


async def test_a_change_changes_what_it_names_and_nothing_else(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    client = await hub.as_role(Role.SUPERVISOR)
    before = await step_of(client, 20)
    said = {"name": "Ü", "perspective_change": True, "mask_perspective": True, "options": {"a": [1]}, "minimum_predict": 0, "benchmark": 0}
    answer = await client("PUT", f"{STEP}/20", {"id": "20", **said, "description": None})
    assert (answer.status, answer.json()) == (200, {"id": 20})
    assert await step_of(client, 20) == before | said
    # What was read may be sent back whole.
    assert (await client("PUT", f"{STEP}/20", await step_of(client, 20))).status == 200
    assert await step_of(client, 20) == before | said


MOVES: list[tuple[dict[str, object], list[str]]] = [
    ({"previous_step_id": ""}, ["30", "10", "20"]),
    ({"next_step_id": "20"}, ["10", "30", "20"]),
    ({"previous_step_id": 10, "next_step_id": 20}, ["10", "30", "20"]),
    ({"previous_step_id": "20", "next_step_id": "10"}, ["30", "10", "20"]),
    ({"previous_step_id": "", "next_step_id": ""}, ["10", "20", "30"]),
]


async def test_a_step_goes_between_its_new_neighbours_and_takes_its_labels_along(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    for number, (said, wanted) in enumerate(MOVES):
        name = f"asm{number}"
        await add_assembly(hub.store, hub.organisation, name, model=None)
        assert (await client("PUT", f"/assembly/{name}/step/30", said)).json() == {"id": 30}
        assert await ids_of(client, name) == wanted
        stored = await hub.store.assemblies.get(hub.organisation, name)
        assert {step.id: [each.id for each in step.labels] for step in stored.steps} == {n: [f"m{n}", f"w{n}"] for n in (10, 20, 30)}


async def test_a_moved_step_and_its_followers_are_to_be_trained_anew(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation, steps=4)
    client = await hub.as_role(Role.SUPERVISOR)
    await client("PUT", f"{STEP}/20", {"previous_step_id": "30"})
    steps = (await client("GET", STEP)).json()["msg"]
    assert {step["id"]: step["training_required"] for step in steps} == {"10": False, "30": True, "20": True, "40": True}
    assert (await client("GET", "/assembly/asm")).json()["msg"]["steps"]["steps"] == steps


WRONG: list[tuple[dict[str, object], str]] = [
    ({"name": 7}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"minimum_predict": 1.1}, "minimum_predict"),
    ({"benchmark": -1}, "benchmark"),
    ({"roi_zoom": "0,0,2,2"}, "roi_zoom"),
    ({"options": {"a": "x" * 20_000}}, "options"),
    ({"next_step_id": "99"}, "next_step_id"),
    ({"previous_step_id": "20"}, "previous_step_id"),
    ({"previous_step_id": "abc"}, "previous_step_id"),
    ({"previous_step_id": "30", "next_step_id": "10"}, "next_step_id"),
    ({"id": "30"}, "id"),
    ({"assembly_id": {"id": "another"}}, "assembly_id"),
    ({"step_data": [{"data_type": "none"}]}, "step_data.0.data_type"),
    ({"step_data": [{"id": "x"}]}, "step_data.0.id"),
    ({"step_data": [{}] * 51}, "step_data"),
]


async def test_a_wrong_value_is_refused_by_name_and_nothing_changes(hub: RunningHub) -> None:
    before = await add_assembly(hub.store, hub.organisation)
    client = await hub.as_role(Role.SUPERVISOR)
    for body, field in WRONG:
        answer = await client("PUT", f"{STEP}/20", {"description": "new", **body})
        assert (answer.status, answer.json()["field"]) == (422, field), answer.body
    assert await hub.store.assemblies.get(hub.organisation, "asm") == before


async def test_a_deleted_step_takes_its_labels_recordings_and_pictures_with_it_and_nothing_else(hub: RunningHub) -> None:
    assembly = await add_assembly(hub.store, hub.organisation)
    kept = []
    for step_id in (10, 20, 30):
        assembly, recording = await recorded(hub, assembly, step_id, label(f"c{step_id}"))
        kept.append(recording)
    gone = kept.pop(1)
    await hub.store.recordings.add(gone.model_copy(update={"id": "old", "state": RecordingState.REVERTED}))
    client = await hub.as_role(Role.SUPERVISOR)
    await data_with(client, 20, "ocr-capture", "serial")
    info = (await client("POST", "/step/20/step-data/1/step-data-info", {"name": "k"})).json()["id"]
    answer = await client("DELETE", f"{STEP}/20")
    assert (answer.status, answer.json()) == (200, {"id": 20})
    assert await ids_of(client) == ["10", "30"]
    assert await hub.store.recordings.of_assembly(hub.organisation, "asm") == kept
    assert [await hub.store.recordings.find(hub.organisation, id_) for id_ in (gone.id, "old")] == [None, None]
    assert [hub.store.files.exists(each.folder) for each in (gone, *kept)] == [False, True, True]
    assert await hub.store.assembly_removal.doomed(hub.organisation) == []
    for path in ("/step/20/step-data", "/step/20/ocr-capture-variable", f"{STEP}/20"):
        assert (await client("GET", path)).status == 404
    for method, path in (("DELETE", f"/step-data-info/{info}"), ("DELETE", f"{STEP}/20"), ("PUT", "/step/20/step-data/1")):
        assert (await client(method, path)).status == 404
    assert (await client("GET", "/ocr-capture-variable/in-use?variable=serial")).json()["msg"]["in_use"] is False


async def test_a_step_whose_variable_is_verified_later_neither_goes_nor_moves_behind(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation, steps=4)
    client = await hub.as_role(Role.SUPERVISOR)
    await data_with(client, 20, "ocr-capture", "serial")
    verifying = await data_with(client, 30, "ocr-verify", "serial")
    before = await hub.store.assemblies.get(hub.organisation, "asm")
    sentence = "Step 2 “Fit part 2” captures serial, which step 3 “Fit part 3” verifies"
    for method, step_id, body in (
        ("DELETE", 20, None),
        ("PUT", 20, {"next_step_id": ""}),
        ("PUT", 30, {"previous_step_id": "", "name": "lost"}),
        ("PUT", 20, {"step_data": []}),
    ):
        answer = await client(method, f"{STEP}/{step_id}", body)
        assert (answer.status, answer.json()["code"]) == (409, "step_depended_on")
        assert answer.json()["msg"].startswith(sentence)
    assert await hub.store.assemblies.get(hub.organisation, "asm") == before
    assert (await client("PUT", f"{STEP}/20", {"previous_step_id": ""})).status == 200
    assert (await client("PUT", f"{STEP}/30", {"next_step_id": ""})).status == 200
    assert (await client("PUT", f"/step/30/step-data/{verifying}", {"ocr_capture_variable_info": []})).status == 200
    assert (await client("DELETE", f"{STEP}/20")).status == 200


async def test_a_unit_that_is_being_built_keeps_its_step_and_does_every_step_once(hub: RunningHub) -> None:
    assembly = await add_assembly(hub.store, hub.organisation, steps=4)
    other = await add_assembly(hub.store, hub.organisation, "other", steps=1, model=None)
    unit = await being_built(hub, assembly, 20)
    await being_built(hub, other, 10, "st2")
    client = await hub.as_role(Role.SUPERVISOR)
    for method, step_id, body in (("DELETE", 20, None), ("PUT", 30, {"previous_step_id": ""}), ("PUT", 20, {"next_step_id": ""})):
        answer = await client(method, f"{STEP}/{step_id}", body)
        assert (answer.status, answer.json()["code"]) == (409, "being_coached")
        assert "station st1" in answer.json()["msg"]
    assert await ids_of(client) == ["10", "20", "30", "40"]
    # What it has behind it, and the order of what it has before it, are none of its business.
    assert (await client("PUT", f"{STEP}/40", {"next_step_id": "30"})).status == 200
    assert (await client("DELETE", f"{STEP}/10")).status == 200
    assert (await client("PUT", f"{STEP}/20", {"name": "New name"})).status == 200
    await hub.store.sessions.commit(unit.model_copy(update={"state": SessionState.CANCELLED, "finished_at_ms": 2}), [], [])
    assert (await client("DELETE", f"{STEP}/20")).status == 200
    assert await ids_of(client) == ["40", "30"]


async def test_whoever_coaches_reads_the_steps_anew(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    client, heard = await hub.as_role(Role.SUPERVISOR), asyncio.Event()
    await hub.hub.live.bus.listen(keys.focus(hub.organisation), lambda _: heard.set())
    await client("PUT", f"{STEP}/20", {"benchmark": 3})
    async with asyncio.timeout(5):
        await heard.wait()


async def test_a_step_whose_label_is_being_recorded_stays_until_it_ends(hub: RunningHub) -> None:
    assembly = await add_assembly(hub.store, hub.organisation)
    plan = LabelPlan(place=2, step_id=20, label=label("c20"))
    context = TrainingContext(organisation=hub.organisation, assembly_id=assembly.id, recording_id="r", plan=plan)
    await hub.store.training_contexts.save(context)
    client = await hub.as_role(Role.SUPERVISOR)
    answer = await client("DELETE", f"{STEP}/20")
    assert (answer.status, answer.json()["code"]) == (409, "recording_open")
    assert (await client("DELETE", f"{STEP}/30")).status == 200


async def test_a_perspective_goes_by_the_step_s_number_with_its_recording(hub: RunningHub) -> None:
    assembly = await add_assembly(hub.store, hub.organisation)
    assembly, good = await recorded(hub, assembly, 20, label("c20"))
    assembly, gone = await recorded(hub, assembly, 20, label("p20", LabelType.PERSPECTIVE, 0))
    client = await hub.as_role(Role.SUPERVISOR)
    await client("PUT", f"{STEP}/20", {"perspective_change": True, "mask_perspective": True})
    assert "step-2_perspective" in (await step_of(client, 20))["classes"]
    answer = await client("DELETE", f"{STEP}/2/perspective")
    assert (answer.status, answer.json()) == (200, {"id": 20})
    shown = await step_of(client, 20)
    assert (shown["perspective_change"], shown["mask_perspective"]) == (False, False)
    assert shown["classes"] == ["step-2_good", "step-2_incorrect_1", "step-2_good_1"]
    assert [hub.store.files.exists(each.folder) for each in (good, gone)] == [True, False]
    for number in ("2", "0", "4", "x", "99999999999999999999"):
        assert (await client("DELETE", f"{STEP}/{number}/perspective")).status == 404


async def test_changes_at_once_are_all_kept_or_refused_and_the_sequence_has_no_gap(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    client = await hub.as_role(Role.SUPERVISOR)
    made = await asyncio.gather(*(client("POST", STEP, {"name": f"n{n}"}) for n in range(8)))
    assert {answer.status for answer in made} <= {200, 409}
    new = [str(answer.json()["id"]) for answer in made if answer.status == 200]
    assert sorted(await ids_of(client)) == sorted(["10", "20", "30", *new])
    ids = await ids_of(client)
    moves = [client("PUT", f"{STEP}/{id_}", {"previous_step_id": ""}) for id_ in ids]
    answers = await asyncio.gather(*moves, client("DELETE", f"{STEP}/20"), client("PUT", f"{STEP}/30", {"name": "kept?"}))
    assert {answer.status for answer in answers} <= {200, 404, 409}
    left = await ids_of(client)
    assert sorted(left) == sorted(id_ for id_ in ids if id_ != "20" or answers[-2].status != 200)
    assert ((await step_of(client, 30))["name"] == "kept?") == (answers[-1].status == 200)


async def test_a_unit_begun_while_its_step_is_deleted_never_stands_at_no_step(hub: RunningHub) -> None:
    for turn in range(6):
        name = f"asm{turn}"
        assembly = await add_assembly(hub.store, hub.organisation, name, steps=2, model=None)
        client = await hub.as_role(Role.SUPERVISOR)

        async def begin(assembly: Any = assembly, station: str = f"st{turn}") -> bool:
            begun = session(hub.organisation, f"rec-{station}", station, assembly_id=assembly.id, step_id=10)
            try:
                await hub.store.sessions.start(begun, [], [], assembly)
            except StoreError:
                return False
            return True

        deleting = client("DELETE", f"/assembly/{name}/step/10")
        began, deleted = await asyncio.gather(begin(), deleting)
        assert began != (deleted.status == 200), (began, deleted.status)


async def test_an_assembly_has_a_most_of_steps_and_of_text(hub: RunningHub) -> None:
    assembly = await add_assembly(hub.store, hub.organisation, steps=1, model=None)
    many = tuple(Step(id=1000 + n) for n in range(STEPS_LIMIT))
    await hub.store.assemblies.save(assembly.model_copy(update={"steps": many}))
    client = await hub.as_role(Role.SUPERVISOR)
    assert (await client("POST", STEP, {})).json()["code"] == "too_many_steps"
    # Bytes, not letters: each of these has three.
    big = [{"options": {"a": "€" * 5_300}} for _ in range(30)]
    for id_ in (1000, 1001):
        assert (await client("PUT", f"{STEP}/{id_}", {"step_data": big})).status == 200
    answer = await client("PUT", f"{STEP}/1002", {"step_data": big})
    assert (answer.status, answer.json()["code"]) == (409, "assembly_full")


async def test_only_who_may_and_only_what_is_one_s_own(hub: RunningHub, other_organisation: str) -> None:
    await add_assembly(hub.store, hub.organisation)
    await add_assembly(hub.store, other_organisation, "theirs")
    client = await hub.as_role(Role.SUPERVISOR)
    for method, end in (("POST", ""), ("PUT", "/20"), ("DELETE", "/20"), ("DELETE", "/2/perspective"), ("GET", ""), ("GET", "/20")):
        await refused_to_all_but(hub, Role.VIEWER if method == "GET" else Role.SUPERVISOR, method, STEP + end)
        for assembly in ("theirs", "none"):
            assert (await client(method, f"/assembly/{assembly}/step{end}")).status == 404
    for step_id in ("99", "0", "-1", "x", "1e1", "%EF%BC%99", "9" * 40):
        for method in ("GET", "PUT", "DELETE"):
            assert (await client(method, f"{STEP}/{step_id}")).status == 404
