"""Training runs and how far they are."""

from storage import keys
from storage.commit import Commit
from storage.entities.model_version import TrainingRun
from storage.repositories.base import Repository
from storage.repositories.owned import Owned


class TrainingRuns(Owned[TrainingRun], Repository[TrainingRun]):
    """Training runs, also listed by their assembly."""

    noun = "training-run"
    model = TrainingRun
    owner_field = "assembly_id"

    async def progress(self, run: TrainingRun) -> TrainingRun:
        """Saves how far a run is and announces it (its JSON, on keys.training) in one step.

        Raises VersionConflict: somebody else (a cancel) saved it, read it again.
        """
        commit = Commit(self._db, run.organisation)
        saved = self._put(commit, run, None)
        commit.publish(keys.training(run.organisation, run.assembly_id), saved.model_dump_json().encode())
        await self._run(commit, run)
        return saved
