"""Operators for tests, and hashing that costs little: real Argon2id with small parameters."""

from typing import Any

import pytest_asyncio
from argon2 import PasswordHasher

from storage.entities.user import Role
from tests.support.http import HttpClient
from tests.support.hub import RunningHub

PASSWORD = "lamp under seven bridges"


@pytest_asyncio.fixture
async def quick_hashes(hub: RunningHub) -> RunningHub:
    """The hub, hashing within a millisecond."""
    hub.hub.auth.passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return hub


async def add_operator(hub: RunningHub, first_name: str = "Ada", last_name: str = "Muster", **fields: object) -> str:
    """A new operator with PASSWORD; their id."""
    body = {"first_name": first_name, "last_name": last_name, "password": PASSWORD, **fields}
    answer = await (await hub.as_role(Role.ADMIN))("POST", "/operator", body)
    assert answer.status == 200, answer.body
    assert answer.json()["status"] == "ok"
    return str(answer.json()["msg"])


async def station_key(hub: RunningHub, role: str = "read-write") -> HttpClient:
    """A client with an API key, as a station has one."""
    _, secret = await hub.hub.api_keys.make(hub.organisation, "bench", role, 30)
    return HttpClient(hub.url, secret)


async def shown_operator(hub: RunningHub, operator_id: str, role: Role = Role.ADMIN) -> dict[str, Any]:
    """What operation 102 tells of an operator."""
    answer = await (await hub.as_role(role))("GET", f"/operator/{operator_id}")
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.json()["msg"]
    return told
