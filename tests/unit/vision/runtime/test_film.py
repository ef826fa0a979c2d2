"""The film of a unit on disk: its time, its bounds, and what a kill leaves."""

import resource
from pathlib import Path

import pytest

from tests.support.films import numbered, watch
from vision.film import FILM_FILE, PART_FILE, FilmPart, Limits, Shot, finish, size_of

AT_MS = 1_748_339_400_000
ROOMY = Limits(3_600_000, 10**8)


def make(folder: Path, moments_ms: list[int], limits: Limits = ROOMY, first: int = 0) -> list[bool]:
    """Films pictures first, first + 1, … at these moments after AT_MS."""
    part = FilmPart(folder, numbered(first), limits)
    took = [part.add(numbered(first + number), AT_MS + moment) for number, moment in enumerate(moments_ms)]
    part.close()
    return took


def test_a_film_runs_with_the_clock_and_leaves_out_what_was_not_filmed(tmp_path: Path) -> None:
    make(tmp_path, [0, 200, 410, 600, 60_600, 60_800])
    film = finish(tmp_path)
    assert film is not None
    seen = watch(tmp_path / FILM_FILE)
    assert seen.numbers == [0, 1, 2, 3, 4, 5]
    assert seen.at_ms == [0, 200, 410, 600, 800, 1000]
    assert (film.pictures, film.lasts_ms, (film.width, film.height)) == (6, 1200, seen.size)
    assert film.shots == (Shot(0, AT_MS, 800), Shot(800, AT_MS + 60_600, 400))
    assert [path.name for path in tmp_path.iterdir()] == [FILM_FILE]
    assert finish(tmp_path) == film


def test_pictures_that_come_late_are_left_out_and_those_of_another_size_fitted_in(tmp_path: Path) -> None:
    part = FilmPart(tmp_path, numbered(1), ROOMY)
    for number, moment in ((1, 0), (3, 400), (2, 200), (3, 400)):
        assert part.add(numbered(number), AT_MS + moment)
    part.add(numbered(4, 640, 480), AT_MS + 600)
    part.close()
    finish(tmp_path)
    seen = watch(tmp_path / FILM_FILE)
    assert (seen.numbers, seen.size) == ([1, 3, 4], (320, 240))


def test_a_film_is_at_most_640_wide_and_is_never_blown_up() -> None:
    assert size_of(numbered(0, 1920, 1080)) == (640, 360)
    assert size_of(numbered(0, 320, 240)) == (320, 240)
    assert size_of(numbered(0, 1080, 1920)) == (540, 960)


@pytest.mark.parametrize("lost", [1, 60, 150, 400])
def test_what_was_filmed_until_a_kill_can_be_watched_and_gone_on_with(tmp_path: Path, lost: int) -> None:
    make(tmp_path, [200 * number for number in range(10)])
    path = tmp_path / PART_FILE
    path.write_bytes(path.read_bytes()[:-lost])
    kept = watch(path).numbers
    assert kept == list(range(len(kept)))
    assert 8 <= len(kept) <= 9
    make(tmp_path, [30_000, 30_200], first=20)
    film = finish(tmp_path)
    assert film is not None
    seen = watch(tmp_path / FILM_FILE)
    assert seen.numbers == [*kept, 20, 21]
    assert seen.at_ms == [200 * number for number in range(len(kept) + 2)]
    assert film.shots == (Shot(0, AT_MS, 200 * len(kept)), Shot(200 * len(kept), AT_MS + 30_000, 400))


def test_of_a_picture_that_was_half_written_nothing_stays(tmp_path: Path) -> None:
    for name, pictures in (("killed", 3), ("short", 2)):
        make(tmp_path / name, [200 * number for number in range(pictures)])
    path = tmp_path / "killed" / PART_FILE
    path.write_bytes(path.read_bytes()[:-1])
    assert finish(tmp_path / "killed") == finish(tmp_path / "short")
    assert (tmp_path / "killed" / FILM_FILE).read_bytes() == (tmp_path / "short" / FILM_FILE).read_bytes()


def test_a_picture_for_which_the_disk_has_no_room_leaves_the_film_as_it_was(tmp_path: Path) -> None:
    part = FilmPart(tmp_path, numbered(0), ROOMY)
    assert part.add(numbered(0), AT_MS)
    before = (tmp_path / PART_FILE).read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, limits[1]))
    try:
        with pytest.raises(OSError, match="full|large"):
            part.add(numbered(1), AT_MS + 200)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / PART_FILE).read_bytes() == before
    part.add(numbered(2), AT_MS + 400)
    part.close()
    finish(tmp_path)
    assert watch(tmp_path / FILM_FILE).numbers == [0, 2]


@pytest.mark.parametrize(("headed", "indexed"), [(0, 20), (0, None), (80, None)], ids=["half an index", "an index", "and half a head"])
def test_a_kill_while_a_film_is_ended_leaves_one_that_is_ended_again(tmp_path: Path, headed: int, indexed: int | None) -> None:
    make(tmp_path, [0, 200, 400])
    begun = (tmp_path / PART_FILE).read_bytes()
    whole = finish(tmp_path)
    content = (tmp_path / FILM_FILE).read_bytes()
    assert content[:80] != begun[:80]
    (tmp_path / FILM_FILE).unlink()
    (tmp_path / PART_FILE).write_bytes(content[:headed] + begun[headed:] + content[len(begun) :][:indexed])
    assert finish(tmp_path) == whole
    assert (tmp_path / FILM_FILE).read_bytes() == content


def test_a_film_ends_at_its_longest_and_at_its_largest(tmp_path: Path) -> None:
    took = make(tmp_path / "long", [0, 200, 400, 600, 800], Limits(600, 10**8))
    assert took == [True, True, True, False, False]
    long = finish(tmp_path / "long")
    assert long is not None
    assert long.lasts_ms == 600
    took = make(tmp_path / "large", [200 * number for number in range(20)], Limits(3_600_000, 3_000))
    large = finish(tmp_path / "large")
    assert large is not None
    assert 0 < large.pictures == took.count(True) < 20
    # The index comes on top.
    assert large.bytes < 3_000 + 200


def test_a_film_without_a_picture_leaves_nothing(tmp_path: Path) -> None:
    FilmPart(tmp_path / "unit", numbered(0), ROOMY).close()
    assert finish(tmp_path / "unit") is None
    assert not (tmp_path / "unit").exists()
    assert finish(tmp_path / "never") is None
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / PART_FILE).write_bytes(b"no film at all" * 100)
    assert finish(tmp_path / "strange") is None
    assert not (tmp_path / "strange").exists()
