"""The making of work-instruction videos, by the id of their assembly."""

from storage.commit import Commit, Refused
from storage.entities.work_instruction import WorkInstruction
from storage.errors import VersionConflict
from storage.messages import Command
from storage.repositories.base import Entities
from storage.streams import put_command


class WorkInstructions(Entities[WorkInstruction]):
    """How far each is. They go with their assembly (storage/repositories/assembly_removal.py), as its videos do."""

    noun = "work-instruction"
    model = WorkInstruction
    owner_field = "id"

    async def ask(self, wanted: WorkInstruction, *, is_first: bool, consumer: str, command: Command) -> None:
        """Stores the wish, the assembly's first or over the version that was read, and sends the command that fulfils it, in one step:
        none is ever queued that nobody was told of.

        Raises VersionConflict when somebody else asked since.
        """
        commit = Commit(self._db, wanted.organisation)
        if is_first:
            self._put_new(commit, wanted)
        else:
            self._put(commit, wanted, wanted)
        put_command(commit, consumer, command)
        try:
            await commit.run()
        except Refused as refused:
            raise VersionConflict(f"the video of {wanted.id} was asked for since") from refused
