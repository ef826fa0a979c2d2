"""`takt up` as an engineer meets it: it starts, restarts what dies, refuses a second one, and leaves nothing behind."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.system import RunningTakt, is_alive, takt

EVERYBODY = {"store", "hub", "vision", "vision.training", "hub.jobs"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTakt]:
    """One Takt for the tests that leave it running."""
    system = RunningTakt(tmp_path_factory.mktemp("up") / "data", TAKT_HUB_WORKERS="2")
    try:
        yield system.wait_until_ready()
    finally:
        system.stop()


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[RunningTakt]:
    """A Takt of its own for a test that ends it."""
    system = RunningTakt(tmp_path / "data", TAKT_HUB_WORKERS="2")
    try:
        yield system.wait_until_ready()
    finally:
        system.stop()


def wait_until(holds: object, timeout_s: float = 60.0) -> None:
    assert callable(holds)
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.05)


def test_it_runs_every_process_and_stops_all_of_them_within_five_seconds(ending: RunningTakt) -> None:
    wait_until(lambda: {child.name for child in ending.children()} == EVERYBODY)
    pids = [child.pid for child in ending.children()]
    assert len(pids) == 6
    began = time.monotonic()
    assert ending.stop() == 0
    assert time.monotonic() - began < 5.0
    assert [pid for pid in pids if is_alive(pid)] == []


def test_a_second_one_on_the_same_data_folder_refuses_with_a_sentence(running: RunningTakt) -> None:
    second = takt(running.data_dir, "up")
    assert second.returncode == 2
    assert len(second.stderr.strip().splitlines()) == 1
    assert str(running.data_dir) in second.stderr
    assert running.process.poll() is None


@pytest.mark.parametrize("victim", sorted(EVERYBODY))
def test_a_process_that_dies_is_started_again_and_it_says_so(running: RunningTakt, victim: str) -> None:
    wait_until(lambda: {child.name for child in running.children()} == EVERYBODY)
    before = {child.pid for child in running.children()}
    killed = next(child.pid for child in running.children() if child.name == victim)
    said = running.said().count("starting it again")
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: running.said().count("starting it again") > said)
    wait_until(lambda: any(child.name == victim and child.pid not in before for child in running.children()))
    running.wait_until_ready()


def test_nothing_is_left_behind_when_the_supervisor_is_killed_and_the_next_one_tells_no_secret_again(ending: RunningTakt) -> None:
    wait_until(lambda: {child.name for child in ending.children()} == EVERYBODY)
    pids = [child.pid for child in ending.children()]
    ending.process.kill()
    ending.process.wait(5)
    wait_until(lambda: not [pid for pid in pids if is_alive(pid)])
    assert "the first administrator is" in ending.said()
    again = RunningTakt(ending.data_dir, TAKT_HUB_WORKERS="1")
    try:
        again.wait_until_ready()
        assert "the first administrator is" not in again.said()
    finally:
        again.stop()


def test_the_console_prints_the_token_alone_on_stdout_while_takt_runs(running: RunningTakt) -> None:
    done = takt(running.data_dir, "token", "--role", "viewer")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert done.stdout.count(".") == 2


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("TAKT_PORT", "eighty", "integer"),
        ("TAKT_HUB_WORKERS", "0", "greater than or equal to 1"),
        ("TAKT_SITE_TIME_ZONE", "Mars/Olympus", "IANA"),
        ("TAKT_REDIS_URL", "http://somewhere", "redis://"),
        ("TAKT_FAN_OUT", "fastest", "descriptor"),
        ("TAKT_INFERENCE_PRECISION", "f64", "'f32', 'bf16' or 'auto'"),
        ("TAKT_RETENTION_DAYS", "-1", "greater than or equal to 1"),
    ],
)
def test_a_bad_setting_is_named_with_what_is_allowed(tmp_path: Path, name: str, value: str, allowed: str) -> None:
    done = takt(tmp_path / "data", "up", **{name: value})
    assert done.returncode == 2
    assert name in done.stderr
    assert allowed in done.stderr
    assert "Traceback" not in done.stderr
    assert "starting it again" not in done.stderr


def test_an_empty_setting_is_none_at_all(tmp_path: Path) -> None:
    done = takt(tmp_path / "data", "doctor", TAKT_RETENTION_DAYS="", TAKT_REDIS_URL="", TAKT_SITE_TIME_ZONE="")
    assert "intervals are kept for ever" in done.stdout
    assert "embedded store" in done.stdout
    assert "site time zone UTC" in done.stdout


def test_the_demo_refuses_a_bad_setting_with_a_sentence_too(tmp_path: Path) -> None:
    done = takt(tmp_path / "data", "demo", TAKT_REDIS_URL="http://somewhere")
    assert done.returncode == 2
    assert "TAKT_REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_says_what_is_configured_and_what_is_missing(running: RunningTakt) -> None:
    assert takt(running.data_dir, "station", "add", "bench-1", "--camera", "push").returncode == 0
    done = takt(running.data_dir, "doctor")
    assert "embedded store (valkey" in done.stdout
    assert "is durable" in done.stdout
    assert "stations of default: bench-1" in done.stdout
    assert done.returncode == 0


def test_the_console_refuses_with_a_sentence(running: RunningTakt) -> None:
    for arguments in (
        ("token", "--role", "viewer", "--organisation", "nobody"),
        ("organisation", "add", "Not A Slug"),
        ("user", "add", "no-address", "--role", "viewer"),
        ("station", "add", "bench-1", "--camera", "file:///etc/passwd"),
    ):
        done = takt(running.data_dir, *arguments)
        assert done.returncode == 1, arguments
        assert done.stderr.startswith("takt: "), arguments
        assert "Traceback" not in done.stderr, arguments
