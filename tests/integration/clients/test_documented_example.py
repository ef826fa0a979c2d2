"""The example of docs/station-client.md is run as it stands there."""

import asyncio
import os
import re
import sys
from pathlib import Path

from storage.entities.user import Role
from tests.support.coaching import add_assembly, add_station, wait_for_fact
from tests.support.hub import RunningHub

ROOT = Path(__file__).resolve().parents[3]


async def test_the_documented_example_coaches_a_unit_to_its_end(hub: RunningHub, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "station-client.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    example = tmp_path / "example.py"
    example.write_text(code)
    (tmp_path / "0.jpg").write_bytes(b"\xff\xd8 a picture")
    await add_assembly(hub.store, hub.organisation, steps=1)
    await add_station(hub.store, hub.organisation)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TAKT_URL": hub.url, "TAKT_TOKEN": await hub.token(Role.OPERATOR)}
    command = (sys.executable, str(example), "st1", "asm", str(tmp_path))
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    try:
        started = await wait_for_fact(hub.store, hub.organisation, "COACHING_STARTED")
        running = str(started[-1]["assembly_record_id"])
        await hub.hub.coaching.complete(hub.organisation, "asm", running)
        said, _ = await asyncio.wait_for(process.communicate(), 20)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    statuses = [line.split()[0] for line in said.decode().splitlines()]
    assert (statuses[0], statuses[-1]) == ("COACHING_STARTED", "COACHING_COMPLETE")
