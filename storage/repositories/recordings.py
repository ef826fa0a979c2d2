"""Recordings of labels."""

from storage.entities.recording import Recording
from storage.repositories.base import Repository
from storage.repositories.owned import Owned


class Recordings(Owned[Recording], Repository[Recording]):
    """Recordings, also listed by their assembly."""

    noun = "recording"
    model = Recording
    owner_field = "assembly_id"
