"""Units that are filmed: by the real worker, and by the real process that is killed."""

import asyncio
import json
import time
from pathlib import Path

import cv2
import numpy as np

from storage import keys
from storage.entities.film import Film, Stretch
from storage.entities.session import Session, SessionState
from storage.entities.station import Station
from storage.messages import PushedFrame
from storage.packing import pack
from tests.integration.vision.line import ASSEMBLY, STATION, Line, until
from tests.integration.vision.program import Program
from tests.support.films import numbered, watch
from tests.support.stored import session
from vision.film import FILM_FILE, PART_FILE
from vision.frame import Frame
from vision.webm import NotWebm, read_written
from vision.worker.worker import Worker

PERIOD_S = 0.05


async def film_units(line: Line, on: bool = True) -> None:
    assembly = await line.store.assemblies.get(line.organisation, ASSEMBLY)
    await line.store.assemblies.save(assembly.model_copy(update={"record_videos": on}))
    # Vision looks every two seconds; a change of any session has it look at once.
    await line.store.channels.publish(keys.focus(line.organisation), b"")


async def begin(line: Line, record_id: str, station: str = STATION, *, filmed: bool = True) -> Session:
    now_ms = time.time_ns() // 1_000_000
    times = {"started_at_ms": now_ms, "step_started_at_ms": now_ms, "last_activity_at_ms": now_ms}
    opened = session(line.organisation, record_id, station, assembly_id=ASSEMBLY, filmed=filmed, **times)
    await line.store.sessions.start(opened, [], [])
    return opened


