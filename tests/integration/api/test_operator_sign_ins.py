"""How operators sign in and how that ends: operators.authenticate, operators.verify_rfid, operators.check_password,
operators.hash_password."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from storage.entities.user import Role
from tests.support.http import Answer, HttpClient
from tests.support.hub import RunningHub
from tests.support.operators import PASSWORD, add_operator, station_key
from tests.support.operators import quick_hashes as quick_hashes

ADA = {"first_name": "Ada", "last_name": "Muster", "password": PASSWORD}


@pytest_asyncio.fixture(autouse=True)
async def hashing(quick_hashes: RunningHub) -> AsyncIterator[None]:
    """Every test here hashes cheaply."""
    yield


async def sign_in(station: HttpClient, **fields: object) -> Answer:
    return await station("POST", "/operator/authenticate", {**ADA, **fields})


async def signed_in(station: HttpClient, **fields: object) -> HttpClient:
    answer = await sign_in(station, **fields)
    assert answer.status == 200, answer.body
    return station.signed(answer.json()["msg"])


async def tap(station: HttpClient, rfid: object) -> Answer:
    return await station("POST", "/operator/rfid/verify", {"rfid": rfid})


async def me(client: HttpClient) -> Answer:
    return await client("GET", "/api/v1/auth/me")


async def test_name_and_password_give_a_token_with_the_operator_s_role(hub: RunningHub) -> None:
    id_, station = await add_operator(hub, role="supervisor"), await station_key(hub)
    client = await signed_in(station, first_name="ADA")
    assert (await me(client)).json() == {
        "id": id_,
        "email": "",
        "full_name": "Ada Muster",
        "organisation": hub.organisation,
        "role": "supervisor",
        "is_active": True,
    }
    assert (await client("PUT", "/api/v1/stations/bench", {"name": "Bench", "camera": "push"})).status == 201
    assert (await client("PUT", "/operator/role", {"id": id_, "role": "admin"})).status == 403


async def test_a_badge_gives_the_operator_with_a_token_but_never_an_administrator_s(hub: RunningHub) -> None:
    id_, station = await add_operator(hub, rfid="04A1B2", role="admin"), await station_key(hub)
    answer = await tap(station, " 04a1b2\n")
    told = answer.json()["msg"]
    assert (answer.status, told["id"], told["first_name"], "rfid" in told, b"argon2" in answer.body) == (200, id_, "Ada", False, False)
    assert (await me(station.signed(told["token"]))).json()["role"] == "supervisor"
    assert (await me(await signed_in(station))).json()["role"] == "admin"
    assert (await tap(await hub.as_role(Role.ADMIN), "04A1B2")).json()["msg"]["rfid"] == "04A1B2"


async def test_what_does_not_sign_in_is_told_alike_and_costs_the_same_hashing(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    station, admin = await station_key(hub), await hub.as_role(Role.ADMIN)
    await add_operator(hub, rfid="04")
    await add_operator(hub, "Ben", rfid="05", active=False)
    await add_operator(hub, "Cleo", password=None)
    verified: list[str] = []
    verify = hub.hub.auth.passwords._fits

    def counted(hashed: str, password: str) -> bool:
        verified.append(hashed[:9])
        return verify(hashed, password)

    monkeypatch.setattr(hub.hub.auth.passwords, "_fits", counted)
    wrong = [
        {"password": "wrong"},
        {"first_name": "Nobody"},
        {"first_name": "Ben"},
        {"first_name": "Cleo"},
        {"first_name": "Cleo", "password": ""},
    ]
    answers = [await sign_in(station, **fields) for fields in wrong]
    assert {(answer.status, answer.body) for answer in answers} == {
        (401, b'{"status":"error","code":"wrong_credentials","msg":"Name or password is wrong."}')
    }
    assert verified == ["$argon2id"] * len(wrong)
    badges = [await tap(station, rfid) for rfid in ("06", "05", "", "x" * 1000)]
    assert {(answer.status, answer.body) for answer in badges} == {
        (401, b'{"status":"error","code":"wrong_credentials","msg":"No active operator has this badge."}')
    }
    assert (await admin("PUT", "/operator/active", {"id": "2", "active": True})).status == 200
    assert (await sign_in(station, first_name="Ben")).status == 200


async def test_guessing_side_by_side_locks_one_operator_and_nobody_else(hub: RunningHub, other_organisation: str) -> None:
    station = await station_key(hub)
    await add_operator(hub)
    await add_operator(hub, "Ben")
    for _ in range(4):
        assert (await sign_in(station, password="guess")).status == 401
    assert (await sign_in(station)).status == 200
    answers = await asyncio.gather(*(sign_in(station, first_name=name, password="guess") for name in ("Ada", "ADA", " ada ", "aDa") * 2))
    assert sorted(answer.status for answer in answers) == [401] * 5 + [429] * 3
    right = await sign_in(station)
    assert (right.status, int(right.headers["retry-after"]) >= 1, right.json()["code"]) == (429, True, "too_many")
    assert (await sign_in(station, first_name="Ben")).status == 200
    elsewhere = await hub.as_role(Role.OPERATOR, other_organisation)
    assert (await sign_in(elsewhere)).status == 401


async def test_many_unknown_badges_lock_out_the_caller_alone(hub: RunningHub) -> None:
    station, another = await station_key(hub), await station_key(hub)
    await add_operator(hub, rfid="04")
    for n in range(20):
        assert (await tap(station, f"guess {n}")).status == 401
    assert (await tap(station, "04")).status == 429
    assert (await tap(another, "04")).status == 200


@pytest.mark.parametrize(
    "change", [("active", {"active": False}), ("password", {"password": "another lamp, seven rivers"}), ("rfid", {"rfid": "05"})]
)
async def test_tokens_and_sockets_end_at_once_with(hub: RunningHub, change: tuple[str, dict[str, object]]) -> None:
    id_, station, admin = await add_operator(hub, rfid="04"), await station_key(hub), await hub.as_role(Role.ADMIN)
    await add_operator(hub, "Ben", rfid="06")
    by_badge = station.signed((await tap(station, "04")).json()["msg"]["token"])
    client, other = await signed_in(station), await signed_in(station, first_name="Ben")
    async with connect(f"{hub.ws_url}/live") as socket, connect(f"{hub.ws_url}/live") as others:
        for open_, who in ((socket, client), (others, other)):
            await open_.send(who.token or "")
            await asyncio.wait_for(open_.recv(), 5)
        path, fields = change
        assert (await admin("PUT", f"/operator/{path}", {"id": id_, **fields})).status == 200
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 5)
        await others.ping()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
    assert [(await me(who)).status for who in (client, by_badge, other)] == [401, 401, 200]
    assert (await admin("PUT", "/operator/active", {"id": id_, "active": True})).status == 200
    assert (await me(client)).status == 401


async def test_a_new_role_holds_for_the_token_that_is_there_and_a_log_out_ends_it_alone(hub: RunningHub) -> None:
    id_, station, admin = await add_operator(hub), await station_key(hub), await hub.as_role(Role.ADMIN)
    first, second = await signed_in(station), await signed_in(station)
    assert (await admin("PUT", "/operator/role", {"id": id_, "role": "supervisor"})).status == 200
    assert (await me(first)).json()["role"] == "supervisor"
    assert (await first("POST", "/api/v1/auth/logout")).status == 204
    assert [(await me(client)).status for client in (first, second)] == [401, 200]


async def test_an_operator_s_token_is_never_refreshed(hub: RunningHub) -> None:
    station = await station_key(hub)
    await add_operator(hub)
    client = await signed_in(station)
    sid = (await hub.hub.auth.verify_token(client.token or "")).sid
    for secret in ("", "x"):
        cookie = {"Cookie": f"takt_refresh={hub.organisation}.{sid}.{secret}"}
        assert (await hub.http("POST", "/api/v1/auth/refresh", headers=cookie)).status == 401
    assert (await me(client)).status == 200


async def test_a_sign_in_sees_no_more_networks_than_its_station(hub: RunningHub) -> None:
    await add_operator(hub)
    _, secret = await hub.hub.api_keys.make(hub.organisation, "bench", "read-write", 30, (3,))
    client = await signed_in(HttpClient(hub.url, secret))
    assert (await hub.hub.auth.verify_token(client.token or "")).network_ids == (3,)


async def test_signing_in_needs_a_station_s_key_and_hashing_an_administrator(hub: RunningHub) -> None:
    await add_operator(hub, rfid="04")
    for client, status in ((await station_key(hub, "read-only"), 403), (hub.http, 401)):
        assert (await sign_in(client)).status == status
        assert (await tap(client, "04")).status == status
    station = await station_key(hub)
    for path in ("validate", "hash"):
        assert (await station("POST", f"/operator/password/{path}", {"password": PASSWORD})).status == 403
    for path, field in (("authenticate", "first_name"), ("rfid/verify", "rfid")):
        answer = await station("POST", f"/operator/{path}", {})
        assert (answer.status, answer.json()["field"]) == (422, field)
    assert (await station("POST", "/operator/authenticate", {"first_name": "Ada"})).json()["field"] == "password"
    assert (await tap(station, ["04"])).status == 422
    assert (await sign_in(station, password="x" * 2000)).status == 422


async def test_a_password_is_judged_in_a_sentence(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    good = await admin("POST", "/operator/password/validate", {"password": PASSWORD})
    assert (good.status, good.json()) == (200, {"status": "ok", "msg": "This password can be used."})
    for password in ("short", "P@ssw0rd-2026", "abcabcabcabc", "x" * 300):
        bad = await admin("POST", "/operator/password/validate", {"password": password})
        assert (bad.status, bad.json()["code"], bad.json()["field"]) == (422, "weak_password", "password")
        assert bad.json()["msg"].endswith(".")
        assert password.encode() not in bad.body
    assert (await admin("POST", "/operator/password/validate", {})).json()["field"] == "password"


async def test_a_hash_is_salted_argon2id_and_of_no_password_that_may_not_be(hub: RunningHub) -> None:
    admin = await hub.as_role(Role.ADMIN)
    hashes = [(await admin("POST", "/operator/password/hash", {"password": PASSWORD})).json()["msg"] for _ in range(2)]
    assert hashes[0] != hashes[1]
    for hashed in hashes:
        assert hashed.startswith("$argon2id$")
        assert PasswordHasher().verify(hashed, PASSWORD)
    for body in ({}, {"password": "short"}, {"password": 1234567890}):
        answer = await admin("POST", "/operator/password/hash", body)
        assert (answer.status, answer.json()["field"]) == (422, "password")
