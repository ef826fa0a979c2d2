"""Timelines to export, and files to import."""

import uuid
from pathlib import Path
from typing import Any

from hub.transfer import BATCH_LINES
from storage.connection import Store
from storage.entities.event import EventChange
from tests.support.stored import AT_MS, event

MANY = BATCH_LINES * 3 + 7


def fresh() -> str:
    """A name that no organisation has."""
    return f"i-{uuid.uuid4().hex[:12]}"


async def fill(store: Store, organisation: str, count: int = MANY) -> None:
    """Events of a few machines, one of them in flight."""
    for machine in ("M1", "M2"):
        await store.machines.ensure(organisation, machine)
    made = [event(organisation, str(n), AT_MS + n, AT_MS + n + 5, machine=f"M{n % 2 + 1}", label='"ž"') for n in range(count - 1)]
    changes = [EventChange.finished(e) for e in made] + [EventChange.started(event(organisation, "open", AT_MS, machine="M1"))]
    for at in range(0, count, 500):
        await store.events.record(changes[at : at + 500])


async def events_of(store: Store, organisation: str) -> bytes:
    found = await store.events.window_json(organisation, ["M1", "M2"], None, AT_MS - 1, AT_MS + 10**6)
    assert found.json is not None
    return found.json


def rewritten(path: Path, change: Any) -> Path:
    """The file with its lines changed by a function."""
    lines = path.read_bytes().splitlines(keepends=True)
    other = path.with_name(f"{uuid.uuid4().hex}.ndjson")
    other.write_bytes(b"".join(change(lines)))
    return other
