"""Films of units as they are answered: films.watch, and what records say of them."""

import asyncio
import time
from typing import Any

from hub.jobs.films import forget_films
from hub.jobs.retention import DAY_MS
from storage.connection import Store
from storage.entities.film import Film, Stretch
from storage.entities.session import Session, SessionState
from storage.entities.user import Role
from storage.repositories.assembly_records import ended_at_ms
from tests.support.coaching import add_assembly, add_station
from tests.support.hub import RunningHub
from tests.support.operators import add_operator
from tests.support.records import S, a_record, a_result, end
from tests.support.stored import AT_MS

CONTENT = bytes(range(250)) * 100


async def put_film(store: Store, record: Session, *stretches: tuple[int, int, int]) -> Film:
    """A film of a record; stretches: (where it begins in the film, when that was, how long it lasts), ms."""
    told = stretches or ((0, record.started_at_ms, 60 * S),)
    film = Film(
        organisation=record.organisation,
        id=record.id,
        station_id=record.station_id,
        ended_at_ms=ended_at_ms(record),
        width=640,
        height=480,
        pictures=300,
        lasts_ms=told[-1][0] + told[-1][2],
        bytes=len(CONTENT),
        stretches=tuple(Stretch(at_ms=at, started_at_ms=begun, lasts_ms=lasts) for at, begun, lasts in told),
    )
    await asyncio.to_thread(store.files.write, film.file, CONTENT)
    return await store.films.add(film)


async def test_a_film_is_answered_whole_and_in_the_parts_that_a_player_asks_for(hub: RunningHub) -> None:
    record = a_record(hub.organisation, "unit-1")
    await end(hub.store, record)
    await put_film(hub.store, record)
    viewer = await hub.as_role()
    whole = await viewer("GET", "/assembly-record/unit-1/video")
    assert (whole.status, whole.body, whole.headers["content-type"]) == (200, CONTENT, "video/webm")
    assert whole.headers["accept-ranges"] == "bytes"
    headers = {"Authorization": f"Bearer {viewer.token}", "Range": "bytes=-10"}
    part = await viewer("GET", "/assembly-record/unit-1/video", headers=headers)
    assert (part.status, part.body, part.headers["content-range"]) == (206, CONTENT[-10:], "bytes 24990-24999/25000")


async def test_who_asks_for_a_film_that_is_not_there_is_told_why(hub: RunningHub, other_organisation: str) -> None:
    record = a_record(hub.organisation, "unit-1")
    await end(hub.store, record, a_record(hub.organisation, "plain"))
    film = await put_film(hub.store, record)
    await hub.store.sessions.start(a_record(hub.organisation, "open", state=SessionState.ACTIVE, results=()), [], [])
    viewer, stranger = await hub.as_role(), await hub.as_role(organisation=other_organisation)

    async def refused(client: Any, record_id: str) -> tuple[int, str, str]:
        answer = await client("GET", f"/assembly-record/{record_id}/video")
        return answer.status, answer.json()["code"], answer.json()["msg"]

    assert await refused(stranger, "unit-1") == (404, "not_found", "There is no assembly record unit-1.")
    assert (await refused(viewer, "never"))[:2] == (404, "not_found")
    not_kept = (404, "not_filmed", "This unit was not filmed, or its film is not kept any more.")
    assert await refused(viewer, "plain") == not_kept
    assert (await refused(viewer, "open"))[:2] == (404, "still_built")
    await asyncio.to_thread(hub.store.files.delete_folder, film.folder)
    assert await refused(viewer, "unit-1") == not_kept
    assert (await hub.http("GET", "/assembly-record/unit-1/video")).status == 401


