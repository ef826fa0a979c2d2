"""Step data and their infos: step_data.list, step_data.add, step_data.infos, step_data.add_info, step_data.put, step_data.put_info,
step_data.delete_info."""

import asyncio
from typing import Any

from storage.entities.step import StepAction
from storage.entities.step_data import StepDataType
from storage.entities.user import Role
from tests.support.coaching import add_assembly
from tests.support.http import HttpClient
from tests.support.hub import RunningHub
from tests.support.steps import data_with, refused_to_all_but, step_of

WHOLE: dict[str, Any] = {
    "data_type": "torque",
    "units": "Nm",
    "name": "Cover bolts",
    "tolerance": 0.5,
    "auto_align": True,
    "torque_data": {"program": 3},
    "options": {"shown": False},
}
INFO: dict[str, Any] = {"label": "l", "link": "/x", "value": "12", "type": "text", "name": "bolt", "options": {"a": 1}}


async def data_of(client: HttpClient, step_id: int = 10) -> Any:
    answer = await client("GET", f"/step/{step_id}/step-data")
    assert (answer.status, answer.json()["status"]) == (200, "ok")
    return answer.json()["msg"]["step_data"]


async def infos_of(client: HttpClient, data_id: int, step_id: int = 10) -> Any:
    return (await client("GET", f"/step/{step_id}/step-data/{data_id}/step-data-info")).json()["msg"]


