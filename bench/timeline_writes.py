"""Writes of single events, each durable before it is acknowledged, by several writers at once."""

import asyncio
import sys
import time
from typing import Any

from bench.timeline_store import FROM_MS, ORGANISATION, machine
from storage.connection import Store
from storage.entities.event import Event, EventChange, EventType, event_id

WRITERS = (1, 16, 64)
EVENTS = 320


async def measure_writes(store: Store) -> list[dict[str, Any]]:
    """Rows: acknowledged events a second, and how long one waited."""
    return [await _written(store, writers) for writers in WRITERS]


async def _written(store: Store, writers: int) -> dict[str, Any]:
    left = iter(range(EVENTS))
    took: list[float] = []

    async def writer() -> None:
        for number in left:
            begun = time.perf_counter()
            await store.events.record([EventChange.finished(_event(f"{writers}/{number}", number))])
            took.append(time.perf_counter() - begun)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(writers):
            group.create_task(writer())
    seconds = time.perf_counter() - started
    took.sort()
    row = {
        "case": "write",
        "writers": writers,
        "per_s": round(EVENTS / seconds),
        "p50_ms": round(took[len(took) // 2] * 1000, 2),
        "p99_ms": round(took[len(took) * 99 // 100] * 1000, 2),
    }
    print("timeline: " + " ".join(f"{name} {value}" for name, value in row.items()), file=sys.stderr, flush=True)
    return row


def _event(key: str, number: int) -> Event:
    start_ms = FROM_MS + number * 1000
    name = machine(number % 50)
    id_ = event_id(ORGANISATION, EventType.ACTIVITY_REASON, f"{name}/{key}")
    return Event(
        id=id_,
        organisation=ORGANISATION,
        type=EventType.ACTIVITY_REASON,
        machine=name,
        start_ms=start_ms,
        end_ms=start_ms + 500,
        label="written",
    )
