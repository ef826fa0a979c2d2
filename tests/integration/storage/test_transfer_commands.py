"""`takt export` and `takt import` as they are typed: on a folder where nothing runs, and beside a Takt that does."""

import asyncio
import subprocess
from pathlib import Path

from storage.connection import Store
from storage.entities.event import EventChange
from tests.support.store import KillableStore
from tests.support.stored import AT_MS, event
from tests.support.system import takt


async def run(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(takt, data_dir, *arguments)


async def test_what_one_takt_exports_while_it_runs_another_imports_that_does_not(killable_store: KillableStore, tmp_path: Path) -> None:
    store = await Store.connect(killable_store.settings)
    try:
        await store.organisations.add("acme")
        await store.machines.ensure("acme", "M1")
        await store.events.record([EventChange.finished(event("acme", "1", AT_MS, AT_MS + 5, machine="M1"))])
    finally:
        await store.close()
    first, second, elsewhere = tmp_path / "first.ndjson", tmp_path / "second.ndjson", tmp_path / "elsewhere"

    out = await run(killable_store.data_dir, "export", str(first), "--organisation", "acme")
    assert (out.returncode, out.stdout) == (0, "")
    assert f"{first} has 4 lines of acme" in out.stderr
    brought = await run(elsewhere, "import", str(first), "--organisation", "acme")
    assert (brought.returncode, brought.stdout) == (0, "")
    assert "2 new, 0 finished or later than here, 0 here already" in brought.stderr
    assert (await run(elsewhere, "export", str(second), "--organisation", "acme")).returncode == 0
    assert second.read_bytes().splitlines()[1:] == first.read_bytes().splitlines()[1:]


async def test_what_cannot_be_done_is_one_sentence(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("something else\n")
    said = await run(tmp_path / "data", "import", str(wrong))
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == f"takt: {wrong}: this is no export of Takt: its first line does not say so.\n"
