"""Assembly revisions: assembly_revision.list, assembly_revision.add, assembly_revision.get, assembly_revision.put,
assembly_revision.assembly, assembly_revision.set_active, assembly_revision.assemblies, assembly_revision.coachable."""

import asyncio
import random

import pytest

from storage.entities.assembly import Assembly
from storage.entities.assembly_revision import AssemblyRevision
from storage.entities.user import Role
from storage.repositories.assemblies import list_assemblies
from tests.support.http import HttpClient
from tests.support.hub import RunningHub
from tests.support.recipes import make, read, read_revision, teach

ID = "d8dc6895-da23-4f4e-9eec-b508b8f9b3e2"


async def active_of(client: HttpClient, revision_id: str) -> list[str]:
    """The ids of all active assemblies of a revision, which must be one; as the revision and its assemblies tell it."""
    listed = (await client("GET", f"/assembly-revision/{revision_id}/assembly")).json()["msg"]
    active = [assembly["id"]["id"] for assembly in listed if assembly["active"]]
    assert active == [id_ for id_ in [(await read_revision(client, revision_id))["active_revision"]] if id_]
    assert len(active) == min(1, len(listed))
    return active


async def coachable(client: HttpClient) -> list[str]:
    answer = await client("GET", "/coachable-assembly-revision")
    assert (answer.status, answer.headers["x-total-count"]) == (200, str(len(answer.json()["msg"])))
    return [assembly["id"]["id"] for assembly in answer.json()["msg"]]


