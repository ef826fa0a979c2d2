"""The two ways to write a frame to many descriptors do the same."""

import contextlib
import errno
import os
import socket
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.native.build import compiler, load
from hub.native.fan import CompiledFan, Fan, WriteFan


@pytest.fixture(params=["descriptor", "compiled"])
def fan(request: pytest.FixtureRequest, tmp_path: Path) -> Fan:
    """Each in turn."""
    if request.param == "descriptor":
        return WriteFan()
    if compiler() is None:
        pytest.skip("there is no C compiler here")
    library = load(tmp_path)
    assert library is not None
    return CompiledFan(library)


@pytest.fixture
def pairs() -> Iterator[Callable[[int], list[tuple[socket.socket, socket.socket]]]]:
    """Makes connected pairs: ours, which does not block, and theirs."""
    made: list[tuple[socket.socket, socket.socket]] = []

    def make(count: int) -> list[tuple[socket.socket, socket.socket]]:
        for _ in range(count):
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            made.append((ours, theirs))
        return made

    yield make
    for pair in made:
        for end in pair:
            end.close()


Pairs = Callable[[int], list[tuple[socket.socket, socket.socket]]]


def test_every_descriptor_gets_the_whole_frame(fan: Fan, pairs: Pairs) -> None:
    made = pairs(200)
    assert fan(array("i", [ours.fileno() for ours, _ in made]), b"frame") == []
    assert all(theirs.recv(100) == b"frame" for _, theirs in made)


def test_no_descriptors_are_no_work(fan: Fan) -> None:
    assert fan(array("i"), b"frame") == []


def test_a_full_socket_takes_nothing_and_the_others_get_all(fan: Fan, pairs: Pairs) -> None:
    made = pairs(3)
    ours = made[1][0]
    with contextlib.suppress(BlockingIOError):
        while True:
            ours.send(b"x" * 4096)
    assert fan(array("i", [end.fileno() for end, _ in made]), b"frame") == [(1, 0)]
    assert made[0][1].recv(100) == made[2][1].recv(100) == b"frame"


def test_a_frame_that_is_too_long_is_taken_in_part(fan: Fan, pairs: Pairs) -> None:
    made = pairs(1)
    frame = os.urandom(8 * 2**20)
    [(index, took)] = fan(array("i", [made[0][0].fileno()]), frame)
    assert index == 0
    assert 0 < took < len(frame)
    got = b""
    made[0][1].setblocking(False)
    while len(got) < took:
        got += made[0][1].recv(2**20)
    assert got == frame[:took]


def test_a_broken_connection_is_named_by_its_error(fan: Fan, pairs: Pairs) -> None:
    made = pairs(3)
    made[1][1].close()
    assert fan(array("i", [ours.fileno() for ours, _ in made]), b"frame") == [(1, -errno.EPIPE)]
    assert made[2][1].recv(100) == b"frame"


def test_without_a_compiler_there_is_no_compiled_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.native.build.compiler", lambda: None)
    assert load(tmp_path) is None


def test_a_library_that_others_may_change_is_built_anew(tmp_path: Path) -> None:
    if compiler() is None:
        pytest.skip("there is no C compiler here")
    assert load(tmp_path) is not None
    [built] = tmp_path.iterdir()
    # A new file: the old one is part of this process by now.
    built.unlink()
    built.write_bytes(b"not a library")
    built.chmod(0o777)
    assert load(tmp_path) is not None