async def test_a_record_says_where_its_steps_begin_in_the_film(hub: RunningHub) -> None:
    visits = (
        a_result(10, AT_MS, 10),
        a_result(20, AT_MS + 10 * S, 40),
        a_result(30, AT_MS + 50 * S, 5),
        a_result(30, AT_MS + 55 * S, 10),
        a_result(40, AT_MS + 65 * S, 10),
    )
    record = a_record(hub.organisation, "unit-1", results=visits)
    await end(hub.store, record, a_record(hub.organisation, "plain"))
    # Filming began half a second late; second 20 to 52 were a pause, and from 70 on the film was as long as it may be.
    await put_film(hub.store, record, (0, AT_MS + 500, 19_500), (19_500, AT_MS + 52 * S, 18_000))
    viewer = await hub.as_role()
    film = (await viewer("GET", "/assembly-record/unit-1")).json()["msg"]["film"]
    assert (film["seconds"], film["bytes"], film["width"], film["height"]) == (37.5, 25_000, 640, 480)
    begins = [(chapter["number"], chapter["name"], chapter["at_seconds"]) for chapter in film["chapters"]]
    assert begins == [
        (1, "Fit part 1", 0.0),
        (2, "Fit part 2", 9.5),
        (3, "Fit part 3", 19.5),
        (3, "Fit part 3", 22.5),
        (4, "Fit part 4", 32.5),
    ]
    assert (await viewer("GET", "/assembly-record/plain")).json()["msg"]["film"] is None


async def test_a_step_that_was_not_filmed_has_no_place_in_the_film(hub: RunningHub) -> None:
    record = a_record(hub.organisation, "unit-1", seconds=(10, 20, 30))
    await end(hub.store, record)
    await put_film(hub.store, record, (0, AT_MS + 12 * S, 8_000))
    film = (await (await hub.as_role())("GET", "/assembly-record/unit-1")).json()["msg"]["film"]
    assert [(chapter["step_id"], chapter["at_seconds"]) for chapter in film["chapters"]] == [("20", 0.0)]


async def test_lists_say_which_units_were_filmed(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    await add_operator(hub, "Ada", password=None)
    records = [a_record(hub.organisation, f"unit-{number}", AT_MS + number) for number in range(3)]
    await end(hub.store, *records)
    await put_film(hub.store, records[1])
    viewer = await hub.as_role()
    for path in ("/assembly-record/assembly/asm", "/operator/1/assembly-record", "/operator/1/assembly-record/filtered"):
        said = (await viewer("GET", path)).json()["msg"]
        shown = said if isinstance(said, list) else said["records"]
        assert {record["id"]: record["filmed"] for record in shown} == {"unit-0": False, "unit-1": True, "unit-2": False}, path


async def test_the_switch_of_an_assembly_counts_for_the_units_that_begin_after_it(hub: RunningHub) -> None:
    await add_assembly(hub.store, hub.organisation)
    await add_station(hub.store, hub.organisation)
    coach, supervisor = await hub.as_role(Role.OPERATOR), await hub.as_role(Role.SUPERVISOR)
    filmed, told = [], []
    for is_on in (False, True, False):
        assert (await supervisor("PUT", "/assembly/asm", {"record_videos": is_on})).status == 200
        begun = (await coach("POST", "/coach/start/asm/10", {"operator_id": "1"})).json()["msg"]["assembly_record_id"]
        filmed.append((await hub.store.sessions.get(hub.organisation, begun)).filmed)
        told.append((await coach("GET", "/api/v1/stations/st1/session")).json()["session"]["filmed"])
        assert (await coach("POST", "/coach/complete/asm", {})).status == 200
    assert filmed == told == [False, True, False]


async def test_retention_forgets_old_films_and_keeps_their_records(hub: RunningHub) -> None:
    now_ms = int(time.time() * 1000)
    old = a_record(hub.organisation, "old", now_ms - 31 * DAY_MS)
    new = a_record(hub.organisation, "new", now_ms - 29 * DAY_MS)
    await end(hub.store, old, new)
    films = [await put_film(hub.store, record) for record in (old, new)]
    assert await forget_films(hub.store, 30) == 1
    assert await hub.store.films.among(hub.organisation, ["old", "new"]) == {"new"}
    assert [hub.store.files.exists(film.folder) for film in films] == [False, True]
    assert (await (await hub.as_role())("GET", "/assembly-record/old")).json()["msg"]["film"] is None
