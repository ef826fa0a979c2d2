"""The making of work-instruction videos, by the id of their assembly."""

from storage.entities.work_instruction import WorkInstruction
from storage.repositories.base import Entities


class WorkInstructions(Entities[WorkInstruction]):
    """How far each is. They go with their assembly (storage/repositories/assembly_removal.py), as its videos do."""

    noun = "work-instruction"
    model = WorkInstruction
    owner_field = "id"
