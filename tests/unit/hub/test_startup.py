"""A start that is refused says in one sentence what to do instead."""

import os
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from hub.startup import Launch, OwnStore, StartRefused, bind, read_settings
from storage.embedded import EmbeddedStore


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TAKT_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def refused_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(StartRefused) as refused:
        read_settings()
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("TAKT_LOG_LEVEL", "LOUD", "allowed are DEBUG, INFO, WARNING, ERROR"),
        ("TAKT_ALLOWED_ORIGINS", "https://good.example,plain.example", "plain.example is none"),
        ("TAKT_TRUSTED_PROXIES", "127.0.0.1,10.1.0.7/24", "10.1.0.7/24 is none"),
        ("TAKT_ALLOWED_ORIGINS", "https://good.example/page", "https://good.example/page is none"),
    ],
)
def test_a_setting_that_could_never_take_effect_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str) -> None:
    said = refused_setting(monkeypatch, name, value)
    assert name in said
    assert allowed in said


def test_a_refused_setting_does_not_tell_the_password_that_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused_setting(monkeypatch, "TAKT_REDIS_URL", "reds://takt:hunter2@store.example:6379")
    assert "store.example" in said
    assert "hunter2" not in said


def test_a_level_may_be_written_small_and_an_origin_with_its_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAKT_LOG_LEVEL", "debug")
    monkeypatch.setenv("TAKT_ALLOWED_ORIGINS", "https://Takt.example/ , http://10.0.0.7:8000")
    settings = read_settings()
    assert settings.log_level == "DEBUG"
    assert settings.origins == {"https://takt.example", "http://10.0.0.7:8000"}


def test_a_data_folder_is_the_same_for_processes_that_run_in_other_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAKT_DATA_DIR", "data")
    assert read_settings().data_dir == tmp_path / "data"
    monkeypatch.setenv("TAKT_DATA_DIR", "~/takt-data")
    assert read_settings().data_dir == Path.home() / "takt-data"


def test_a_taken_port_is_told_from_an_address_that_is_not_here(taken_port: int) -> None:
    with pytest.raises(StartRefused, match="set TAKT_PORT to a free port"):
        bind("127.0.0.1", taken_port)
    with pytest.raises(StartRefused, match="set TAKT_HOST to an address of this machine"):
        bind("192.0.2.1", 0)


def test_a_data_folder_that_cannot_be_made_is_named_with_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    launch = Launch(read_settings(data_dir=tmp_path / "file" / "data"), print)
    with pytest.raises(StartRefused, match=re.escape(str(tmp_path / "file" / "data")) + ".*set TAKT_DATA_DIR"):
        launch.open()
    launch.close()


def test_a_second_takt_on_a_folder_hears_of_the_folder_not_of_its_port(tmp_path: Path, taken_port: int) -> None:
    first = EmbeddedStore()
    first.start(tmp_path / "data")
    second = Launch(read_settings(data_dir=tmp_path / "data", port=taken_port), print)
    try:
        with pytest.raises(StartRefused, match="Another Takt runs on"):
            second.open()
    finally:
        second.close()
        first.stop()


def test_a_start_that_finds_its_port_taken_gives_the_data_folder_back(tmp_path: Path, taken_port: int) -> None:
    refused = Launch(read_settings(data_dir=tmp_path / "data", port=taken_port), print)
    with pytest.raises(StartRefused, match="TAKT_PORT"):
        refused.open()
    refused.close()
    again = EmbeddedStore()
    again.start(tmp_path / "data")
    again.stop()


def test_a_store_that_died_of_a_full_disk_is_started_again_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    store = OwnStore(tmp_path / "data", said.append)
    store.start()
    try:
        store.restart()
        assert said == []
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
        store.restart()
        assert store.is_running()
        assert said == [f"the disk of {tmp_path / 'data'} is full: nothing more is stored until there is room on it"]
    finally:
        store.stop()
