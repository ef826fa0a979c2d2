"""Limits are counted by the store's clock; one that is set back locks nobody out."""

import uuid
from typing import Any

from storage import keys
from storage.connection import Store
from storage.repositories.allowances import Allowances, _sha256

LOCK: dict[str, Any] = {"free": 2, "first_s": 30.0, "longest_s": 60.0, "forget_s": 600}


async def ahead_ms(store: Store, hours: int) -> int:
    seconds, _ = await store.redis.time()
    return (int(seconds) + hours * 3600) * 1000


async def test_a_rate_limit_of_a_clock_that_was_set_back_is_forgotten(store: Store) -> None:
    allowances, who = Allowances(store.database), uuid.uuid4().hex
    key = keys.rate_limit(_sha256(f"read\0{who}"))
    assert (await allowances.take("read", who, 2, 60.0))[0]
    assert (await allowances.take("read", who, 2, 60.0))[0]
    assert not (await allowances.take("read", who, 2, 60.0))[0]
    await store.redis.set(key, await ahead_ms(store, 1) * 1000)
    assert await allowances.take("read", who, 2, 60.0) == (True, 1, 0.0)
    assert int(await store.redis.get(key)) < await ahead_ms(store, 1) * 1000


async def test_a_lock_out_of_a_clock_that_was_set_back_ends(store: Store) -> None:
    allowances, account = Allowances(store.database), uuid.uuid4().hex
    assert [await allowances.attempt_login(account, **LOCK) for _ in range(2)] == [0.0, 0.0]
    assert 0 < await allowances.attempt_login(account, **LOCK) <= 60
    await store.redis.hset(keys.login_failures(_sha256(account)), "until", await ahead_ms(store, 1))
    assert await allowances.attempt_login(account, **LOCK) == 0.0
    # It counts on from where it was.
    assert await allowances.attempt_login(account, **LOCK) > 30
