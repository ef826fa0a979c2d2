"""`downtime:{line}`: what the cameras of a line say of its downtimes, as facts."""

from functools import partial

import orjson

from hub.live.channel import Channel, FactSource
from hub.live.push import JsonPush
from storage import keys
from storage.connection import Store
from storage.facts import Position, StoredFact, unpack_fact


def downtimes_channel(name: str, store: Store, organisation: str, line: str) -> Channel:
    """Its state is {"downtimes": [...]}, those that last now, oldest first, in the shape of the facts."""
    downtimes = store.detected_downtimes

    async def state() -> tuple[object | None, Position]:
        # The position before the state: what comes in between is then told twice, not never.
        position = await downtimes.position(organisation, line)
        lasting = await downtimes.in_flight(organisation, line)
        return {"downtimes": [{**orjson.loads(downtime), "ended_at": None} for downtime in lasting]}, position

    return Channel(
        name,
        f"live:{organisation}:{name}",
        keys.downtime_facts(organisation, line),
        lambda payload: fact_push(name, unpack_fact(payload)),
        state,
        FactSource(partial(downtimes.facts_since, organisation, line), partial(fact_push, name)),
    )


async def line_is_known(store: Store, organisation: str, line: str) -> bool:
    """Whether a line has, or had, a region that is watched."""
    if await store.detected_downtimes.has_line(organisation, line):
        return True
    return any(roi.line_name == line for roi in await store.rois.list(organisation))


def fact_push(name: str, stored: StoredFact) -> JsonPush:
    """A fact that is stored ready as {"type", ...}."""
    head = b'{"channel":' + orjson.dumps(name) + b',"offset":"' + stored.offset.encode() + b'","event":'
    return JsonPush(head + stored.fact + b"}", stored.epoch, stored.offset)
