"""Which units are filmed: follows sessions and their assemblies, finishes films, keeps them within the disk they may take."""

import asyncio
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from storage.connection import Store
from storage.entities.film import Film, Stretch, film_folder, films_folder
from storage.entities.session import Session, SessionState
from storage.errors import AlreadyExists, BadKey
from storage.repositories.assembly_records import ended_at_ms
from vision.film import Filmed, finish
from vision.filmer import Shooting
from vision.settings import VisionSettings
from vision.worker.post import Post

log = logging.getLogger(__name__)

# Films are removed so many at a time, oldest first, until the others fit.
_REMOVED_AT_ONCE = 20
_GB = 10**9


class Films:
    """Keeps every station's filmer in step with the sessions that are stored. Used from the event loop."""

    def __init__(self, store: Store, posts: Mapping[tuple[str, str], Post], settings: VisionSettings) -> None:
        self._store = store
        self._posts = posts
        self._most_bytes = round(settings.films_most_gb * _GB)
        self._free_bytes = round(settings.films_free_gb * _GB)
        self._begun: dict[str, set[str]] = {}
        """By organisation: records whose films are not finished. What is on disk is read once, at the start."""
        self._is_short = False
        self._wanted = 0

    def troubles(self) -> list[str]:
        """What a person should look at."""
        said = [post.vision.filmer.trouble for post in self._posts.values() if post.vision.filmer.trouble]
        if self._is_short and self._wanted:
            said.append(f"units are not filmed: less than {self._free_bytes / _GB:g} GB are free on the disk (TAKT_FILMS_FREE_GB)")
        return said

    async def tend(self, organisations: Sequence[str]) -> None:
        """Makes filmed what is to be filmed, and finishes films whose units have ended. Safe to repeat. Raises StoreUnavailable."""
        wanted = 0
        for organisation in organisations:
            if organisation not in self._begun:
                self._begun[organisation] = await self._left_over(organisation)
                await self._make_room(organisation)
            sessions = await self._store.sessions.all_open(organisation)
            wanted += await self._follow(organisation, sessions)
            for record_id in sorted(self._begun[organisation] - {session.id for session in sessions}):
                await self._finish(organisation, record_id)
        self._wanted = wanted

    async def make_room(self) -> None:
        """Looks whether the disk has room, and removes the oldest films where an organisation has more than it may. Raises
        StoreUnavailable."""
        try:
            usage = await asyncio.to_thread(shutil.disk_usage, self._store.settings.data_dir)
        except OSError as error:
            log.error("the disk of the films cannot be read: %s", error)
            return
        self._is_short = usage.free < self._free_bytes
        for organisation in list(self._begun):
            await self._make_room(organisation)

    # --- inside ---------------------------------------------------------------------------------------------
    async def _left_over(self, organisation: str) -> set[str]:
        """What the process before this one had not finished, perhaps killed."""
        try:
            on_disk = await asyncio.to_thread(self._store.files.list, films_folder(organisation))
        except OSError as error:
            log.error("the films of %s cannot be read: %s", organisation, error)
            return set()
        return set(on_disk) - await self._store.films.among(organisation, on_disk)

    async def _follow(self, organisation: str, sessions: Sequence[Session]) -> int:
        """How many units are to be filmed."""
        sessions = [session for session in sessions if session.filmed]
        still_on = set()
        for assembly_id in {session.assembly_id for session in sessions}:
            # Whoever turns the switch off ends the films that are being made.
            assembly = await self._store.assemblies.find(organisation, assembly_id)
            if assembly is not None and assembly.record_videos:
                still_on.add(assembly_id)
        units = {session.station_id: session for session in sessions if session.assembly_id in still_on}
        for (owner, station_id), post in list(self._posts.items()):
            if owner != organisation:
                continue
            unit = units.get(station_id)
            shooting = None
            if unit is not None and unit.state is SessionState.ACTIVE and not self._is_short:
                self._begun[organisation].add(unit.id)
                shooting = Shooting(unit.id, self._folder(organisation, unit.id))
            post.vision.filmer.follow(shooting)
        return len(units)

    async def _finish(self, organisation: str, record_id: str) -> None:
        session = await self._store.sessions.find(organisation, record_id)
        if session is not None and not session.has_ended:
            # Begun since the open ones were read.
            return
        try:
            folder = self._folder(organisation, record_id)
            for post in [post for (owner, _), post in self._posts.items() if owner == organisation]:
                if session is None or post.station_id == session.station_id:
                    await asyncio.to_thread(post.vision.filmer.let_go, record_id)
            if session is None:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            elif (filmed := await asyncio.to_thread(finish, folder)) is not None:
                await self._keep(session, filmed)
        except (OSError, BadKey) as error:
            # What is on disk stays; the next process tries again.
            log.error("the film of %s cannot be finished: %s", record_id, error)
        self._begun[organisation].discard(record_id)
        await self._make_room(organisation)

    async def _keep(self, session: Session, filmed: Filmed) -> None:
        film = Film(
            organisation=session.organisation,
            id=session.id,
            station_id=session.station_id,
            ended_at_ms=ended_at_ms(session),
            width=filmed.width,
            height=filmed.height,
            pictures=filmed.pictures,
            lasts_ms=filmed.lasts_ms,
            bytes=filmed.bytes,
            stretches=tuple(Stretch(at_ms=s.at_ms, started_at_ms=s.started_at_ms, lasts_ms=s.lasts_ms) for s in filmed.shots),
        )
        try:
            await self._store.films.add(film)
        except AlreadyExists:
            log.debug("the film of %s was kept before", session.id)
        log.info("film of %s: %.1f s, %.1f MB", session.id, film.lasts_ms / 1000, film.bytes / 10**6)

    async def _make_room(self, organisation: str) -> None:
        try:
            await self._remove_oldest(organisation)
        except OSError as error:
            log.error("the films of %s cannot be made fewer: %s", organisation, error)

    async def _remove_oldest(self, organisation: str) -> None:
        taken = await asyncio.to_thread(_bytes_in, self._store.files.path(films_folder(organisation)))
        while taken > self._most_bytes:
            oldest = await self._store.films.oldest(organisation, _REMOVED_AT_ONCE)
            if not oldest:
                return
            for film in oldest:
                if taken > self._most_bytes:
                    log.info("the film of %s makes room for newer ones", film.id)
                    await self._store.films.forget(film, self._store.files)
                    taken -= film.bytes

    def _folder(self, organisation: str, record_id: str) -> Path:
        return self._store.files.path(film_folder(organisation, record_id))


def _bytes_in(folder: Path) -> int:
    """What the films of a folder take, those that are being made too."""
    return sum(path.stat().st_size for path in folder.glob("*/*.webm"))
