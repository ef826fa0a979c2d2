"""Every channel of /live by its name: who may, where it comes from, what it starts with."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Any

import orjson

from hub.caller import Caller
from hub.errors import NotAllowed, NotFound
from hub.live.channel import Channel, FactSource
from hub.live.downtimes import downtimes_channel, fact_push, line_is_known
from hub.live.label_names import LabelNames
from hub.live.pictures import pictures_channel
from hub.live.predictions import predictions_channel
from hub.live.push import MessagePush
from hub.protocol.live import SubscribeRequest, latest
from hub.services.coaching import CoachingService
from hub.services.health import HealthService
from hub.services.training import SHOWN
from storage import keys
from storage.connection import Store
from storage.entities.user import Role
from storage.facts import FactsSince, Position, StoredFact, unpack_fact

# A timeline begins with what is in flight and what ended within the last hour.
SNAPSHOT_MS = 3_600_000
# A machine's clock may run ahead of ours; an event that it began a little in the future is in flight too.
AHEAD_MS = 60_000

Builder = Callable[[str, Caller, str, SubscribeRequest], Awaitable[Channel]]


class Catalogue:
    """Opens channels for callers. Everything is looked up in the caller's own organisation, so no name reaches into another's."""

    def __init__(self, store: Store, coaching: CoachingService, health: HealthService, names: LabelNames) -> None:
        self._store = store
        self._coaching = coaching
        self._health = health
        self._names = names
        self._kinds: dict[str, tuple[Role, Builder]] = {
            "coaching": (Role.VIEWER, self._coaching_of),
            "predictions": (Role.VIEWER, self._predictions_of),
            "frames": (Role.VIEWER, self._frames_of),
            "timeline": (Role.VIEWER, self._timeline_of),
            "downtime": (Role.VIEWER, self._downtime_of),
            "training": (Role.VIEWER, self._training_of),
            "health": (Role.VIEWER, self._health_of),
        }

    async def open(self, caller: Caller, request: SubscribeRequest) -> Channel:
        """The channel that a caller asks for. Raises NotFound (unknown_channel), NotAllowed."""
        kind, _, argument = request.channel.partition(":")
        if kind not in self._kinds:
            raise _unknown(request.channel)
        role, build = self._kinds[kind]
        if not caller.role.may(role):
            raise NotAllowed(f"{kind} needs the role {role.value}; you have {caller.role.value}.")
        return await build(request.channel, caller, argument, request)

    async def _coaching_of(self, name: str, caller: Caller, station: str, _: SubscribeRequest) -> Channel:
        await self._need_station(name, caller, station)
        organisation = caller.organisation

        async def state() -> tuple[object | None, Position]:
            view = await self._coaching.station_view(organisation, station)
            return view.message, view.position

        return Channel(
            name,
            f"live:{organisation}:{name}",
            keys.coaching_facts(organisation, station),
            lambda payload: _coaching_push(name, unpack_fact(payload)),
            state,
            FactSource(partial(self._store.sessions.facts_since, organisation, station), partial(_coaching_push, name)),
        )

    async def _predictions_of(self, name: str, caller: Caller, station: str, _: SubscribeRequest) -> Channel:
        await self._need_station(name, caller, station)
        return predictions_channel(name, caller.organisation, station, self._names)

    async def _frames_of(self, name: str, caller: Caller, station: str, request: SubscribeRequest) -> Channel:
        await self._need_station(name, caller, station)
        return pictures_channel(name, caller.organisation, station, request.max_fps, request.max_width)

    async def _timeline_of(self, name: str, caller: Caller, machine: str, _: SubscribeRequest) -> Channel:
        organisation = caller.organisation
        if machine != "*" and await self._store.machines.by_identifier(organisation, machine) is None:
            raise _unknown(name)

        async def state() -> tuple[object | None, Position]:
            now_ms = int(time.time() * 1000)
            wanted = None if machine == "*" else [machine]
            window = await self._store.events.window(organisation, wanted, None, now_ms - SNAPSHOT_MS, now_ms + AHEAD_MS)
            return {"events": [orjson.loads(event) for event in window.json]}, window.position

        async def since(epoch: str, offset: str, limit: int) -> FactsSince:
            return await self._store.events.facts_since(organisation, machine, epoch, offset, limit)

        source = keys.timeline(organisation) if machine == "*" else keys.Lane(organisation, keys.MACHINE, machine).intervals
        return Channel(
            name,
            f"live:{organisation}:{name}",
            source,
            lambda payload: fact_push(name, unpack_fact(payload)),
            state,
            FactSource(since, partial(fact_push, name)),
        )

    async def _downtime_of(self, name: str, caller: Caller, line: str, _: SubscribeRequest) -> Channel:
        if not await line_is_known(self._store, caller.organisation, line):
            raise _unknown(name)
        return downtimes_channel(name, self._store, caller.organisation, line)

    async def _training_of(self, name: str, caller: Caller, assembly_id: str, _: SubscribeRequest) -> Channel:
        organisation = caller.organisation
        if await self._store.assemblies.find(organisation, assembly_id) is None:
            raise _unknown(name)

        async def state() -> tuple[object | None, Position]:
            runs = await self._store.training_runs.of_assembly(organisation, assembly_id, 1)
            return (_training_content(runs[-1].model_dump(mode="json")) if runs else None), Position("", "")

        def read(payload: bytes) -> MessagePush:
            return MessagePush(latest(name, _training_content(orjson.loads(payload))))

        return Channel(name, f"live:{organisation}:{name}", keys.training(organisation, assembly_id), read, state)

    async def _health_of(self, name: str, caller: Caller, argument: str, _: SubscribeRequest) -> Channel:
        if argument:
            raise _unknown(name)

        async def state() -> tuple[object | None, Position]:
            return asdict(await self._health.report()), Position("", "")

        # The report names processes, not tenants, so it is the same for every organisation.
        return Channel(name, "live:health", keys.HEALTH, lambda payload: MessagePush(latest(name, orjson.loads(payload))), state)

    async def _need_station(self, name: str, caller: Caller, station: str) -> None:
        if await self._store.stations.find(caller.organisation, station) is None:
            raise _unknown(name)


def _unknown(name: str) -> NotFound:
    return NotFound(f"There is no channel {name[:100]}.", code="unknown_channel")


def _coaching_push(name: str, stored: StoredFact) -> MessagePush:
    """`fact` is a msg of /coach; watchers get its status as the event's type too, and its place as on /coach."""
    msg = orjson.loads(stored.fact)
    event = {"type": msg["status"], **msg, "epoch": stored.epoch, "offset": stored.offset}
    return MessagePush({"channel": name, "offset": stored.offset, "event": event}, stored.epoch, stored.offset)


def _training_content(run: dict[str, Any]) -> dict[str, Any]:
    return {"training_run_id": run["id"], **{field: run.get(field) for field in SHOWN}}
