"""Training runs and how far they are."""

from storage import keys
from storage.commit import Commit
from storage.consumers import now_ms
from storage.entities.model_version import Callback, TrainingRun, TrainingState
from storage.messages import Command
from storage.repositories.base import Repository
from storage.repositories.owned import Owned
from storage.streams import put_command

CALLBACKS, TRAINING_ENDED = "callbacks", "training_ended"
"""Consumer and name of the command that tells whoever asked that a training has ended."""
# A jobs process that is away for longer than a day tells nobody any more.
_CALL_BACK_WITHIN_MS = keys.COMMAND_DONE_TTL_S * 1000
_ENDED = (TrainingState.FINISHED, TrainingState.CANCELLED, TrainingState.FAILED)


class TrainingRuns(Owned[TrainingRun], Repository[TrainingRun]):
    """Training runs, also listed by their assembly."""

    noun = "training-run"
    model = TrainingRun
    owner_field = "assembly_id"

    async def progress(self, run: TrainingRun) -> TrainingRun:
        """Saves how far a run is and announces it (its JSON, on keys.training) in one step; where it ends and somebody wants to be called
        back, the command to do so is in the same step.

        Raises VersionConflict: somebody else (a cancel) saved it, read it again.
        """
        commit = Commit(self._db, run.organisation)
        if run.callback_url and run.callback is Callback.NONE and run.state in _ENDED:
            run = run.model_copy(update={"callback": Callback.DUE})
            body: dict[str, object] = {"training_run_id": run.id}
            deadline_ms = now_ms() + _CALL_BACK_WITHIN_MS
            put_command(commit, CALLBACKS, Command(f"callback-{run.id}", run.organisation, TRAINING_ENDED, body, deadline_ms))
        saved = self._put(commit, run, None)
        commit.publish(keys.training(run.organisation, run.assembly_id), saved.model_dump_json().encode())
        await self._run(commit, run)
        return saved
