"""Settings of the organisation: site_settings.release_control, site_settings.set_release_control, site_settings.torque,
site_settings.set_torque."""

import asyncio

from storage.entities.user import Role
from tests.support.coaching import add_station
from tests.support.hub import RunningHub
from tests.support.recipes import make, read, teach


async def test_with_release_control_only_what_is_published_and_approved_is_coached(hub: RunningHub, other_organisation: str) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    id_ = await make(client)
    await teach(hub, id_)
    await add_station(hub.store, hub.organisation)
    step_id = (await read(client, id_))["steps"]["steps"][0]["id"]

    async def start() -> tuple[int, str]:
        answer = await client("POST", f"/coach/start/{id_}/{step_id}", {})
        if answer.status == 200:
            assert (await client("POST", f"/coach/complete/{id_}", {})).status == 200
        return answer.status, answer.json().get("code", "")

    other = await hub.as_role(Role.ADMIN, other_organisation)
    assert (await other("PUT", "/setting/release-control", {"release_control_enabled": True})).status == 200
    assert await start() == (200, "")
    on = await client("PUT", "/setting/release-control", {"release_control_enabled": True})
    assert (on.status, on.json()) == (200, {"status": "ok", "msg": "Release control is on."})
    assert await start() == (409, "not_published")
    await client("PUT", f"/assembly/{id_}", {"published": True})
    assert await start() == (409, "not_approved")
    await client("PUT", f"/assembly/{id_}", {"approver": "Ada"})
    assert await start() == (200, "")
    await client("PUT", f"/assembly/{id_}", {"published": False})
    assert await start() == (409, "not_published")
    await client("PUT", "/setting/release-control", {"release_control_enabled": False})
    assert await start() == (200, "")


async def test_whether_release_control_is_on_is_read_by_everybody_who_signed_in_each_in_their_organisation(
    hub: RunningHub, other_organisation: str
) -> None:
    client, viewer = await hub.as_role(Role.SUPERVISOR), await hub.as_role(Role.VIEWER)
    for on in (True, False, True):
        assert (await client("PUT", "/setting/release-control", {"release_control_enabled": on})).status == 200
        assert (await viewer("GET", "/setting/release-control")).json() == {"status": "ok", "msg": {"release_control_enabled": on}}
    other = await hub.as_role(Role.VIEWER, other_organisation)
    assert (await other("GET", "/setting/release-control")).json()["msg"] == {"release_control_enabled": False}
    assert (await hub.http("GET", "/setting/release-control")).status == 401


async def test_torque_settings_are_kept_as_they_were_sent(hub: RunningHub, other_organisation: str) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    assert (await client("GET", "/setting/torque")).json() == {"status": "ok", "msg": {}}
    for sent in ({"controller": "10.0.0.7", "sets": [{"nm": 2.5, "ok": None}], "id": 1, "model_config": {}}, {"": "x" * 16_000}, {}):
        assert (await client("PUT", "/setting/torque", sent)).status == 200
        assert (await client("GET", "/setting/torque")).json()["msg"] == sent
    await client("PUT", "/setting/torque", {"a": 1})
    for bad, status in (({"a": "x" * 16_400}, 422), ([1], 400), ("x", 400)):
        assert (await client("PUT", "/setting/torque", bad)).status == status
    assert (await client("PUT", "/setting/torque", raw=b'{"a":' * 40 + b"1" + b"}" * 40)).status == 400
    assert (await client("GET", "/setting/torque")).json()["msg"] == {"a": 1}
    other = await hub.as_role(Role.ADMIN, other_organisation)
    assert (await other("GET", "/setting/torque")).json()["msg"] == {}


async def test_of_settings_that_are_made_at_once_one_stands_and_the_others_are_told(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    for _ in range(2):
        answers = await asyncio.gather(*(client("PUT", "/setting/torque", {"n": n}) for n in range(6)))
        statuses = [answer.status for answer in answers]
        assert (set(statuses) <= {200, 409}, 200 in statuses) == (True, True)
        assert statuses[(await client("GET", "/setting/torque")).json()["msg"]["n"]] == 200


async def test_settings_need_a_supervisor_and_a_value(hub: RunningHub) -> None:
    operator, supervisor = await hub.as_role(Role.OPERATOR), await hub.as_role(Role.SUPERVISOR)
    for path in ("release-control", "torque"):
        assert (await operator("PUT", f"/setting/{path}", {"release_control_enabled": True})).status == 403
        assert (await hub.http("PUT", f"/setting/{path}", {})).status == 401
    assert ((await operator("GET", "/setting/torque")).status, (await hub.http("GET", "/setting/torque")).status) == (200, 401)
    for bad in ({}, {"release_control_enabled": None}, {"release_control_enabled": "perhaps"}, {"release_control_enabled": []}):
        answer = await supervisor("PUT", "/setting/release-control", bad)
        assert (answer.status, answer.json()["field"]) == (422, "release_control_enabled")
