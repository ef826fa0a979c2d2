"""OCR capture variables: ocr_variables.of_step, ocr_variables.delete_of_step, ocr_variables.in_use, ocr_variables.remove,
ocr_variables.rename."""

import asyncio

import pytest

from hub.services import ocr_variables
from storage.entities.session import CapturedVariable, StepResult, StepStatus
from storage.entities.user import Role
from storage.errors import StoreError
from tests.support.coaching import add_assembly
from tests.support.http import HttpClient
from tests.support.hub import RunningHub
from tests.support.steps import being_built, data_with, refused_to_all_but
from tests.support.stored import AT_MS

PATH = "/ocr-capture-variable"


async def three_assemblies(hub: RunningHub) -> HttpClient:
    """Each with two steps, the first capturing serial and the second verifying it: steps 1 to 6."""
    client = await hub.as_role(Role.SUPERVISOR)
    for name in ("a", "b", "c"):
        await client("POST", f"/model/new/{name}", {"name": f"Cover {name}"})
        steps = [int((await client("POST", f"/assembly/{name}/step", {"name": f"{name}{n}"})).json()["id"]) for n in (1, 2)]
        await data_with(client, steps[0], "ocr-capture", "serial", "lot")
        await data_with(client, steps[1], "ocr-verify", "serial")
    return client


async def users(client: HttpClient, name: str) -> list[str]:
    answer = await client("GET", f"{PATH}/in-use", query={"variable": name})
    assert (answer.status, answer.json()["status"]) == (200, "ok")
    told = answer.json()["msg"]
    assert told["in_use"] == bool(told["assemblies"])
    return [assembly["id"] for assembly in told["assemblies"]]


async def names_of(client: HttpClient, assembly: str) -> list[list[str]]:
    steps = (await client("GET", f"/assembly/{assembly}/step")).json()["msg"]
    return [[v["name"] for data in step["step_data"] for v in data["ocr_capture_variable_info"]] for step in steps]


async def test_a_step_shows_what_it_captures_and_loses_it_when_nothing_verifies_it(hub: RunningHub) -> None:
    client = await three_assemblies(hub)
    shown = await client("GET", "/step/1/ocr-capture-variable")
    assert (shown.status, shown.headers["x-total-count"]) == (200, "2")
    assert shown.json()["msg"][0] == {"name": "serial", "type": "", "value": "", "options": {}}
    assert (await client("GET", "/step/2/ocr-capture-variable")).json() == {"status": "ok", "msg": []}
    refused = await client("DELETE", "/step/1/ocr-capture-variable")
    assert (refused.status, refused.json()["code"]) == (409, "step_depended_on")
    assert "step 2 “a2” verifies" in refused.json()["msg"]
    assert await names_of(client, "a") == [["serial", "lot"], ["serial"]]
    assert (await client("DELETE", "/assembly/a/step/2")).status == 200
    gone = await client("DELETE", "/step/1/ocr-capture-variable")
    assert (gone.status, gone.json()["status"], type(gone.json()["msg"])) == (200, "ok", str)
    assert await names_of(client, "a") == [[]]
    assert [data["data_type"] for data in (await client("GET", "/step/1/step-data")).json()["msg"]["step_data"]] == ["ocr-capture"]


async def test_the_use_of_a_variable_is_told_with_the_steps_that_name_it(hub: RunningHub) -> None:
    client = await three_assemblies(hub)
    told = (await client("GET", f"{PATH}/in-use?variable=serial")).json()["msg"]
    steps = [{"id": "1", "number": 1, "name": "a1"}, {"id": "2", "number": 2, "name": "a2"}]
    assert (told["variable"], told["in_use"]) == ("serial", True)
    assert told["assemblies"][0] == {"id": "a", "name": "Cover a", "steps": steps}
    assert (await users(client, "serial"), await users(client, "never seen")) == (["a", "b", "c"], [])
    await client("PUT", "/step/1/step-data/1", {"ocr_capture_variable_info": [{"name": "serial", "type": "barcode"}]})
    assert (await users(client, "barcode"), await users(client, "lot")) == (["a"], ["b", "c"])
    assert (await client("GET", f"{PATH}/in-use")).json()["field"] == "variable"


async def test_a_rename_changes_every_use_in_every_assembly(hub: RunningHub) -> None:
    client = await three_assemblies(hub)
    answer = await client("PUT", PATH, {"current_name": "serial", "new_name": " serial number "})
    named = [{"id": name, "name": f"Cover {name}"} for name in ("a", "b", "c")]
    assert answer.json() == {"status": "ok", "msg": {"current_name": "serial", "new_name": "serial number", "assemblies": named}}
    for name in ("a", "b", "c"):
        assert await names_of(client, name) == [["serial number", "lot"], ["serial number"]]
    assert (await users(client, "serial"), await users(client, "serial number")) == ([], ["a", "b", "c"])
    # It still is what the verifying step depends on, and the old name is free.
    assert (await client("DELETE", "/assembly/a/step/1")).json()["code"] == "step_depended_on"
    assert (await client("PUT", PATH, {"current_name": "serial", "new_name": "x"})).status == 404
    assert (await client("PUT", PATH, {"current_name": "lot", "new_name": "serial"})).status == 200


