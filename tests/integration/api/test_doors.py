"""What holds at every door of REST, found by going through all of them."""

from typing import Any

from hub.operation import Operation, Surface
from storage.entities.user import Role
from tests.support.doors import rest_doors
from tests.support.http import Answer
from tests.support.hub import RunningHub


def is_refusal(answer: Answer, status: int, surface: Surface) -> bool:
    """Whether the answer is an error in the shape of its surface."""
    said: Any = answer.json()
    if surface is Surface.HALTLESS:
        return answer.status == status and set(said) == {"detail"}
    if surface is Surface.VIANA:
        return answer.status == status and set(said) == {"status", "message", "error_code"} and said["status"] is False
    if surface in (Surface.TRACKMYMACHINES, Surface.CERRION):
        return answer.status == status and set(said) == {"error"}
    return answer.status == status and said["status"] == "error" and {"code", "msg"} <= set(said) <= {"status", "code", "msg", "field"}


async def test_without_a_token_every_guarded_door_says_401_before_anything_else(hub: RunningHub) -> None:
    wrong = [
        door.operation.name
        for door in rest_doors(hub)
        if door.operation.role is not None
        and not is_refusal(await hub.http(door.method, door.path, raw=b"{not json"), 401, door.operation.surface)
    ]
    assert wrong == []


async def test_one_rung_too_low_every_door_says_403_before_404_and_before_the_body_is_read(hub: RunningHub) -> None:
    ladder = list(Role)
    asked, wrong = 0, []
    for door in rest_doors(hub):
        if door.operation.role in (None, Role.VIEWER):
            continue
        assert door.operation.role is not None
        client = await hub.as_role(ladder[door.operation.role.rung - 1])
        answer = await client(door.method, door.path, raw=b"{not json")
        asked += 1
        if not is_refusal(answer, 403, door.operation.surface):
            wrong.append((door.operation.name, answer.status))
    assert (wrong, asked > 10) == ([], True)


async def test_every_answer_tells_the_rate_limit_and_carries_safe_headers(hub: RunningHub) -> None:
    client = await hub.as_role(Role.VIEWER)
    for door in rest_doors(hub):
        answer = await client(door.method, door.path)
        assert answer.headers["x-ratelimit-limit"] == str(door.operation.limit.requests), door
        assert int(answer.headers["x-ratelimit-remaining"]) < door.operation.limit.requests, door
        assert answer.headers["x-content-type-options"] == "nosniff", door
        assert "default-src 'none'" in answer.headers["content-security-policy"], door
        assert "'unsafe-eval'" not in answer.headers["content-security-policy"], door


async def test_a_body_over_a_mebibyte_is_refused_at_every_door_that_reads_one(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    wrong = []
    for door in rest_doors(hub):
        if door.operation.body is not None:
            answer = await admin(door.method, door.path, raw=b"[" + b" " * 1024 * 1024 + b"]")
            if not is_refusal(answer, 413, door.operation.surface):
                wrong.append((door.operation.name, answer.status))
    assert wrong == []


async def test_what_is_no_json_object_is_400_at_every_door_that_reads_one(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    for door in rest_doors(hub):
        if door.operation.body is not None:
            for raw in (b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50 + b"1" + b"}" * 50):
                answer = await admin(door.method, door.path, raw=raw)
                assert is_refusal(answer, 400, door.operation.surface), (door.operation.name, raw[:20], answer.body)


async def test_an_unknown_field_is_refused_by_name_on_our_own_operations_alone(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    checked: list[Operation] = []
    for door in rest_doors(hub):
        if door.operation.body is not None and door.operation.surface is Surface.TAKT:
            answer = await admin(door.method, door.path, {"no_such_field": 1})
            assert answer.status == 422, door
            assert answer.json()["field"] == "no_such_field", door
            checked.append(door.operation)
    assert checked
    supercoach = await admin("POST", "/model/revert", {"no_such_field": 1})
    assert supercoach.status == 409


async def test_a_web_page_of_another_origin_may_change_nothing(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    for door in rest_doors(hub):
        if door.method != "GET":
            answer = await admin(door.method, door.path, headers={"Origin": "https://elsewhere.example"})
            assert answer.status == 403, door
    own = await admin("PUT", "/api/v1/stations/bench", {"name": "Bench", "camera": "push"}, headers={"Origin": hub.url})
    assert own.status == 201


async def test_lists_without_a_page_tell_how_many_there_are(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    for number in range(3):
        await admin("PUT", f"/api/v1/stations/bench-{number}", {"name": "Bench", "camera": "push"})
    for path, total in (("/api/v1/stations", 3), ("/api/v1/assemblies", 0), ("/api/v1/auth/users", 0), ("/api/v1/api-keys", 0)):
        answer = await admin("GET", path)
        assert (answer.headers["x-total-count"], len(answer.json())) == (str(total), total), path


async def test_an_address_that_is_none_says_so_without_leaking(hub: RunningHub) -> None:
    answer = await hub.http("GET", "/no/such/address")
    assert (answer.status, answer.json()["code"]) == (404, "not_found")
    answer = await hub.http("DELETE", "/health/live")
    assert (answer.status, answer.json()["code"], "GET" in answer.headers["allow"]) == (405, "method_not_allowed", True)


async def test_a_fault_inside_is_told_without_its_inside(hub: RunningHub) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret of the inside")

    hub.hub.stations.list = broken  # type: ignore[method-assign, assignment]
    answer = await (await hub.as_role(Role.VIEWER))("GET", "/api/v1/stations")
    assert (answer.status, answer.json()["code"], b"secret" in answer.body) == (500, "internal_error", False)
