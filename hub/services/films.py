"""Films of units: what is known of one, and its file. Vision makes them (vision/worker/films.py)."""

import asyncio
from pathlib import Path
from typing import Any

from hub.coaching.film_chapters import chapters
from hub.errors import NotFound
from hub.services.record_shapes import step_name
from storage.connection import Store
from storage.entities.session import Session


class FilmsService:
    """Reads films; whoever may read a record may watch its film."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def shown(self, session: Session) -> dict[str, Any] | None:
        """What is known of a record's film, and where each step begins in it; None where there is none (yet)."""
        film = await self._store.films.find(session.organisation, session.id)
        if film is None:
            return None
        return {
            "seconds": film.lasts_ms / 1000,
            "bytes": film.bytes,
            "width": film.width,
            "height": film.height,
            "pictures": film.pictures,
            "chapters": [
                {
                    "step_id": str(chapter.visit.step_id),
                    "number": chapter.visit.number,
                    "name": step_name(chapter.visit.name, chapter.visit.number),
                    "at_seconds": chapter.at_ms / 1000,
                }
                for chapter in chapters(session.results, film.stretches)
            ],
        }

    async def file(self, organisation: str, record_id: str) -> Path:
        """Where the film of a record lies. Raises NotFound, saying why there is none."""
        session = await self._store.sessions.find(organisation, record_id)
        if session is None:
            raise NotFound(f"There is no assembly record {record_id[:64]}.")
        film = await self._store.films.find(organisation, record_id)
        path = None if film is None else self._store.files.path(film.file)
        if path is not None and await asyncio.to_thread(path.is_file):
            return path
        if not session.has_ended:
            raise NotFound("This unit is still being built: what is filmed of it can be watched when it has ended.", code="still_built")
        raise NotFound("This unit was not filmed, or its film is not kept any more.", code="not_filmed")