async def show(line: Line, first: int, last: int, station: str = STATION) -> None:
    """Pushes pictures that say their number, twenty a second, by the clock."""
    for number in range(first, last + 1):
        _, packed = cv2.imencode(".jpg", numbered(number), [cv2.IMWRITE_JPEG_QUALITY, 95])
        frame = PushedFrame(station, time.time_ns() // 1000, time.time_ns(), packed.tobytes())
        await line.store.channels.publish(keys.pushed_frames(line.organisation, station), pack(frame))
        await asyncio.sleep(PERIOD_S)


async def described(line: Line, station: str = STATION) -> dict[str, object]:
    said = await line.store.redis.get(keys.component("vision"))
    stations = json.loads(said)["stations"] if said else []
    found = [each for each in stations if (each["organisation"], each["station"]) == (line.organisation, station)]
    return found[0] if found else {}


def part_of(line: Line, record_id: str) -> Path:
    return line.store.files.path(f"{line.organisation}/films/{record_id}/{PART_FILE}")


def pictures_of(line: Line, record_id: str) -> int:
    """How many pictures of a unit are on disk until now."""
    path = part_of(line, record_id)
    try:
        return read_written(path).pictures
    except (FileNotFoundError, NotWebm):
        return 0


def filmer_of(worker: Worker, line: Line, station: str = STATION) -> str:
    return worker._posts[line.organisation, station].vision.filmer.record_id


async def film_of(line: Line, record_id: str) -> Film:
    await until(lambda: line.store.films.find(line.organisation, record_id))
    return await line.store.films.get(line.organisation, record_id)


async def test_a_unit_is_filmed_from_its_start_to_its_end_without_its_pauses(line: Line) -> None:
    await film_units(line)
    async with line.vision() as worker:
        opened = await begin(line, "unit-1")
        await until(lambda: filmer_of(worker, line) == "unit-1")
        await show(line, 0, 19)
        await until(lambda: pictures_of(line, "unit-1") > 0)
        opened = await line.move(opened, 1, SessionState.PAUSED)
        await until(lambda: filmer_of(worker, line) == "")
        await show(line, 20, 39)
        before = pictures_of(line, "unit-1")
        opened = await line.move(opened, 1)
        await until(lambda: filmer_of(worker, line) == "unit-1")
        await show(line, 40, 59)
        await until(lambda: pictures_of(line, "unit-1") > before)
        await line.move(opened, 1, SessionState.COMPLETE)
        film = await film_of(line, "unit-1")
    seen = watch(line.store.files.path(film.file))
    assert seen.numbers == sorted(seen.numbers)
    assert len(set(seen.numbers)) == len(seen.numbers) == film.pictures
    assert [number for number in seen.numbers if 20 <= number < 40] == []
    assert seen.numbers[0] < 20
    assert seen.numbers[-1] >= 40
    assert film.lasts_ms == seen.at_ms[-1] + 200
    assert film.stretches[0].started_at_ms >= opened.started_at_ms
    assert (film.station_id, film.bytes) == (STATION, line.store.files.path(film.file).stat().st_size)
    assert [path.name for path in line.store.files.path(film.folder).iterdir()] == [FILM_FILE]


async def test_a_unit_is_filmed_only_where_the_switch_was_on_at_its_start_and_is_on_still(line: Line) -> None:
    async with line.vision() as worker:
        opened = await begin(line, "unit-2", filmed=False)
        await film_units(line)
        await show(line, 0, 5)
        assert filmer_of(worker, line) == ""
        await line.move(opened, 1, SessionState.CANCELLED)
        opened = await begin(line, "unit-3")
        await until(lambda: filmer_of(worker, line) == "unit-3")
        await film_units(line, on=False)
        await until(lambda: filmer_of(worker, line) == "")
        await show(line, 0, 5)
        await line.move(opened, 1, SessionState.CANCELLED)
    assert line.store.files.list(f"{line.organisation}/films") == []
    assert not await line.store.films.among(line.organisation, ["unit-2", "unit-3"])


async def test_two_stations_film_two_units_at_once(line: Line) -> None:
    await film_units(line)
    other = Station(
        organisation=line.organisation, id="other", name="O", camera="push", machine_identifier="O", created_at_ms=2, updated_at_ms=2
    )
    await line.store.stations.add(other)
    async with line.vision() as worker:
        opened = [await begin(line, "unit-a"), await begin(line, "unit-b", "other")]
        await until(lambda: [filmer_of(worker, line), filmer_of(worker, line, "other")] == ["unit-a", "unit-b"])
        await asyncio.gather(show(line, 0, 19), show(line, 40, 59, "other"))
        await until(lambda: pictures_of(line, "unit-a") > 0 and pictures_of(line, "unit-b") > 0)
        for each in opened:
            await line.move(each, 1, SessionState.COMPLETE)
        films = [await film_of(line, "unit-a"), await film_of(line, "unit-b")]
    await line.store.stations.delete(line.organisation, "other")
    first, second = (watch(line.store.files.path(film.file)) for film in films)
    assert max(first.numbers) < 20
    assert min(second.numbers) >= 40


async def test_a_killed_process_loses_nothing_that_was_filmed_and_the_next_goes_on(line: Line, tmp_path: Path) -> None:
    await film_units(line)
    opened = await begin(line, "unit-k")
    with Program("vision.__main__", line.store, tmp_path / "log") as vision:
        await until(lambda: _is_filming(line, "unit-k"), 30.0)
        await show(line, 0, 19)
        await until(lambda: pictures_of(line, "unit-k") > 0)
        vision.kill()
    kept = watch(part_of(line, "unit-k")).numbers
    assert kept
    assert kept == sorted(kept)
    async with line.vision() as worker:
        await until(lambda: filmer_of(worker, line) == "unit-k")
        await show(line, 40, 59)
        await until(lambda: pictures_of(line, "unit-k") > len(kept))
        await line.move(opened, 1, SessionState.COMPLETE)
        film = await film_of(line, "unit-k")
    seen = watch(line.store.files.path(film.file))
    assert seen.numbers[: len(kept)] == kept
    assert seen.numbers == sorted(seen.numbers)
    assert seen.numbers[-1] >= 40


async def test_a_unit_that_ended_while_vision_was_away_gets_its_film_and_one_that_nobody_knows_none(line: Line) -> None:
    await film_units(line)
    opened = await begin(line, "unit-e")
    async with line.vision() as worker:
        await until(lambda: filmer_of(worker, line) == "unit-e")
        await show(line, 0, 9)
        await until(lambda: pictures_of(line, "unit-e") > 0)
    await line.move(opened, 1, SessionState.COMPLETE)
    part_of(line, "nobody").parent.mkdir()
    part_of(line, "nobody").write_bytes(part_of(line, "unit-e").read_bytes())
    async with line.vision():
        film = await film_of(line, "unit-e")
        await until(lambda: not line.store.files.exists(f"{line.organisation}/films/nobody"))
    assert watch(line.store.files.path(film.file)).numbers


async def _is_filming(line: Line, record_id: str) -> bool:
    return (await described(line)).get("filming") == record_id


async def test_the_oldest_films_make_room_and_a_full_disk_is_said(line: Line) -> None:
    await film_units(line)
    for number in range(3):
        await put_film(line, f"old-{number}", ended_at_ms=1000 + number, bytes_=400_000)
    async with line.vision(films_most_gb=0.001) as worker:
        await until(lambda: _has_no_film(line, "old-0"))
        assert not line.store.files.exists(f"{line.organisation}/films/old-0")
        assert await line.store.films.among(line.organisation, ["old-0", "old-1", "old-2"]) == {"old-1", "old-2"}
        assert worker._films.troubles() == []
    async with line.vision(films_free_gb=10**6) as worker:
        opened = await begin(line, "unit-d")
        await until(lambda: worker._films.troubles())
        await show(line, 0, 5)
        assert filmer_of(worker, line) == ""
        assert "less than 1e+06 GB are free" in worker._films.troubles()[0]
        await until(lambda: _is_degraded(line))
        await line.move(opened, 1, SessionState.COMPLETE)


async def _has_no_film(line: Line, record_id: str) -> bool:
    return not await line.store.films.among(line.organisation, [record_id])


async def _is_degraded(line: Line) -> bool:
    said = await line.store.redis.get(keys.component("vision"))
    return said is not None and json.loads(said)["state"] == "degraded" and "not filmed" in json.loads(said)["reason"]


async def put_film(line: Line, record_id: str, ended_at_ms: int, bytes_: int) -> None:
    stretch = Stretch(at_ms=0, started_at_ms=ended_at_ms, lasts_ms=200)
    film = Film(
        organisation=line.organisation,
        id=record_id,
        station_id=STATION,
        ended_at_ms=ended_at_ms,
        width=320,
        height=240,
        pictures=1,
        lasts_ms=200,
        bytes=bytes_,
        stretches=(stretch,),
    )
    await line.store.films.add(film)
    await asyncio.to_thread(line.store.files.write, film.file, bytes(bytes_))


async def test_a_filmer_that_is_behind_keeps_nobody_waiting(line: Line) -> None:
    """The capture thread hands frames over while the film cannot be written at all."""
    await film_units(line)
    async with line.vision() as worker:
        await begin(line, "unit-w")
        await until(lambda: filmer_of(worker, line) == "unit-w")
        filmer = worker._posts[line.organisation, STATION].vision.filmer
        filmer._lock.acquire()
        try:
            now_ns = time.time_ns()
            image = np.zeros((240, 320, 3), np.uint8)
            for number in range(50):
                filmer.offer(Frame(number, now_ns + number * 100_000_000, now_ns + number * 100_000_000, image))
            assert 20 <= filmer.dropped <= 30
        finally:
            filmer._lock.release()