async def test_a_revision_is_made_changed_and_listed(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    made = await client("POST", "/assembly-revision", {"name": "Contactor Installation"})
    shown = made.json()["msg"]
    empty = {"description": "", "image_link": "", "tenant_id": hub.organisation, "training_complete": False}
    assert shown == {"id": shown["id"], "name": "Contactor Installation", **empty, "active_revision": "", "published": False}
    put = await client("PUT", f"/assembly-revision/{ID}", {"name": "Other", "training_complete": True, "tenant_id": "x", "more": 1})
    other = {"id": ID, "name": "Other", **empty, "active_revision": "", "published": False}
    assert (put.status, put.json()["msg"]) == (200, other)
    again = await client("PUT", f"/assembly-revision/{ID}", {"description": "A new one", "image_link": "/x.png"})
    other |= {"description": "A new one", "image_link": "/x.png"}
    assert again.json()["msg"] == other == await read_revision(client, ID)
    listed = await client("GET", "/assembly-revision")
    assert (listed.json()["msg"], listed.headers["x-total-count"]) == ([shown, other], "2")
    assert (await client("GET", f"/assembly-revision/{ID}/assembly")).json()["msg"] == []


async def test_the_first_assembly_is_active_until_another_is_made_so(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    first = await make(client, active=False)
    second, third = await make(client, parent_id=first), await make(client, parent_id=first, active=True)
    assert await active_of(client, first) == [third]
    for method, path, body, expected in (
        ("PUT", f"/assembly-revision/{first}/active", {"assembly_id": second}, second),
        ("PUT", f"/assembly/{first}/active", None, first),
        ("PUT", f"/assembly/{second}/active", {"active": False}, first),
        ("PUT", f"/assembly/{third}", {"active": True}, third),
        ("PUT", f"/assembly/{third}", {"active": False}, third),
        ("PUT", f"/assembly-revision/{first}", {"active_revision": second, "published": True}, second),
    ):
        answer = await client(method, path, body)
        assert answer.status == 200, answer.body
        assert await active_of(client, first) == [expected], path
    assert (await read(client, second))["published"] is True is (await read_revision(client, first))["published"]
    assert (await read(client, third))["published"] is False
    refused = await client("PUT", f"/assembly/{second}/active", {"active": False})
    assert (refused.status, refused.json()["code"]) == (409, "only_active")


async def test_versions_are_found_by_their_number(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    first = await make(client)
    second = await make(client, parent_id=first)
    for number, id_ in (("1", first), ("2", second), ("02", second)):
        assert (await client("GET", f"/assembly-revision/{first}/assembly/{number}")).json()["msg"] == await read(client, id_)
    for number in ("0", "3", "-1", "x", "1.0", "%D9%A2", "9" * 40):
        assert (await client("GET", f"/assembly-revision/{first}/assembly/{number}")).status == 404, number
    await client("DELETE", f"/assembly/{second}")
    assert (await client("GET", f"/assembly-revision/{first}/assembly/2")).status == 404
    assert (await read(client, await make(client, parent_id=first)))["revision"] == 3


async def test_one_is_active_and_every_number_is_given_once_whoever_writes_at_the_same_time(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    bodies = [{"revision_id": {"id": ID}, "active": n % 3 == 0} for n in range(8)]
    answers = await asyncio.gather(*(client("POST", "/assembly", body) for body in bodies))
    assert {answer.status for answer in answers} == {200}
    assert sorted(answer.json()["msg"]["revision"] for answer in answers) == list(range(1, 9))
    ids = [answer.json()["msg"]["id"]["id"] for answer in answers]
    await active_of(client, ID)
    rng = random.Random(7)
    for _ in range(3):
        calls = [client("PUT", f"/assembly/{id_}/active", {"active": rng.random() < 0.8}) for id_ in rng.sample(ids, 4)]
        calls += [client("PUT", f"/assembly-revision/{ID}/active", {"assembly_id": rng.choice(ids)}) for _ in range(2)]
        calls += [client("DELETE", f"/assembly/{ids.pop(rng.randrange(len(ids)))}")]
        calls += [client("POST", "/assembly", {"revision_id": ID, "active": True})]
        statuses = [answer.status for answer in await asyncio.gather(*calls)]
        assert set(statuses) <= {200, 404, 409, 422}
        assert 200 in statuses
        await active_of(client, ID)


async def test_a_deleted_active_assembly_is_followed_by_the_newest_published_one_or_else_the_newest(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    first = await make(client)
    second, third, fourth = [await make(client, parent_id=first) for _ in range(3)]
    assert (await client("DELETE", f"/assembly/{first}")).json()["msg"].endswith("Revision 4 is active now.")
    assert await active_of(client, first) == [fourth]
    for id_ in (second, third):
        assert (await client("PUT", f"/assembly/{id_}", {"published": True})).status == 200
    fifth = await make(client, revision_id=first)
    await client("DELETE", f"/assembly/{fourth}")
    assert await active_of(client, first) == [third]
    await client("DELETE", f"/assembly/{fifth}")
    assert await active_of(client, first) == [third]


async def test_an_assembly_that_is_deleted_while_it_is_made_active_is_not_active(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    first = await make(client, revision_id=ID)
    second = await make(client, revision_id=ID)
    find = hub.store.assembly_revisions.find

    async def deleting(organisation: str, id_: str) -> AssemblyRevision | None:
        monkeypatch.setattr(hub.store.assembly_revisions, "find", find)
        await hub.hub.assembly_deletion.delete(organisation, second)
        return await find(organisation, id_)

    # Its assembly is read; then it is deleted; then its product is read, which knows of that already.
    monkeypatch.setattr(hub.store.assembly_revisions, "find", deleting)
    answer = await client("PUT", f"/assembly/{second}/active", {"active": True})
    assert (answer.status, answer.json()["code"]) == (409, "conflict")
    assert await active_of(client, ID) == [first]


async def test_what_may_be_built_is_the_active_assembly_or_the_one_published_last(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    await client("POST", "/assembly-revision", {"name": "Empty"})
    untaught = await make(client, published=True, approver="Ada")
    old = await make(client, published=True, approver="Ada")
    draft = await make(client, parent_id=old, active=True)
    assert await coachable(client) == []
    await teach(hub, old)
    assert await coachable(client) == [old]
    await teach(hub, draft)
    assert await coachable(client) == [draft]
    await client("PUT", "/setting/release-control", {"release_control_enabled": True})
    assert await coachable(client) == [old]
    await client("PUT", f"/assembly/{draft}", {"published": True})
    assert await coachable(client) == [old]
    await client("PUT", f"/assembly/{draft}", {"approver": "Ada"})
    assert await coachable(client) == [draft]
    await teach(hub, untaught)
    assert await coachable(client) == [untaught, draft]


async def test_what_cannot_be_is_refused_by_its_field(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    first, stranger = await make(client), await make(client)
    bad: list[tuple[str, object, str]] = [
        (f"/{first}", {"name": ""}, "name"),
        (f"/{first}", {"name": ["x"]}, "name"),
        (f"/{first}", {"image_link": "x" * 2001}, "image_link"),
        (f"/{first}", {"published": "perhaps"}, "published"),
        (f"/{first}", {"active_revision": stranger}, "active_revision"),
        (f"/{ID}", {"active_revision": first}, "active_revision"),
        (f"/{ID}", {"published": True}, "published"),
        ("/a_b", {}, "revision_id"),
        (f"/{first}/active", {}, "assembly_id"),
        (f"/{first}/active", {"assembly_id": stranger}, "assembly_id"),
        (f"/{first}/active", {"assembly_id": "nobody"}, "assembly_id"),
        (f"/{first}/active", {"assembly_id": 7}, "assembly_id"),
    ]
    for path, body, field in bad:
        answer = await client("PUT", f"/assembly-revision{path}", body)
        assert (answer.status, answer.json().get("field")) == (422, field), (path, body)
    assert (await client("POST", "/assembly-revision", {"name": " "})).status == 422
    assert (await client("GET", f"/assembly-revision/{ID}")).status == 404
    nothing = (await client("POST", "/assembly-revision", {})).json()["msg"]["id"]
    assert (await client("PUT", f"/assembly-revision/{nothing}", {"published": True})).json()["code"] == "no_assembly"
    assert await active_of(client, first) == [first]


@pytest.mark.parametrize("known", [True, False])
async def test_another_organisation_s_revision_is_like_none(hub: RunningHub, other_organisation: str, known: bool) -> None:
    id_ = await make(await hub.as_role(Role.SUPERVISOR)) if known else "nobody"
    other = await hub.as_role(Role.ADMIN, other_organisation)
    for method, path in (("GET", ""), ("GET", "/assembly"), ("GET", "/assembly/1"), ("PUT", "/active")):
        answer = await other(method, f"/assembly-revision/{id_}{path}", {"assembly_id": id_} if method == "PUT" else None)
        assert (answer.status, answer.json()["status"]) == (404, "error"), path
    assert (await other("GET", "/assembly-revision")).json()["msg"] == []
    assert await coachable(other) == []


async def test_writes_need_a_supervisor_and_reads_a_token(hub: RunningHub) -> None:
    id_ = await make(await hub.as_role(Role.SUPERVISOR))
    operator = await hub.as_role(Role.OPERATOR)
    for method, path in (("POST", ""), ("PUT", f"/{id_}"), ("PUT", f"/{id_}/active")):
        assert (await operator(method, f"/assembly-revision{path}", {})).status == 403
    for path in ("", f"/{id_}", f"/{id_}/assembly", f"/{id_}/assembly/1"):
        assert (await operator("GET", f"/assembly-revision{path}")).status == 200
        assert (await hub.http("GET", f"/assembly-revision{path}")).status == 401
    assert (await hub.http("GET", "/coachable-assembly-revision")).status == 401


async def test_assemblies_that_were_stored_before_revisions_listed_them_are_listed(hub: RunningHub) -> None:
    client = await hub.as_role(Role.SUPERVISOR)
    fields = {"organisation": hub.organisation, "name": "Old", "revision_id": "old", "updated_at_ms": 1, "augmentation": {}}
    for number in (1, 2):
        old = Assembly.model_validate({**fields, "id": f"old-{number}", "created_at_ms": number, "steps": [{"id": 40 + number}]})
        await hub.store.assemblies.add(old)
    for _ in range(2):
        await list_assemblies(hub.store.database)
        listed = (await client("GET", "/assembly-revision/old/assembly")).json()["msg"]
        assert [(each["id"]["id"], each["revision"]) for each in listed] == [("old-1", 1), ("old-2", 2)]
        assert await active_of(client, "old") == ["old-1"]
    new = await make(client, parent_id="old-1")
    recording = await teach(hub, new)
    assert (recording.step_id or 0) > 42
    assert (await read(client, new))["revision"] == 3
