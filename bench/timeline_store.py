"""A floor of machines with a past, for the timeline bench: made alike each time, and stored as Takt stores it and as the naive way does."""

import itertools
import json
import random
from collections.abc import Iterator

from hub.services.auth import AuthService
from storage import keys
from storage.commit import Commit
from storage.connection import Store
from storage.entities.event import ChangeKind, Event, EventChange, EventType, change_json, event_id, event_json
from storage.entities.user import Role
from storage.interval import StoredInterval

ORGANISATION = "bench"
MACHINES = 50
FROM_MS = 1_746_057_600_000
"""2025-05-01T00:00:00Z: when the past begins."""
HOUR_MS = 3_600_000
# A cycle, a step and a part each time: about 100 events an hour.
PERIOD_MS = 108_000
EVENTS_A_PERIOD = 3
# A request may be asked for this often by one token at once (hub.operation.READS).
REQUESTS_A_TOKEN = 600
_BATCH = 400


def machine(number: int) -> str:
    """Identifier of a machine."""
    return f"machine-{number:02}"


def naive_key(machine: str) -> str:
    """Stream of the naive way: an entry an event, its id the start."""
    return f"naive:{machine}"


def past(machine: str, count: int) -> Iterator[Event]:
    """`count` events of a machine, in the order in which they ended: lengths differ, cycles overlap their steps."""
    chance = random.Random(machine)
    made = 0
    for number in range(count // EVENTS_A_PERIOD + 1):
        start_ms = FROM_MS + number * PERIOD_MS + chance.randrange(2_000)
        stop_ms = start_ms + chance.randrange(30_000, PERIOD_MS - 2_000)
        step_ms = start_ms + chance.randrange(5_000)
        for type_, from_ms, to_ms, label in (
            (EventType.STEP, step_ms, max(step_ms, stop_ms - chance.randrange(20_000)), f"step {number % 7}"),
            (EventType.CYCLE, start_ms, stop_ms, f"order {number // 40}"),
            (EventType.PART_COUNT, stop_ms, stop_ms, "1"),
        ):
            if made == count:
                return
            made += 1
            id_ = event_id(ORGANISATION, type_, f"{machine}/{number}")
            # Checked models are for what comes from outside; a million of them would take longer than what is measured.
            yield Event.model_construct(
                id=id_, organisation=ORGANISATION, type=type_, machine=machine, start_ms=from_ms, end_ms=to_ms, label=label
            )


async def load(store: Store, name: str, count: int) -> None:
    """Stores the past of one machine through the one place that writes intervals."""
    await store.machines.ensure(ORGANISATION, name)
    lane = keys.Lane(ORGANISATION, keys.MACHINE, name)
    events = past(name, count)
    while batch := list(itertools.islice(events, _BATCH)):
        commit = Commit(store.database, ORGANISATION)
        for event in batch:
            stored = StoredInterval(event.id, event.type.value, event.start_ms, event.end_ms, event_json(event))
            commit.interval(lane, stored, change_json(EventChange.model_construct(kind=ChangeKind.FINISHED, event=event)))
        await commit.run()


async def load_naively(store: Store, name: str, count: int) -> None:
    """The same past as the naive way stores it: fields as text, ready for the answer."""
    pipeline = store.redis.pipeline(transaction=False)
    for event in sorted(past(name, count), key=lambda event: event.start_ms):
        fields = {key: "" if value is None else value for key, value in json.loads(event_json(event)).items()}
        pipeline.xadd(naive_key(name), fields, id=f"{event.start_ms}-*")
        if len(pipeline) >= _BATCH:
            await pipeline.execute()
    await pipeline.execute()


async def make_tokens(store: Store, requests: int) -> list[str]:
    """Enough tokens for so many requests at once; all of one organisation."""
    auth = AuthService(store)
    try:
        return [await auth.issue_token(ORGANISATION, Role.OPERATOR) for _ in range(requests // REQUESTS_A_TOKEN + 1)]
    finally:
        auth.close()
