"""The file store: recordings and models under one folder, in which names are never trusted."""

import contextlib
import os
import re
import shutil
import uuid
from pathlib import Path

from storage.errors import AlreadyExists, BadKey, NotStored

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,127}")
_TEMPORARY = ".tmp"


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class FileStore:
    """Files by key ("org/recordings/…/000000.jpg"). All calls block: from an event loop use a thread."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        """Where a key lies. Raises BadKey for a key that is absolute, climbs out, or has a part that is no plain name."""
        parts = key.rstrip("/").split("/")
        if not all(_NAME.fullmatch(part) for part in parts):
            raise BadKey(f"{key!r} is no key of a file")
        path = self.root.joinpath(*parts)
        # A link inside the store must not lead out of it.
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise BadKey(f"{key!r} leaves the file store")
        return path

    def exists(self, key: str) -> bool:
        """Whether there is a file or folder of this key."""
        return self.path(key).exists()

    def read(self, key: str) -> bytes:
        """The content. Raises NotStored."""
        try:
            return self.path(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise NotStored(f"no file {key}") from error

    def write(self, key: str, content: bytes) -> None:
        """Writes a whole file; after a crash there is the old content or the new, never a part."""
        path = self.path(key)
        self._make_folder(path.parent)
        temporary = self._temporary()
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        _fsync(path.parent)

    def list(self, key: str) -> "list[str]":
        """Names in a folder, sorted; none when there is no such folder."""
        path = self.path(key)
        return sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []

    def temporary_folder(self) -> Path:
        """A new empty folder of the same file system, for `commit_folder`. What a crash leaves in it is swept at the next start."""
        folder = self._temporary()
        folder.mkdir(mode=0o700)
        return folder

    def commit_folder(self, folder: Path, key: str) -> None:
        """Makes a finished folder appear under its key at once, its files durable first. Raises AlreadyExists when the key is taken."""
        target = self.path(key)
        for path in sorted(folder.rglob("*"), reverse=True):
            _fsync(path)
        _fsync(folder)
        self._make_folder(target.parent)
        try:
            folder.rename(target)
        except OSError as error:
            if target.exists():
                raise AlreadyExists(f"{key} exists") from error
            raise
        _fsync(target.parent)

    def move_in(self, path: Path, key: str) -> None:
        """Makes a finished file of a temporary folder the file of a key, durable, in place of the one before."""
        target = self.path(key)
        self._make_folder(target.parent)
        _fsync(path)
        path.replace(target)
        _fsync(target.parent)

    def delete_folder(self, key: str) -> None:
        """Makes a folder disappear at once; nothing happens when there is none."""
        path = self.path(key)
        gone = self._temporary()
        try:
            path.rename(gone)
        except FileNotFoundError:
            return
        _fsync(path.parent)
        shutil.rmtree(gone)

    def drop_empty(self, key: str) -> None:
        """Removes a folder that has nothing in it; any other stays."""
        with contextlib.suppress(OSError):
            self.path(key).rmdir()

    def sweep(self) -> None:
        """Removes what a crash left in temporary folders. Only for a process that starts before all others."""
        shutil.rmtree(self.root / _TEMPORARY, ignore_errors=True)

    def _temporary(self) -> Path:
        folder = self.root / _TEMPORARY
        self._make_folder(folder)
        return folder / uuid.uuid4().hex

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
