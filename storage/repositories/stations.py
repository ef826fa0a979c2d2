"""Stations."""

from storage.entities.station import Station
from storage.repositories.base import Repository


class Stations(Repository[Station]):
    """Stations of one organisation, `id` is the name that messages use."""

    noun = "station"
    model = Station
