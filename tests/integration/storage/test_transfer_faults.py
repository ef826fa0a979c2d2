"""Files that are damaged, stops in the middle, full disks: nothing is lost, nothing is half, and a sentence says what to do."""

import asyncio
import gzip
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.transfer import read_import, write_export
from storage import keys
from storage.connection import Store
from storage.errors import NotStored, StoreUnavailable
from storage.transfer import exporting
from storage.transfer.exporting import export_lines
from storage.transfer.lines import LONGEST_LINE
from tests.support.exports import MANY, events_of, fill, fresh, rewritten
from tests.support.store import KillableStore
from tests.support.system import ROOT, environment

pytestmark = pytest.mark.usefixtures("pace")


@pytest.fixture
def pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small batches, so that there are many."""
    monkeypatch.setattr("hub.transfer.BATCH_LINES", 20)


# --- bad files ------------------------------------------------------------------------------------------------
INTERVAL = '{"lane":"timeline","owner":"M1","id":"x","type":"step","start":1,"end":2,"json":"{\\"id\\":\\"x\\"}"}'
BAD_LINES = (
    b"not json",
    b"[]",
    b"{}",
    b'{"lane":"timeline"}',
    INTERVAL.replace('"timeline"', '"elsewhere"').encode(),
    INTERVAL.replace('"M1"', '"detected:L1"').encode(),
    INTERVAL.replace('"end":2', '"end":0').encode(),
    INTERVAL.replace('"start":1', '"start":1.5').encode(),
    INTERVAL.replace('"start":1', '"start":true').encode(),
    INTERVAL.replace('"step"', '"two words"').encode(),
    INTERVAL.replace('{\\"id\\":\\"x\\"}', "nothing").encode(),
    INTERVAL.replace('{\\"id\\":\\"x\\"}', '{\\"id\\":\\"y\\"}').encode(),
    INTERVAL.replace('"timeline"', '"downtime-records"').encode(),
    INTERVAL.replace('"timeline"', '"detected"').encode(),
    INTERVAL.replace('"end":2', '"end":2,"more":1').encode(),
    b'{"noun":"user","entity":{}}',
    b'{"noun":"machine","entity":{}}',
    b'{"table":"users","field":"a","value":"b"}',
    b'{"history":"m","fact":"{}"}',
    b'{"history":"m","fact":"nonsense"}',
    b'{"takt":"end","lines":3}',
    b'{"lane":"' + b"x" * (LONGEST_LINE + 10) + b'"}',
    b"\xff\xfe",
)


async def test_a_bad_line_is_named_and_what_stands_before_it_is_stored(store: Store, organisation: str, tmp_path: Path) -> None:
    await fill(store, organisation, 60)
    file = tmp_path / "all.ndjson"
    await write_export(store, organisation, file)
    for bad in BAD_LINES:
        other, at = fresh(), 33
        damaged = rewritten(file, lambda lines, bad=bad, at=at: [*lines[: at - 1], bad + b"\n", *lines[at - 1 :]])
        with pytest.raises(Invalid, match=rf"line {at}: "):
            await read_import(store, other, damaged)
        lanes = [keys.Lane(other, keys.MACHINE, m) for m in ("M1", "M2")]
        assert sum([await store.redis.hlen(lane.json) for lane in lanes]) == at - 4, bad[:60]
        # The same file, corrected, goes on to its end.
        await read_import(store, other, file)
        assert await events_of(store, other) == await events_of(store, organisation)


async def test_what_is_no_export_is_refused_before_anything_is_made(store: Store, tmp_path: Path) -> None:
    file, other = tmp_path / "file", fresh()
    header = {"takt": "export", "version": 2, "id": "0" * 32, "organisation": "x", "made_at_ms": 1}
    for content, reason in (
        (b"", "no export of Takt"),
        (b"hello\n", "no export of Takt"),
        (b"x" * (LONGEST_LINE * 2), "no export of Takt"),
        (b"\x1f\x8bnonsense", "damaged"),
        (json.dumps(header).encode() + b"\n", "has form 2, and this Takt knows 1"),
    ):
        file.write_bytes(content)
        with pytest.raises(Invalid, match=reason):
            await read_import(store, other, file)
    with pytest.raises(Invalid, match="cannot be read"):
        await read_import(store, other, tmp_path / "absent")
    assert not await store.organisations.exists(other)


async def test_a_packed_file_that_was_cut_is_not_whole(store: Store, organisation: str, tmp_path: Path) -> None:
    await fill(store, organisation)
    file, cut, other = tmp_path / "all.gz", tmp_path / "cut.gz", fresh()
    await write_export(store, organisation, file)
    assert gzip.decompress(file.read_bytes()).count(b"\n") == MANY + 4
    cut.write_bytes(file.read_bytes()[:-2000])
    with pytest.raises(Invalid, match=r"line \d+: .*(damaged|valid|EOF)"):
        await read_import(store, other, cut)
    await read_import(store, other, file)
    assert await events_of(store, other) == await events_of(store, organisation)


async def test_a_file_that_cannot_be_written_leaves_nothing_behind(store: Store, organisation: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be written"):
        await write_export(store, organisation, tmp_path / "no" / "folder")
    old = tmp_path / "old"
    old.write_text("as it was")
    with pytest.raises(NotStored):
        await write_export(store, "nobody", old)
    assert (old.read_text(), [entry.name for entry in os.scandir(tmp_path)]) == ("as it was", ["old"])


async def test_lines_that_come_twice_are_stored_once_where_the_last_line_counts_them(
    store: Store, organisation: str, tmp_path: Path
) -> None:
    await fill(store, organisation, 60)
    file, other = tmp_path / "all.ndjson", fresh()
    await write_export(store, organisation, file)
    twice = rewritten(file, lambda lines: [lines[0], *(line for line in lines[1:-1] for _ in range(2)), lines[-1]])
    with pytest.raises(Invalid, match="which counts"):
        await read_import(store, other, twice)
    counted = rewritten(twice, lambda lines: [*lines[:-1], b'{"takt":"end","lines":%d}\n' % (len(lines) - 1)])
    outcome = await read_import(store, other, counted)
    assert (outcome.added, outcome.kept) == (0, 0)
    assert await events_of(store, other) == await events_of(store, organisation)


# --- stops ----------------------------------------------------------------------------------------------------
async def test_an_import_whose_store_dies_says_so_and_goes_on_where_it_was(killable_store: KillableStore, tmp_path: Path) -> None:
    store, file = await Store.connect(killable_store.settings), tmp_path / "all.ndjson"
    try:
        for name in ("here", "there"):
            await store.organisations.add(name)
        await fill(store, "here", 2_000)
        await write_export(store, "here", file)
        going = asyncio.create_task(read_import(store, "there", file))
        async with asyncio.timeout(30):
            while not await store.redis.hlen(keys.imports("there")):
                pass
        killable_store.kill()
        with pytest.raises(StoreUnavailable, match="What is stored stays: import .*all.ndjson again, and it goes on there"):
            await going
        killable_store.start()
        [said] = (await store.redis.hgetall(keys.imports("there"))).values()
        outcome = await read_import(store, "there", file)
        assert (outcome.added, outcome.same) == (2_003 - int(said.split()[0]), 0)
        assert await events_of(store, "there") == await events_of(store, "here")
    finally:
        await store.close()


async def test_what_a_killed_export_left_behind_goes_with_the_next_one(store: Store, organisation: str, tmp_path: Path) -> None:
    ended = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await ended.wait()
    dead, alive, foreign = f".all.ndjson.{ended.pid}.part", f".all.ndjson.{os.getppid()}.part", ".all.ndjson.notes.part"
    for name in (dead, alive, foreign):
        (tmp_path / name).write_text("begun")
    await write_export(store, organisation, tmp_path / "all.ndjson")
    assert {entry.name for entry in os.scandir(tmp_path)} == {alive, foreign, "all.ndjson"}


async def test_a_full_disk_leaves_the_older_file_and_no_half_one(store: Store, organisation: str, tmp_path: Path) -> None:
    await fill(store, organisation, MANY)
    wish = environment(tmp_path / "data", TAKT_REDIS_URL=str(store.settings.redis_url))

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, 16_384))

    file = tmp_path / "out" / "all.ndjson.gz"
    file.parent.mkdir()
    file.write_text("as it was")
    command = [sys.executable, "-m", "hub.cli", "export", str(file), "--organisation", organisation]
    done = {"env": wish, "cwd": ROOT, "preexec_fn": little_room}
    ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=False, **done)
    assert (ended.returncode, ended.stderr) == (1, f"takt: {file} cannot be written: File too large\n")
    assert (file.read_text(), [entry.name for entry in os.scandir(file.parent)]) == ("as it was", [file.name])


async def test_what_is_deleted_during_an_export_takes_nothing_else_with_it(
    store: Store, organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PORTION", 2)
    machines = [await store.machines.ensure(organisation, f"M{number}") for number in range(9)]
    # Many of one moment are more than a portion.
    for machine in machines[2:]:
        moved = machine.model_copy(update={"created_at_ms": machines[0].created_at_ms + 10_000})
        await store.machines.delete(organisation, machine.id)
        await store.machines.add(moved.model_copy(update={"version": 0}))
    lines = export_lines(store, organisation)
    told = [json.loads(await anext(lines)) for _ in range(3)]
    await store.machines.delete(organisation, machines[0].id)
    told += [json.loads(line) async for line in lines]
    named = [line["entity"]["machine_identifier"] for line in told if line.get("noun") == "machine"]
    assert (named[:2], sorted(named)) == (["M0", "M1"], [f"M{number}" for number in range(9)])
