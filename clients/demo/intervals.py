"""What REST gives back about a unit: its cycle and its steps, all finished."""

import asyncio
import time
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from clients.demo.bench import Bench
from clients.demo.screen import Screen
from clients.demo.teach import STATION
from clients.station import RestClient

# A fact and its intervals are one; a reader behind another hub may be a moment late.
THERE_WITHIN_S = 5.0
LOOK_EVERY_S = 0.3


async def read_back(rest: RestClient, bench: Bench, began_at_s: float, screen: Screen) -> list[str]:
    """Prints the unit's intervals and returns a sentence for each that is missing. `began_at_s` is UNIX time."""
    steps = len(bench.step_names())
    deadline = time.monotonic() + THERE_WITHIN_S
    while True:
        events = [event for event in await _events(rest, began_at_s) if datetime.fromisoformat(event["from"]).timestamp() >= began_at_s]
        lacking = _lacking(events, steps)
        if not lacking or time.monotonic() > deadline:
            break
        await asyncio.sleep(LOOK_EVERY_S)
    screen.events_table(events)
    return lacking


async def _events(rest: RestClient, began_at_s: float) -> list[dict[str, Any]]:
    window = {"from": _stamp(began_at_s - 5), "to": _stamp(time.time() + 60), "machine_foreign_ids": STATION, "types": "cycle,step"}
    events: list[dict[str, Any]] = await rest.get(f"/api/v1/events?{urlencode(window)}")
    return events


def _lacking(events: list[dict[str, Any]], steps: int) -> list[str]:
    finished = {kind: sum(event["type"] == kind and event["to"] is not None for event in events) for kind in ("cycle", "step")}
    lacking = [] if finished["cycle"] else ["The unit's cycle is not in the timeline, finished."]
    if finished["step"] < steps:
        lacking.append(f"The timeline has {finished['step']} finished steps of {steps}.")
    return lacking


def _stamp(at_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s))