async def test_step_data_are_added_shown_and_part_of_their_step(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    client = await hub.as_role(Role.SUPERVISOR)
    body = {**WHOLE, "id": "900", "step_data_info": [{**INFO, "id": "900"}], "ocr_capture_variable_info": [{"name": " serial "}]}
    answer = await client("POST", "/step/10/step-data", body)
    assert (answer.status, answer.json()) == (200, {"id": 1})
    info = {"id": "1", "step_data_id": "1", **INFO}
    variable = {"name": "serial", "type": "", "value": "", "options": {}}
    shown = {"id": "1", "step_id": "10", **WHOLE, "step_data_info": [info], "ocr_capture_variable_info": [variable]}
    assert await data_of(client) == [shown]
    assert (await step_of(client, 10))["step_data"] == [shown]
    assert await infos_of(client, 1) == [info]
    assert (await client("POST", "/step/10/step-data")).json() == {"id": 2}
    assert [data["data_type"] for data in await data_of(client)] == ["torque", "ml"]


async def test_a_put_adds_under_its_id_and_then_changes_only_what_it_names(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    client = await hub.as_role(Role.SUPERVISOR)
    body = {"step_id": 10, "id": 77, **WHOLE, "step_data_info": [{"id": "5", "name": "kept"}, {"name": "new"}]}
    assert (await client("PUT", "/step/10/step-data/77", body)).json() == {"id": 77}
    (before,) = await data_of(client)
    assert [info["id"] for info in before["step_data_info"]] == ["5", "1"]
    assert (await client("PUT", "/step/10/step-data/77", {"name": "Bolts", "units": None})).json() == {"id": 77}
    assert await data_of(client) == [before | {"name": "Bolts"}]
    changed = {"step_data_info": [{"id": 5, "value": "v"}]}
    assert (await client("PUT", "/step/10/step-data/77", changed)).status == 200
    assert [(info["id"], info["name"], info["value"]) for info in await infos_of(client, 77)] == [("5", "kept", "v")]


async def test_infos_are_added_changed_put_under_an_id_and_deleted_one_by_one(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    client = await hub.as_role(Role.SUPERVISOR)
    data_id = await data_with(client, 10, "qa")
    path = f"/step/10/step-data/{data_id}/step-data-info"
    assert (await client("POST", path, {**INFO, "step_data_id": str(data_id)})).json() == {"id": 1}
    assert (await client("PUT", "/step-data-info/1", {"value": "13", "id": "1"})).json() == {"id": 1}
    assert (await client("PUT", "/step-data-info/50", {"step_data_id": data_id, "name": "own id"})).json() == {"id": 50}
    first, second = await infos_of(client, data_id)
    assert first == {"id": "1", "step_data_id": str(data_id), **INFO, "value": "13"}
    assert (second["id"], second["name"], second["value"]) == ("50", "own id", "")
    gone = await client("DELETE", "/step-data-info/1")
    assert (gone.status, gone.json()["status"], type(gone.json()["msg"])) == (200, "ok", str)
    assert await infos_of(client, data_id) == [second]
    assert (await client("DELETE", "/step-data-info/1")).status == 404
    missing = await client("PUT", "/step-data-info/1", {"name": "x"})
    assert (missing.status, missing.json()["field"]) == (422, "step_data_id")


async def test_an_id_is_one_part_s_in_the_whole_organisation(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    other = await add_assembly(hub.store, hub.organisation, "other", steps=0)
    client = await hub.as_role(Role.SUPERVISOR)
    elsewhere = int((await client("POST", f"/assembly/{other.id}/step")).json()["id"])
    first, second = await data_with(client, 10, "qa"), await data_with(client, elsewhere, "qa")
    await client("PUT", "/step-data-info/60", {"step_data_id": second})
    for path, body in (
        (f"/step/20/step-data/{first}", {}),
        (f"/step/10/step-data/{second}", {}),
        ("/step/10/step-data/500", {"step_data_info": [{"id": "60"}]}),
        ("/step/10/step-data/500", {"step_data_info": [{"id": "61"}, {"id": "61"}]}),
        ("/step-data-info/60", {"step_data_id": str(first)}),
        ("/assembly/asm/step/10", {"step_data": [{"id": second}]}),
    ):
        answer = await client("PUT", path, body)
        assert (answer.status, answer.json()["code"]) == (409, "id_taken"), path
    assert [data["id"] for data in await data_of(client)] == [str(first)]
    # An id that a caller chose is never given by the hub.
    assert (await client("PUT", "/step/10/step-data/3", {})).status == 200
    assert await data_with(client, 10, "qa") == 4


async def test_a_step_without_a_picture_to_look_for_needs_no_camera(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation, steps=1)
    client = await hub.as_role(Role.SUPERVISOR)
    made = int((await client("POST", "/assembly/asm/step")).json()["id"])
    assert (await step_of(client, made))["training_required"] is True
    data_id = await data_with(client, made, "qa")
    stored = await hub.store.assemblies.get(hub.organisation, "asm")
    assert [step.action for step in stored.steps] == [StepAction.ML, StepAction.QA]
    assert (await step_of(client, made))["training_required"] is False
    assert (await client("PUT", f"/step/{made}/step-data/{data_id}", {"data_type": "ml"})).status == 200
    assert (await step_of(client, made))["training_required"] is True


async def test_a_wrong_value_is_refused_by_name_and_nothing_changes(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    client = await hub.as_role(Role.SUPERVISOR)
    data_id = await data_with(client, 10, "qa")
    before = await hub.store.assemblies.get(hub.organisation, "asm")
    wrong: list[tuple[dict[str, object], str]] = [
        ({"data_type": "laser"}, "data_type"),
        ({"tolerance": -1}, "tolerance"),
        ({"auto_align": "perhaps"}, "auto_align"),
        ({"torque_data": []}, "torque_data"),
        ({"options": {"a": "x" * 20_000}}, "options"),
        ({"step_data_info": [{}] * 101}, "step_data_info"),
        ({"step_data_info": [{"id": "x"}]}, "step_data_info"),
        ({"step_data_info": [{"id": [1]}]}, "step_data_info.0.id"),
        ({"step_data_info": [{"id": True}]}, "step_data_info.0.id"),
        ({"step_data_info": [{"value": 1}]}, "step_data_info.0.value"),
        ({"ocr_capture_variable_info": [{"name": " "}]}, "ocr_capture_variable_info.0.name"),
        ({"ocr_capture_variable_info": [{"name": "a\nb"}]}, "ocr_capture_variable_info.0.name"),
        ({"ocr_capture_variable_info": [{"name": "a"}, {"name": "a "}]}, "ocr_capture_variable_info"),
        ({"step_id": "11"}, "step_id"),
    ]
    for method, path in (("POST", "/step/10/step-data"), ("PUT", f"/step/10/step-data/{data_id}")):
        for body, field in wrong:
            answer = await client(method, path, {"name": "new", **body})
            assert (answer.status, answer.json()["field"]) == (422, field), (method, body)
    for name, value in (("step_data_id", "x"), ("step_data_id", "999"), ("name", ["n"]), ("value", "x" * 4001)):
        answer = await client("POST", f"/step/10/step-data/{data_id}/step-data-info", {name: value})
        assert (answer.status, answer.json()["field"]) == (422, name)
    assert (await client("PUT", "/step-data-info/1", {"id": "9"})).json()["field"] == "id"
    raw = await client("PUT", f"/step/10/step-data/{data_id}", raw=b"{", headers={"Content-Type": "application/json"})
    assert raw.status == 400
    assert await hub.store.assemblies.get(hub.organisation, "asm") == before


async def test_writes_at_once_are_each_kept_or_refused(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    client = await hub.as_role(Role.SUPERVISOR)
    data_id = await data_with(client, 10, "qa")
    adding = [client("POST", f"/step/10/step-data/{data_id}/step-data-info", {"name": f"n{n}"}) for n in range(6)]
    adding += [client("PUT", "/step/20/step-data/70", {"name": f"d{n}"}) for n in range(3)]
    adding += [client("PUT", "/step/30/step-data/70", {"name": f"e{n}"}) for n in range(3)]
    answers = await asyncio.gather(*adding)
    assert {answer.status for answer in answers} <= {200, 409}
    kept = {str(answer.json()["id"]) for answer in answers[:6] if answer.status == 200}
    assert {info["id"] for info in await infos_of(client, data_id)} == kept
    homes = [step_id for step_id in (20, 30) if await data_of(client, step_id)]
    assert len(homes) == 1
    assert [data.data_type for data in (await hub.store.assemblies.get(hub.organisation, "asm")).steps[0].step_data] == [StepDataType.QA]


async def test_only_who_may_and_only_what_is_one_s_own(hub: RunningHub, other_organisation: str) -> None:
    await add_assembly(hub.store, hub.organisation)
    await add_assembly(hub.store, other_organisation, "theirs", steps=4)
    theirs = await hub.as_role(Role.SUPERVISOR, other_organisation)
    data_id = await data_with(theirs, 40, "qa")
    assert (await theirs("PUT", "/step-data-info/8", {"step_data_id": data_id, "name": "theirs"})).status == 200
    client = await hub.as_role(Role.SUPERVISOR)
    doors: list[tuple[str, str, object]] = [
        ("GET", "/step/40/step-data", None),
        ("POST", "/step/40/step-data", {}),
        ("PUT", f"/step/40/step-data/{data_id}", {}),
        ("GET", f"/step/40/step-data/{data_id}/step-data-info", None),
        ("POST", f"/step/40/step-data/{data_id}/step-data-info", {}),
        ("PUT", "/step-data-info/8", {"step_data_id": str(data_id)}),
        ("DELETE", "/step-data-info/8", None),
        ("PUT", "/step-data-info/x", {"step_data_id": str(data_id)}),
        ("PUT", "/step/10/step-data/x", {}),
        ("GET", "/step/10/step-data/1/step-data-info", None),
    ]
    for method, path, body in doors:
        assert (await client(method, path, body)).status == 404, path
        await refused_to_all_but(hub, Role.VIEWER if method == "GET" else Role.SUPERVISOR, method, path, body)
    assert [info["name"] for info in await infos_of(theirs, data_id, 40)] == ["theirs"]
