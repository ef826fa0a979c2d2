"""Rate limits: counted per caller and operation, shared by hubs, honest about when to come back."""

import asyncio
import time

from hub.operation import Limit
from hub.services.limits import LimitsService
from hub.settings import Settings
from storage.connection import Store
from storage.entities.user import Role
from storage.repositories.allowances import Allowances
from tests.support.hub import RunningHub, run_hub


async def test_two_hubs_share_one_allowance_and_say_when_to_come_back(hub: RunningHub, hub_settings: Settings, store: Store) -> None:
    async with run_hub(hub_settings, store, hub.organisation) as second:
        clients = [await hub.as_role(Role.VIEWER), hub.http.signed(await hub.token(Role.VIEWER))]
        clients[1].url = second.url
        left = []
        for turn in range(6):
            answer = await clients[turn % 2]("GET", "/api/v1/auth/me")
            left.append(int(answer.headers["x-ratelimit-remaining"]))
    # One comes back every 0.1 s meanwhile; without sharing each hub would count three.
    assert left[-1] < left[0] - 2


async def test_over_the_limit_is_429_with_the_time_to_wait(hub: RunningHub) -> None:
    client = await hub.as_role(Role.ADMIN)
    await asyncio.gather(*(client("POST", "/api/v1/api-keys", {"name": ""}) for _ in range(20)))
    me = (await client("GET", "/api/v1/auth/me")).json()
    who = f"{hub.organisation}/token/{me['id']}"
    for _ in range(150):
        await hub.hub.limits.take("api_keys.make", who, Limit(120))
    answer = await client("POST", "/api/v1/api-keys", {"name": ""})
    assert (answer.status, answer.headers["x-ratelimit-remaining"], int(answer.headers["retry-after"]) >= 1) == (429, "0", True)
    assert (await client("GET", "/api/v1/api-keys")).status == 200


async def test_the_allowance_refills_evenly(store: Store, organisation: str) -> None:
    allowances = Allowances(store.database)
    taken = [await allowances.take("op", organisation, 5, 5.0) for _ in range(6)]
    assert [granted for granted, _, _ in taken] == [True] * 5 + [False]
    wait_s = taken[-1][2]
    assert 0 < wait_s <= 1
    await asyncio.sleep(wait_s + 0.005)
    assert [(await allowances.take("op", organisation, 5, 5.0))[0] for _ in range(2)] == [True, False]
    assert await store.redis.pttl(await only_key(store)) <= 6_000


async def only_key(store: Store) -> bytes:
    """The key of an allowance that expires soonest."""
    found = [key async for key in store.redis.scan_iter(match="takt:allowance:*")]
    ages = [(await store.redis.pttl(key), key) for key in found]
    return min(age for age in ages if age[0] > 0)[1]


async def test_a_limit_of_one_process_needs_no_store(store: Store) -> None:
    limits = LimitsService(store)
    await store.redis.aclose()
    began = time.monotonic()
    answers = [await limits.take("op", "me", Limit(3, 3600, shared=False)) for _ in range(4)]
    assert [answer.granted for answer in answers] == [True, True, True, False]
    assert [answer.remaining for answer in answers] == [2, 1, 0, 0]
    assert answers[-1].retry_after_s > 1000
    assert time.monotonic() - began < 1
