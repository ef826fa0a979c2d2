"""The file store keeps what is written and lets no name out."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import AlreadyExists, BadKey, NotStored
from storage.files import FileStore


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../x",
        "a/../b",
        "a/..",
        "a//b",
        "./a",
        ".tmp/x",
        "a/.hidden",
        "a\\..\\b",
        "a\0b",
        "a\nb",
        "~",
        "C:",
        "a" * 200,
    ],
)
def test_a_key_that_is_no_plain_name_is_refused_everywhere(files: FileStore, key: str) -> None:
    for move in (files.path, files.exists, files.read, files.delete_folder, files.list):
        with pytest.raises(BadKey):
            move(key)
    with pytest.raises(BadKey):
        files.write(key, b"")


@given(st.text(alphabet=st.sampled_from("./\\a\0~ -%é")))
def test_whatever_is_accepted_lies_inside(key: str) -> None:
    root = Path("/nowhere/files")
    try:
        path = FileStore(root).path(key)
    except BadKey:
        return
    assert Path(os.path.normpath(path)).is_relative_to(root)
    assert path != root


def test_a_link_that_leads_out_is_refused(files: FileStore, tmp_path: Path) -> None:
    files.write("org/a", b"")
    (tmp_path / "secret").write_text("secret")
    (files.root / "org" / "link").symlink_to(tmp_path)
    with pytest.raises(BadKey):
        files.read("org/link/secret")


def test_what_is_written_is_read_and_replaced_whole(files: FileStore) -> None:
    files.write("org/models/a.bin", b"one")
    files.write("org/models/a.bin", b"two")
    assert files.read("org/models/a.bin") == b"two"
    assert files.list("org/models") == ["a.bin"]
    assert files.list("org/nothing") == []
    assert list((files.root / ".tmp").iterdir()) == []


def test_a_failed_write_leaves_the_old_content(files: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    files.write("org/a", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write("org/a", b"new")
    monkeypatch.undo()
    assert files.read("org/a") == b"old"
    assert list((files.root / ".tmp").iterdir()) == []


@pytest.mark.parametrize("key", ["org/nothing", "org", "org/a/under-a-file"])
def test_what_is_not_there_is_not_stored(files: FileStore, key: str) -> None:
    files.write("org/a", b"")
    with pytest.raises(NotStored):
        files.read(key)


def test_a_folder_appears_whole_and_only_once(files: FileStore) -> None:
    for content in (b"first", b"second"):
        folder = files.temporary_folder()
        (folder / "step-1").mkdir()
        (folder / "step-1" / "model.bin").write_bytes(content)
        if content == b"first":
            files.commit_folder(folder, "org/models/a")
        else:
            with pytest.raises(AlreadyExists):
                files.commit_folder(folder, "org/models/a")
    assert files.read("org/models/a/step-1/model.bin") == b"first"
    files.sweep()
    assert not (files.root / ".tmp").exists()


def test_a_deleted_folder_is_gone_and_deleting_it_again_is_no_fault(files: FileStore) -> None:
    files.write("org/recordings/r/000000.jpg", b"")
    files.delete_folder("org/recordings/r")
    files.delete_folder("org/recordings/r")
    assert not files.exists("org/recordings/r")
    assert files.exists("org/recordings")


def test_folders_are_private(files: FileStore) -> None:
    files.write("org/a", b"")
    assert stat.S_IMODE((files.root / "org").stat().st_mode) == 0o700
