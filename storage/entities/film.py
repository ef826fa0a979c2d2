"""The film of an assembly record: a WebM in the file store, and when each stretch of it was taken."""

from pydantic import BaseModel, ConfigDict

from storage.entities.base import Entity


class Stretch(BaseModel):
    """What was filmed without a break: a pause, or a camera that was away, is not in the film."""

    model_config = ConfigDict(frozen=True)

    at_ms: int
    """Where it begins in the film."""
    started_at_ms: int
    """When that was, UTC."""
    lasts_ms: int


class Film(Entity):
    """One a record, kept once the unit has ended; `id` is the record's."""

    id: str
    station_id: str
    ended_at_ms: int
    """When its unit ended, UTC."""
    width: int
    height: int
    pictures: int
    lasts_ms: int
    bytes: int
    stretches: tuple[Stretch, ...]

    @property
    def folder(self) -> str:
        """Key of its folder in the file store."""
        return film_folder(self.organisation, self.id)

    @property
    def file(self) -> str:
        """Key of the WebM in it."""
        return f"{self.folder}/{FILM_FILE}"


FILM_FILE = "film.webm"


def films_folder(organisation: str) -> str:
    """Key of the folder with all films of an organisation."""
    return f"{organisation}/films"


def film_folder(organisation: str, record_id: str) -> str:
    """Key of the folder of one record's film."""
    return f"{films_folder(organisation)}/{record_id}"
