"""Behind a trusted proxy a client is counted by itself and gets a cookie for TLS; without one its word counts nothing."""

from typing import Any

from hub.settings import Settings
from storage.connection import Store
from storage.entities.user import Role
from tests.support.hub import RunningHub, run_hub

# Told by the proxy of two clients, one after the other.
CLIENTS = ("203.0.113.9", "203.0.113.10")
WRONG = "wrong-code-of-somebody"


async def counted_for(hub: RunningHub) -> list[str]:
    """Whose allowances are taken from by a wrong try of each client."""
    counted: list[str] = []
    limits: Any = hub.hub.limits
    take = limits.take

    async def told(operation: str, who: str, limit: Any) -> Any:
        counted.append(who)
        return await take(operation, who, limit)

    limits.take = told
    for client in CLIENTS:
        answer = await hub.http("POST", "/api/v1/auth/sign-in-code", {"code": WRONG}, headers={"X-Forwarded-For": client})
        assert answer.status == 401
    return counted


async def cookie(hub: RunningHub) -> str:
    code = await hub.hub.auth.make_sign_in_code(hub.organisation)
    answer = await hub.http("POST", "/api/v1/auth/sign-in-code", {"code": code}, headers={"X-Forwarded-Proto": "https"})
    return answer.headers["set-cookie"]


async def test_each_client_behind_a_trusted_proxy_has_its_own_allowance_and_a_secure_cookie(
    hub_settings: Settings, store: Store, organisation: str
) -> None:
    settings = hub_settings.model_copy(update={"trusted_proxies": "127.0.0.1"})
    async with run_hub(settings, store, organisation) as hub:
        await hub.hub.users.add(organisation, f"admin@{organisation}.takt", "Admin", Role.ADMIN)
        assert await counted_for(hub) == [f"address/{client}" for client in CLIENTS]
        assert "; Secure" in await cookie(hub)


async def test_nobody_else_is_believed(hub: RunningHub) -> None:
    await hub.hub.users.add(hub.organisation, f"admin@{hub.organisation}.takt", "Admin", Role.ADMIN)
    assert await counted_for(hub) == ["address/127.0.0.1"] * 2
    assert "; Secure" not in await cookie(hub)
