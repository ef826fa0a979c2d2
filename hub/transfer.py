"""`takt export` and `takt import`: an organisation's timelines as a file, and back."""

import contextlib
import glob
import gzip
import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from hub.errors import Invalid
from hub.startup import reach_store, read_settings
from storage.connection import Store
from storage.errors import StoreUnavailable
from storage.transfer.batch import Outcome
from storage.transfer.exporting import count_lines, export_lines
from storage.transfer.importing import Importer
from storage.transfer.lines import LONGEST_LINE, BadLine, End, Header, Line, read_header, read_line

# Lines that are stored in one step; a script that writes more would hold the server.
BATCH_LINES = 500
BATCH_BYTES = 4 * 2**20
# A middle way between the size of the file and the time to write it.
GZIP_LEVEL = 4


def _tell(sentence: str) -> None:
    print(f"takt: {sentence}", file=sys.stderr, flush=True)


def _progress(unit: str) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeRemainingColumn())
    # In a file or a pipe it would be only noise.
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())


# --- export ---------------------------------------------------------------------------------------------------
async def export_file(organisation: str, path: Path) -> None:
    """Writes everything of an organisation's timelines into a file, which is there only when it is whole.

    Raises NotStored, Invalid (the file cannot be written).
    """
    async with reach_store(read_settings()) as store:
        lines = await write_export(store, organisation, path)
    _tell(f"{path} has {lines} lines of {organisation}")


async def write_export(store: Store, organisation: str, path: Path) -> int:
    """As `export_file`, from this store; answers the number of lines."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    _forget_killed(path)
    total = await count_lines(store, organisation)
    lines = 0
    try:
        with _writing(part, packed=path.suffix == ".gz") as out, _progress("intervals") as progress:
            task = progress.add_task(f"export {organisation}", total=total)
            async for line in export_lines(store, organisation):
                out.write(line)
                lines += 1
                if lines % BATCH_LINES == 0:
                    progress.update(task, completed=min(lines, total))
        part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return lines


@contextlib.contextmanager
def _writing(part: Path, *, packed: bool) -> Iterator[IO[bytes]]:
    """A new file, on the disk when the block ends."""
    with part.open("wb") as raw:
        if packed:
            # No name and no time inside: the same content is the same file.
            with gzip.GzipFile(filename="", mode="wb", compresslevel=GZIP_LEVEL, fileobj=raw, mtime=0) as out:
                yield out  # type: ignore[misc]  # writes bytes like any file
        else:
            yield raw
        raw.flush()
        os.fsync(raw.fileno())


def _forget_killed(path: Path) -> None:
    """Removes what exports to the same file left behind that were killed."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        pid = left.name.removesuffix(".part").rpartition(".")[2]
        if pid.isdecimal() and not _is_alive(int(pid)):
            left.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- import ---------------------------------------------------------------------------------------------------
async def import_file(organisation: str, path: Path) -> None:
    """Brings an export into an organisation, made if it is new. After a stop it goes on where it was; a whole repetition changes nothing.

    Raises Invalid that names the line and what to do.
    """
    async with reach_store(read_settings()) as store:
        outcome = await read_import(store, organisation, path)
    _tell(f"{path} is in {organisation}: {outcome.added} new, {outcome.replaced} finished or later than here, {outcome.same} here already")
    if outcome.kept:
        _tell(f"{outcome.kept} are otherwise here and stay as they are; the first of them: {outcome.first_kept}")


class _Source:
    """A file that is read line by line."""

    def __init__(self, path: Path, raw: IO[bytes]) -> None:
        self.path = path
        self._raw = raw
        self.size = os.fstat(raw.fileno()).st_size
        self.rewind()

    def rewind(self) -> None:
        """Begins again."""
        self._raw.seek(0)
        packed = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        self._lines = gzip.GzipFile(fileobj=self._raw, mode="rb") if packed else self._raw
        self.number = self.checksum = 0

    @property
    def position(self) -> int:
        """Bytes of the file that were read."""
        return self._raw.tell()

    def next(self) -> bytes:
        """The next line, counted; b"" at the end. Raises Invalid when the file is damaged."""
        try:
            line = self._lines.readline(LONGEST_LINE + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise self.wrong(f"the file is damaged ({error})", self.number + 1) from error
        if line:
            self.number += 1
            self.checksum = zlib.crc32(line, self.checksum)
        return line

    def wrong(self, what: str, number: int) -> Invalid:
        """What is wrong at a line, and what to do."""
        return Invalid(f"{self.path}, line {number}: {what}. What stands before is stored; correct the file and import it again.")


async def read_import(store: Store, organisation: str, path: Path) -> Outcome:
    """As `import_file`, into this store."""
    with _opened(path) as source, _progress("bytes") as progress:
        try:
            header = read_header(source.next())
        except BadLine as error:
            raise Invalid(f"{path}: {error}.") from error
        if not await store.organisations.exists(organisation):
            await store.organisations.add(organisation)
        task = progress.add_task(f"import {organisation}", total=source.size)
        try:
            return await _Import(Importer(store, organisation), header, source, (progress, task)).run()
        except StoreUnavailable as error:
            raise StoreUnavailable(f"{error}. What is stored stays: import {path} again, and it goes on there.") from error


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[_Source]:
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror or error}") from error
    with raw:
        yield _Source(path, raw)


class _Import:
    """One run over one file."""

    def __init__(self, importer: Importer, header: Header, source: _Source, bar: tuple[Progress, TaskID]) -> None:
        self._importer = importer
        self._header = header
        self._source = source
        self._bar = bar
        self._outcome = Outcome()
        self._batch: list[tuple[int, int, Line]] = []
        self._bytes = 0

    async def run(self) -> Outcome:
        """All lines, then what follows from them."""
        await self._skip_what_is_stored()
        while line := self._source.next():
            number = self._source.number
            try:
                parsed = read_line(line)
            except BadLine as error:
                await self._store()
                raise self._source.wrong(str(error), number) from error
            if isinstance(parsed, End):
                await self._store()
                await self._end(parsed, number)
                return self._outcome
            self._batch.append((number, self._source.checksum, parsed))
            self._bytes += len(line)
            if len(self._batch) >= BATCH_LINES or self._bytes >= BATCH_BYTES:
                await self._store()
        await self._store()
        raise self._source.wrong("the file ends here, but an export ends with a line that says so: it is not whole", self._source.number)

    async def _skip_what_is_stored(self) -> None:
        stored, checksum = await self._importer.progress(self._header.id)
        while self._source.number < stored and self._source.next():
            pass
        if stored and (self._source.number, self._source.checksum) != (stored, checksum):
            # Another file with the same first line: from the start then, which changes nothing that is stored already.
            self._source.rewind()
            self._source.next()

    async def _store(self) -> None:
        """Stores the batch; where it cannot be, what stands before the bad line is."""
        batch, self._batch, self._bytes = self._batch, [], 0
        if not batch:
            return
        try:
            await self._store_lines(batch)
        except BadLine:
            for one in batch:
                try:
                    await self._store_lines([one])
                except BadLine as error:
                    raise self._source.wrong(str(error), one[0]) from error
        progress, task = self._bar
        progress.update(task, completed=self._source.position)

    async def _store_lines(self, batch: list[tuple[int, int, Line]]) -> None:
        number, checksum, _ = batch[-1]
        self._outcome.add(await self._importer.store([line for _, _, line in batch], self._header.id, number, checksum))

    async def _end(self, end: End, number: int) -> None:
        if end.lines != number - 1:
            raise self._source.wrong(f"{number - 1} lines stand before the last one, which counts {end.lines}", number)
        await self._importer.finish(self._header.id)
