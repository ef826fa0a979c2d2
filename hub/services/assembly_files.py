"""What there is of an assembly on the disk: the truth from the files, not from what was once written down."""

import asyncio
from collections.abc import Sequence

from hub.services.labels import all_labels, label_by_name
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.recording import RecordingState


class AssemblyFiles:
    """Looks at recordings, reference pictures and videos."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def has_dataset(self, assembly: Assembly) -> bool:
        """Whether anything is recorded that a training could use."""
        return await self._any_frames(assembly, [id_ for _, label in all_labels(assembly) for id_ in label.recordings])

    async def has_alignment(self, assembly: Assembly) -> bool:
        """Whether the active model has a reference picture of each of its steps, by which pictures are laid over each other."""
        model = (await self._store.model_versions.active_of(assembly.organisation, [assembly])).get(assembly.id)
        pictures = [f"{step.ir}/reference.png" for step in model.steps] if model else []
        return bool(pictures) and await asyncio.to_thread(lambda: all(self._store.files.exists(key) for key in pictures))

    async def has_video(self, assembly: Assembly) -> bool:
        """Whether its work-instruction video is there."""
        return await asyncio.to_thread(self._store.files.exists, assembly.video_file)

    async def has_label_video(self, assembly: Assembly, label_name: str) -> bool:
        """Whether the frames of a label (such as step-3_good) are there."""
        label = label_by_name(assembly, label_name)
        return label is not None and await self._any_frames(assembly, label.recordings)

    async def _any_frames(self, assembly: Assembly, recording_ids: Sequence[str]) -> bool:
        recordings = await self._store.recordings.find_many(assembly.organisation, recording_ids)
        finished = [recording for recording in recordings if recording.state is RecordingState.FINISHED and recording.frames > 0]
        return await asyncio.to_thread(lambda: any(self._store.files.exists(f"{recording.folder}/000000.jpg") for recording in finished))