async def test_a_rename_that_cannot_be_changes_nothing(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await three_assemblies(hub)
    before = await hub.store.assemblies.list(hub.organisation)
    refused: list[tuple[object, object, int, str]] = [
        ("serial", "lot", 409, "variable_exists"),
        ("serial", "serial", 422, "invalid"),
        ("nobody's", "x", 404, "not_found"),
        ("serial", " ", 422, "invalid"),
        ("serial", "x" * 101, 422, "invalid"),
        ("serial", "a\u202eb", 422, "invalid"),
        ("serial", 7, 422, "invalid"),
        (None, "x", 422, "invalid"),
    ]
    for old, new, status, code in refused:
        answer = await client("PUT", PATH, {"current_name": old, "new_name": new})
        assert (answer.status, answer.json()["code"]) == (status, code), (old, new)
    monkeypatch.setattr(ocr_variables, "RENAMED_AT_ONCE", 2)
    assert (await client("PUT", PATH, {"current_name": "serial", "new_name": "x"})).status == 409
    assert await hub.store.assemblies.list(hub.organisation) == before


async def test_a_rename_is_all_or_nothing_when_an_assembly_or_its_users_change_in_between(hub: RunningHub) -> None:
    await three_assemblies(hub)
    store, organisation = hub.store, hub.organisation
    read = await store.step_changes.many(organisation, ["a", "b", "c"])
    await store.assemblies.save(read[1].model_copy(update={"name": "saved since"}))
    before = await store.assemblies.list(organisation)
    for renamed in (read, (await store.step_changes.many(organisation, ["a", "b"]))):
        with pytest.raises(StoreError):
            await store.step_changes.rename_variable(organisation, "serial", "new", renamed, [])
    assert await store.assemblies.list(organisation) == before
    assert await store.ocr_variables.find(organisation, "new") is None


async def test_a_unit_that_has_captured_a_variable_keeps_its_name_until_it_is_done(hub: RunningHub) -> None:
    client = await three_assemblies(hub)
    assembly = await hub.store.assemblies.get(hub.organisation, "b")
    captured = (CapturedVariable(name="serial", text="A1"),)
    result = StepResult(step_id=3, status=StepStatus.COMPLETE, started_at_ms=AT_MS, finished_at_ms=AT_MS, captured_variables=captured)
    await being_built(hub, assembly, 4, results=(result,))
    answer = await client("PUT", PATH, {"current_name": "serial", "new_name": "x"})
    assert (answer.status, answer.json()["code"]) == (409, "being_coached")
    assert await users(client, "serial") == ["a", "b", "c"]
    assert (await client("PUT", PATH, {"current_name": "lot", "new_name": "batch"})).status == 200


async def test_a_variable_is_removed_from_the_settings_once_nothing_uses_it(hub: RunningHub) -> None:
    client = await three_assemblies(hub)
    refused = await client("DELETE", f"{PATH}?variable=lot")
    assert (refused.status, refused.json()["code"]) == (409, "variable_in_use")
    assert "“Cover a”, “Cover b”, “Cover c”" in refused.json()["msg"]
    for name in ("a", "b", "c"):
        for step_id in [step["id"] for step in (await client("GET", f"/assembly/{name}/step")).json()["msg"]][::-1]:
            assert (await client("DELETE", f"/assembly/{name}/step/{step_id}")).status == 200
    assert await users(client, "lot") == []
    gone = await client("DELETE", f"{PATH}?variable=lot")
    assert (gone.status, gone.json()) == (200, {"status": "ok", "msg": {"variable": "lot"}})
    assert (await client("DELETE", f"{PATH}?variable=lot")).status == 404
    assert (await client("DELETE", f"{PATH}?variable=%20")).json()["field"] == "variable"
    # What nothing uses is renamed as well; a name that was removed is free.
    assert (await client("PUT", PATH, {"current_name": "serial", "new_name": "lot"})).json()["msg"]["assemblies"] == []


async def test_renames_and_writes_at_once_leave_one_name_everywhere(hub: RunningHub) -> None:
    client = await three_assemblies(hub)
    writes = [client("PUT", PATH, {"current_name": "serial", "new_name": f"n{n}"}) for n in range(4)]
    writes += [client("PUT", "/assembly/b/step/3", {"name": f"w{n}"}) for n in range(4)]
    answers = await asyncio.gather(*writes)
    assert {answer.status for answer in answers} <= {200, 404, 409}
    won = [f"n{n}" for n in range(4) if answers[n].status == 200]
    assert len(won) <= 1
    name = won[0] if won else "serial"
    for assembly in ("a", "b", "c"):
        assert await names_of(client, assembly) == [[name, "lot"], [name]]
    assert await users(client, name) == ["a", "b", "c"]


async def test_only_who_may_and_only_what_is_one_s_own(hub: RunningHub, other_organisation: str) -> None:
    client = await three_assemblies(hub)
    await add_assembly(hub.store, other_organisation)
    theirs = await hub.as_role(Role.SUPERVISOR, other_organisation)
    assert await users(theirs, "serial") == []
    doors: list[tuple[str, str, object]] = [
        ("PUT", PATH, {"current_name": "serial", "new_name": "x"}),
        ("DELETE", f"{PATH}?variable=serial", None),
        ("GET", "/step/1/ocr-capture-variable", None),
        ("DELETE", "/step/1/ocr-capture-variable", None),
    ]
    for method, path, body in doors:
        assert (await theirs(method, path, body)).status == 404
        await refused_to_all_but(hub, Role.VIEWER if method == "GET" else Role.SUPERVISOR, method, path, body)
    assert (await hub.http("GET", f"{PATH}/in-use?variable=serial")).status == 401
    assert await users(client, "serial") == ["a", "b", "c"]
