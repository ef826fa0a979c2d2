"""The vision process between its start and its end: follows stations and sessions, publishes, answers, says how it is."""

import asyncio
import json
import logging
import os
import time

import openvino as ov

from storage import keys
from storage.connection import Store
from storage.entities.station import Station
from storage.errors import StoreUnavailable
from storage.messages import PushedFrame
from storage.packing import unpack
from storage.streams import CommandServer
from vision.capture import LIVE
from vision.lookout import Told
from vision.pictures import WIDTHS
from vision.repeat import repeat
from vision.settings import VisionSettings
from vision.sources.choose import PUSH
from vision.worker.commands import Desk
from vision.worker.downtimes import Downtimes
from vision.worker.films import Films
from vision.worker.focus import Choice, Focus
from vision.worker.post import Post
from vision.worker.regions import Regions

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 2.0
# At a tenth of a megabyte a second and station, a film takes a megabyte meanwhile.
_ROOM_EVERY_S = 10.0
_DEMAND_EVERY_S = 0.5
# The process ends within two seconds; most of them are the cameras'.
_LAST_WORDS_S = 0.3
_BEAT_EVERY_S, _BEAT_TTL_S = 2.0, 7
_GREATEST_FPS = 60.0


class Worker:
    """Owns every station's vision."""

    def __init__(self, store: Store, settings: VisionSettings) -> None:
        self._store = store
        self._settings = settings
        self._core = ov.Core()
        self._posts: dict[tuple[str, str], Post] = {}
        self._organisations: list[str] = []
        self._focus = Focus(store)
        self._stations_changed = asyncio.Event()
        self._focus_changed = asyncio.Event()
        self._films = Films(store, self._posts, settings)
        self._units_changed = asyncio.Event()
        self._subscriber = store.subscriber(self._look_again)
        self._tending = asyncio.Lock()
        self._downtimes = Downtimes(store)
        self._regions = Regions(store, self._posts, self._downtimes)
        self._desk = Desk(store, self._posts, self._tend_stations, self._tend_regions)
        self._looked = False
        """Whether the stations have been read: until then nobody knows which regions are watched."""

    async def run(self) -> None:
        """Works until cancelled, through every absence of the store."""
        server = CommandServer(self._store, "vision", self._desk.handlers())
        try:
            async with self._subscriber, asyncio.TaskGroup() as group:
                group.create_task(self._listen())
                group.create_task(repeat("stations", self._tend_stations, _LOOK_EVERY_S, self._stations_changed))
                group.create_task(repeat("focus", self._tend_focus, _LOOK_EVERY_S, self._focus_changed))
                group.create_task(repeat("films", self._tend_films, _LOOK_EVERY_S, self._units_changed))
                group.create_task(repeat("room for films", self._films.make_room, _ROOM_EVERY_S))
                group.create_task(repeat("regions", self._tend_regions, _LOOK_EVERY_S, self._downtimes.refused))
                group.create_task(repeat("downtimes", self._downtimes.store_all, _LOOK_EVERY_S, self._downtimes.arrived))
                group.create_task(repeat("pictures", self._tend_demand, _DEMAND_EVERY_S))
                group.create_task(repeat("health", self._beat, _BEAT_EVERY_S))
                group.create_task(server.run())
        finally:
            await self._stop()

    def _look_again(self) -> None:
        self._stations_changed.set()
        self._focus_changed.set()
        self._units_changed.set()

    async def _stop(self) -> None:
        ended = await asyncio.gather(*(post.stop() for post in self._posts.values()))
        if not all(ended):
            log.warning("a camera did not let go in time")
        self._posts.clear()
        try:
            async with asyncio.timeout(_LAST_WORDS_S):
                await self._downtimes.store_all()
                await self._store.redis.delete(keys.component("vision"))
        except (StoreUnavailable, TimeoutError):
            log.info("the store is away: the last heartbeat expires by itself")

    # --- what comes in ----------------------------------------------------------------------------------------
    async def _listen(self) -> None:
        async for channel, payload in self._subscriber:
            post = next((p for p in self._posts.values() if channel == keys.pushed_frames(p.organisation, p.station_id)), None)
            if post is None:
                self._focus_changed.set()
                self._units_changed.set()
                continue
            try:
                pushed = unpack(PushedFrame, payload)
            except ValueError:
                log.warning("a pushed frame of %s is not readable", post.station_id)
                continue
            if post.vision.pushed is not None:
                post.vision.pushed.offer(pushed.frame_no, pushed.captured_at_ns, pushed.jpeg)

    async def _tend_stations(self) -> None:
        """Opens cameras of new stations, closes those of stations that are gone, and opens changed ones anew."""
        async with self._tending:
            self._organisations = await self._store.organisations.names()
            wanted: dict[tuple[str, str], Station] = {}
            for organisation in self._organisations:
                await self._subscriber.subscribe(keys.focus(organisation))
                wanted |= {(organisation, station.id): station for station in await self._store.stations.list(organisation)}
            for key, post in list(self._posts.items()):
                if key not in wanted or wanted[key].camera != post.camera:
                    await self._close(key, post)
            for key, station in wanted.items():
                await self._open(key, station)
            for organisation in self._organisations:
                await self._desk.resume(organisation)
            if not self._looked:
                self._looked = True
                self._downtimes.refused.set()

    async def _close(self, key: tuple[str, str], post: Post) -> None:
        del self._posts[key]
        await self._subscriber.unsubscribe(keys.pushed_frames(*key))
        await post.stop()
        await post.forget_state()

    async def _open(self, key: tuple[str, str], station: Station) -> None:
        if key not in self._posts:
            post = self._posts[key] = Post(self._store, station, self._settings, self._core, self._stop_seen)
            post.start()
            self._focus_changed.set()
            self._units_changed.set()
        if station.camera == PUSH:
            await self._subscriber.subscribe(keys.pushed_frames(*key))

    async def _tend_regions(self) -> None:
        if self._looked:
            await self._regions.tend(self._organisations)

    def _stop_seen(self, organisation: str, told: Told) -> None:
        self._downtimes.hear(organisation, told.region, told.generation, told.change)

    async def _tend_focus(self) -> None:
        for organisation in self._organisations:
            choices = await self._focus.choices(organisation)
            for (owner, station_id), post in self._posts.items():
                if owner == organisation:
                    choice = choices.get(station_id, Choice())
                    post.vision.models.want(choice.now, choice.next_one, choice.spare)

    async def _tend_films(self) -> None:
        if self._looked:
            await self._films.tend(self._organisations)

    async def _tend_demand(self) -> None:
        for organisation in self._organisations:
            posts = [post for (owner, _), post in self._posts.items() if owner == organisation]
            names = [keys.picture_demand(organisation, post.station_id, width) for post in posts for width in WIDTHS]
            said = await self._store.redis.mget(names) if names else []
            for number, post in enumerate(posts):
                values = said[number * len(WIDTHS) : (number + 1) * len(WIDTHS)]
                post.vision.pictures.demand({width: fps for width, value in zip(WIDTHS, values, strict=True) if (fps := _fps(value)) > 0})

    # --- health -----------------------------------------------------------------------------------------------
    async def _beat(self) -> None:
        posts = list(self._posts.values())
        for post in posts:
            await post.announce_state()
        said = {**describe(posts, self._films.troubles()), "downtimes_waiting": self._downtimes.waiting}
        await self._store.redis.set(keys.component("vision"), json.dumps(said), ex=_BEAT_TTL_S)


def _fps(said: bytes | None) -> float:
    """Frames/s in demand; 0 when nobody asks."""
    if said is None:
        return 0.0
    try:
        return min(_GREATEST_FPS, max(0.0, float(said)))
    except ValueError:
        return 0.0


def describe(posts: list[Post], troubles: list[str]) -> dict[str, object]:
    """The heartbeat: ok, or degraded with what a person should look at first, beginning with `troubles`, and every station in numbers."""
    troubles = list(troubles)
    for post in posts:
        state = post.vision.capture.state
        if state.state != LIVE and post.camera != PUSH:
            troubles.append(f"camera of {post.station_id} is {state.state}" + (f": {state.reason}" if state.reason else ""))
        if post.vision.models.error:
            troubles.append(f"{post.station_id}: {post.vision.models.error}")
    return {
        "state": "degraded" if troubles else "ok",
        "reason": "; ".join(troubles)[:500],
        "at_ms": time.time_ns() // 1_000_000,
        "pid": os.getpid(),
        "stations": [post.describe() for post in posts],
    }
