"""The requests that the documents show are sent as they stand there, and answered well."""

import json
import re
import shlex
from pathlib import Path

import pytest

from storage.entities.user import Role
from tests.support.coaching import add_station
from tests.support.hub import RunningHub

ROOT = Path(__file__).resolve().parents[3]
HERE = "http://127.0.0.1:8000"
NOW = {"%FT00:00:00Z": "2026-11-21T00:00:00Z", "%FT23:59:59Z": "2026-11-21T23:59:59Z"}


def requests_of(document: str) -> list[list[str]]:
    """The curl commands of a document as words, dates filled in."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)
    commands = [block.replace("\\\n", " ") for block in blocks if block.startswith("curl")]
    filled = [re.sub(r"\$\(date -u \+([^)]+)\)", lambda match: NOW[match[1]], command) for command in commands]
    return [shlex.split(command)[1:] for command in filled]


@pytest.mark.parametrize("document", ["README.md", "docs/timelines.md", "docs/regions.md"])
async def test_a_documented_request_is_answered_well(hub: RunningHub, document: str) -> None:
    await add_station(hub.store, hub.organisation, "bench-1")
    await hub.store.machines.ensure(hub.organisation, "PRESS-4", None)
    admin = await hub.as_role(Role.ADMIN)
    commands = requests_of(document)
    assert commands
    for words in commands:
        options = dict(zip(words, words[1:], strict=False))
        (address,) = [word for word in words if word.startswith(HERE)]
        body = json.loads(options["-d"]) if "-d" in options else None
        answer = await admin(options.get("-X", "GET"), address.removeprefix(HERE), body)
        assert answer.status in (200, 201), answer.body


async def test_the_documented_shift_pattern_is_taken(hub: RunningHub) -> None:
    (pattern,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "timelines.md").read_text(), re.DOTALL)
    admin = await hub.as_role(Role.ADMIN)
    await hub.store.machines.ensure(hub.organisation, "PRESS-4", None)
    answer = await admin("PUT", "/api/v1/shift-patterns/two-shifts", json.loads(pattern))
    assert answer.status in (200, 201), answer.body
