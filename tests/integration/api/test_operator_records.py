"""Who builds a unit: coaching.begin with an operator, and the records that are counted for one."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from storage.entities.user import Role
from tests.support.coaching import add_assembly, add_station
from tests.support.http import Answer, HttpClient
from tests.support.hub import RunningHub
from tests.support.operators import add_operator, shown_operator, station_key
from tests.support.operators import quick_hashes as quick_hashes


@pytest_asyncio.fixture
async def station(quick_hashes: RunningHub) -> AsyncIterator[HttpClient]:
    """A station's key, with something to build at the station."""
    await add_assembly(quick_hashes.store, quick_hashes.organisation)
    await add_station(quick_hashes.store, quick_hashes.organisation)
    yield await station_key(quick_hashes)


async def begin(client: HttpClient, operator_id: str | None) -> Answer:
    return await client("POST", "/coach/start/asm/10", {"operator_id": operator_id})


async def end(client: HttpClient) -> None:
    assert (await client("POST", "/coach/complete/asm", {})).status == 200


async def person(hub: RunningHub) -> tuple[str, str]:
    """Id and name of who builds at the station."""
    session = (await (await hub.as_role())("GET", "/api/v1/stations/st1/session")).json()["session"]
    return session["operator_id"], session["operator_name"]


async def test_a_unit_is_its_operator_s_by_id_by_name_and_by_their_own_token(hub: RunningHub, station: HttpClient) -> None:
    id_ = await add_operator(hub, rfid="04")
    token = (await station("POST", "/operator/rfid/verify", {"rfid": "04"})).json()["msg"]["token"]
    for client, said in ((station, id_), (station, "ada MUSTER"), (station.signed(token), None)):
        assert (await begin(client, said)).status == 200
        assert await person(hub) == (id_, "Ada Muster")
        await end(station)
    assert (await shown_operator(hub, id_))["num_records"] == 3


async def test_whoever_is_not_known_builds_under_the_name_that_is_given_and_counts_for_nobody(hub: RunningHub, station: HttpClient) -> None:
    for said in ("1", "Kim"):
        assert (await begin(station, said)).status == 200
        assert await person(hub) == (said, "")
        await end(station)
    assert await add_operator(hub) == "1"
    await add_operator(hub, "Kim", "")
    assert [(await shown_operator(hub, id_))["num_records"] for id_ in ("1", "2")] == [0, 0]


async def test_who_is_inactive_begins_no_unit_by_id_or_name(hub: RunningHub, station: HttpClient) -> None:
    id_ = await add_operator(hub, active=False)
    for said in (id_, "Ada Muster"):
        refused = await begin(station, said)
        assert (refused.status, refused.json()["code"]) == (409, "operator_inactive")
        assert refused.json()["msg"] == "Ada Muster is inactive and cannot build. Choose another operator."
    assert (await begin(station, "Kim")).status == 200


async def test_records_are_counted_when_they_finish_and_stay_when_the_operator_is_renamed(hub: RunningHub, station: HttpClient) -> None:
    id_, admin = await add_operator(hub), await hub.as_role(Role.ADMIN)
    assert (await begin(station, id_)).status == 200
    assert (await shown_operator(hub, id_))["num_records"] == 0
    ends = await asyncio.gather(*(station("POST", "/coach/complete/asm", {}) for _ in range(4)))
    assert 200 in {answer.status for answer in ends}
    assert (await admin("PUT", "/operator/name", {"id": id_, "first_name": "Eva"})).status == 200
    assert (await begin(station, id_)).status == 200
    await end(station)
    assert (await shown_operator(hub, id_))["num_records"] == 2
    listed = (await admin("GET", "/operator/active")).json()["msg"]["operators"]
    assert [operator["num_records"] for operator in listed] == [2]
