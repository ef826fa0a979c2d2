"""Signing in, staying signed in, and every way to lose it: auth.login, auth.refresh, auth.logout, auth.me, auth.sign_in_code."""

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from storage.entities.user import Role, User
from tests.support.hub import RunningHub

PASSWORD = "correct horse battery"


@pytest.fixture
async def operator(hub: RunningHub) -> User:
    """An account that signs in with PASSWORD."""
    user, _ = await hub.hub.users.add(hub.organisation, f"o@{hub.organisation}.test", "Ola", Role.OPERATOR, PASSWORD)
    return user


async def test_login_gives_a_token_with_the_role_and_a_cookie_that_scripts_cannot_read(hub: RunningHub, operator: User) -> None:
    answer = await hub.http("POST", "/api/v1/auth/login", {"email": operator.email.upper(), "password": PASSWORD})
    said = answer.json()
    assert (answer.status, said["token_type"], said["mfa_required"], said["expires_in"]) == (200, "bearer", False, 900)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    me = (await hub.http.signed(said["access_token"])("GET", "/api/v1/auth/me")).json()
    assert me == {
        "id": operator.id,
        "email": operator.email,
        "full_name": "Ola",
        "organisation": hub.organisation,
        "role": "operator",
        "is_active": True,
    }


async def test_a_wrong_password_and_an_unknown_account_are_told_alike(hub: RunningHub, operator: User) -> None:
    known = await hub.http("POST", "/api/v1/auth/login", {"email": operator.email, "password": "wrong password"})
    unknown = await hub.http("POST", "/api/v1/auth/login", {"email": "nobody@nowhere.test", "password": "wrong password"})
    assert (known.status, known.body) == (unknown.status, unknown.body) == (401, b'{"detail":"E-mail or password is wrong."}')


async def test_an_unknown_account_costs_the_same_hashing(hub: RunningHub, operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    verify = hub.hub.auth.passwords._fits

    def counted(hashed: str, password: str) -> bool:
        verified.append(hashed[:9])
        return verify(hashed, password)

    monkeypatch.setattr(hub.hub.auth.passwords, "_fits", counted)
    for email in (operator.email, "nobody@nowhere.test"):
        await hub.http("POST", "/api/v1/auth/login", {"email": email, "password": "wrong password"})
    assert verified == ["$argon2id", "$argon2id"]


async def test_guessing_side_by_side_locks_the_account_even_for_the_right_password(hub: RunningHub, operator: User) -> None:
    guesses = [hub.http("POST", "/api/v1/auth/login", {"email": operator.email, "password": f"guess {n}"}) for n in range(8)]
    statuses = sorted(answer.status for answer in await asyncio.gather(*guesses))
    assert statuses == [401] * 5 + [429] * 3
    right = await hub.http("POST", "/api/v1/auth/login", {"email": operator.email, "password": PASSWORD})
    assert (right.status, int(right.headers["retry-after"]) >= 1) == (429, True)


async def test_the_lock_out_grows_and_a_good_sign_in_forgets_it(hub: RunningHub, operator: User) -> None:
    attempt = hub.hub.auth._attempts.attempt_login
    waits = []
    for _ in range(3):
        waits.append(await attempt("a", free=1, first_s=0.05, longest_s=10, forget_s=60))
        waits.append(await attempt("a", free=1, first_s=0.05, longest_s=10, forget_s=60))
        await asyncio.sleep(waits[-1] + 0.005)
    locked = waits[1::2]
    assert waits[0::2] == [0, 0, 0]
    assert locked[0] < locked[1] < locked[2] <= 0.2
    assert (await hub.http("POST", "/api/v1/auth/login", {"email": operator.email, "password": "wrong password"})).status == 401
    assert (await hub.http("POST", "/api/v1/auth/login", {"email": operator.email, "password": PASSWORD})).status == 200
    for _ in range(4):
        assert (await hub.http("POST", "/api/v1/auth/login", {"email": operator.email, "password": "wrong password"})).status == 401


async def test_a_refresh_cookie_works_once_and_its_reuse_ends_the_sign_in(hub: RunningHub, operator: User) -> None:
    first = await hub.http("POST", "/api/v1/auth/login", {"email": operator.email, "password": PASSWORD})
    second = await hub.http("POST", "/api/v1/auth/refresh", headers={"Cookie": first.cookie})
    assert second.status == 200
    assert second.cookie != first.cookie
    stolen = await hub.http("POST", "/api/v1/auth/refresh", headers={"Cookie": first.cookie})
    assert stolen.status == 401
    assert (await hub.http("POST", "/api/v1/auth/refresh", headers={"Cookie": second.cookie})).status == 401
    assert (await hub.http.signed(second.json()["access_token"])("GET", "/api/v1/auth/me")).status == 401
    for cookie in ("takt_refresh=x", "takt_refresh=a.b.c", f"takt_refresh={hub.organisation}..", "other=1"):
        assert (await hub.http("POST", "/api/v1/auth/refresh", headers={"Cookie": cookie})).status == 401


async def test_logout_ends_the_token_the_cookie_and_the_sockets_at_once(hub: RunningHub, operator: User) -> None:
    signed_in = await hub.http("POST", "/api/v1/auth/login", {"email": operator.email, "password": PASSWORD})
    token = signed_in.json()["access_token"]
    async with connect(f"{hub.ws_url}/live") as socket:
        await socket.send(token)
        await asyncio.wait_for(socket.recv(), 5)
        assert (await hub.http.signed(token)("POST", "/api/v1/auth/logout")).status == 204
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
    assert (await hub.http.signed(token)("GET", "/api/v1/auth/me")).status == 401
    assert (await hub.http("POST", "/api/v1/auth/refresh", headers={"Cookie": signed_in.cookie})).status == 401


async def test_a_console_token_ends_by_logout_too(hub: RunningHub) -> None:
    client = await hub.as_role(Role.ADMIN)
    assert (await client("GET", "/api/v1/auth/me")).json()["role"] == "admin"
    assert (await client("POST", "/api/v1/auth/logout")).status == 204
    assert (await client("GET", "/api/v1/auth/me")).status == 401


async def test_a_one_time_code_signs_in_once(hub: RunningHub) -> None:
    first = await hub.hub.auth.ensure_first_admin(hub.organisation)
    assert first is not None
    assert await hub.hub.auth.ensure_first_admin(hub.organisation) is None
    code = await hub.hub.auth.make_sign_in_code(hub.organisation)
    answer = await hub.http("POST", "/api/v1/auth/sign-in-code", {"code": code})
    assert answer.status == 200
    me = (await hub.http.signed(answer.json()["access_token"])("GET", "/api/v1/auth/me")).json()
    assert (me["email"], me["role"]) == (first[0], "admin")
    again = await hub.http("POST", "/api/v1/auth/sign-in-code", {"code": code})
    assert (again.status, again.json()["code"]) == (401, "not_authenticated")
    assert (await hub.http("POST", "/api/v1/auth/login", {"email": first[0], "password": first[1]})).status == 200


@pytest.mark.parametrize("token", ["", "x", "takt_ro_nothing", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."])
async def test_a_token_that_is_none_of_ours_opens_nothing(hub: RunningHub, token: str) -> None:
    assert (await hub.http("GET", "/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})).status == 401


async def test_an_expired_token_says_that_it_expired(hub: RunningHub) -> None:
    token, _ = await hub.hub.auth._tokens.issue(hub.organisation, Role.ADMIN, subject=None, sid=None, ttl_s=-1)
    answer = await hub.http.signed(token)("GET", "/api/v1/stations")
    assert (answer.status, answer.json()["code"]) == (401, "token_expired")
