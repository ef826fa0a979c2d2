"""What is well and what is not: heartbeats of the processes, durability of the store, cameras."""

import asyncio
import time
from dataclasses import asdict, dataclass

import orjson

from hub.settings import Settings
from storage import keys
from storage.connection import Store
from storage.durability import Durability
from storage.errors import StoreUnavailable
from storage.messages import SourceState
from storage.packing import unpack

BEAT_EVERY_S = 2.0
# Three beats may be lost before a process counts as gone.
BEAT_TTL_S = 7
ASK_WITHIN_S = 2.0
NEEDED = ("hub", "vision", "trainer", "jobs")

_BADNESS = {"ok": 0, "degraded": 1, "missing": 2}
_STATES = ("ok", "degraded", "missing")


@dataclass(frozen=True, slots=True)
class Component:
    """One part of Takt: `state` ok, degraded or missing, why, and how old its last word is."""

    name: str
    state: str
    reason: str = ""
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All components, the worst state of them, and whether the store keeps what it acknowledges."""

    state: str
    components: tuple[Component, ...]
    durable: bool
    store: str


class HealthService:
    """Collects what the processes beat, and answers: is this hub ready, and how are the parts."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    async def keep_beating(self, name: str) -> None:
        """Beats for the process `name` (such as "hub:4711") until cancelled. Raises StoreUnavailable."""
        while True:
            await self.beat(name)
            await asyncio.sleep(BEAT_EVERY_S)

    async def beat(self, name: str, state: str = "ok", reason: str = "") -> None:
        """One heartbeat: JSON {state, reason, at_ms} under keys.component(name), gone after BEAT_TTL_S."""
        said = orjson.dumps({"state": state, "reason": reason, "at_ms": _now_ms()})
        await self._store.redis.set(keys.component(name), said, ex=BEAT_TTL_S)

    async def publish(self) -> None:
        """Beats for the jobs process and publishes the report on the channel `health`; called by the jobs."""
        await self.beat("jobs")
        await self._store.channels.publish(keys.HEALTH, orjson.dumps(asdict(await self.report())))

    async def missing(self) -> list[str]:
        """What this hub lacks to answer; empty = ready. Never raises."""
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                await self._store.redis.ping()
        except (StoreUnavailable, TimeoutError):
            return ["store"]
        return []

    async def report(self, organisation: str | None = None) -> Report:
        """How every part is, with the cameras of one organisation. Raises StoreUnavailable."""
        durability = await self._store.durability()
        beats = await self._beats()
        alive = {component.name.partition(":")[0] for component in beats}
        silent = [Component(name, "missing", "no heartbeat: the process is not running") for name in NEEDED if name not in alive]
        cameras = await self.cameras(organisation) if organisation is not None else []
        components = (_of_store(durability), *beats, *silent, *cameras)
        worst = max(_BADNESS.get(component.state, 1) for component in components)
        return Report(_STATES[worst], components, durability.durable, durability.server)

    async def _beats(self) -> list[Component]:
        found = []
        async for key in self._store.redis.scan_iter(match=keys.COMPONENTS, count=1000):
            said = await self._store.redis.get(key)
            if said is not None:
                found.append(_component(key.decode().removeprefix(keys.component("")), said))
        return sorted(found, key=lambda component: component.name)

    async def cameras(self, organisation: str) -> list[Component]:
        """How the cameras of an organisation's stations are."""
        stations = await self._store.stations.list(organisation)
        if not stations:
            return []
        said = await self._store.redis.mget([keys.source_state(organisation, station.id) for station in stations])
        return [_of_camera(station.id, unpack(SourceState, raw) if raw else None) for station, raw in zip(stations, said, strict=True)]


def _of_store(durability: Durability) -> Component:
    return Component("store", "ok" if durability.durable else "degraded", durability.reason)


def _of_camera(station: str, source: SourceState | None) -> Component:
    name = f"camera:{station}"
    if source is None:
        return Component(name, "missing", "vision says nothing about it")
    age_s = None if source.frame_age_ms is None else round(source.frame_age_ms / 1000, 3)
    return Component(name, "ok" if source.state == "live" else "degraded", source.reason or source.state, age_s)


def _component(name: str, said: bytes) -> Component:
    try:
        value = orjson.loads(said)
        age_s = round(max(0, _now_ms() - int(value["at_ms"])) / 1000, 1)
        return Component(name, str(value.get("state", "ok")), str(value.get("reason", "")), age_s)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        return Component(name, "degraded", "its heartbeat is not readable")


def _now_ms() -> int:
    return int(time.time() * 1000)
