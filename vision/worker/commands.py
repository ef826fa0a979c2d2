"""What others ask of vision: recordings, snapshots, and to look again at what is stored. Every command may come twice."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from storage.connection import Store
from storage.entities.recording import Recording, RecordingState
from storage.errors import NotStored
from storage.messages import Command
from storage.streams import CommandFailed, Handler
from vision.pictures import encode
from vision.recording import RecordingRefused, finish_folder
from vision.worker.post import Post

_SNAPSHOT_QUALITY = 90
# A picture that is older shows a bench that may have changed.
_SNAPSHOT_AGE_NS = 5_000_000_000

Posts = Mapping[tuple[str, str], Post]


class Desk:
    """Answers the commands to "vision"."""

    def __init__(
        self, store: Store, posts: Posts, look: Callable[[], Awaitable[None]], look_regions: Callable[[], Awaitable[None]]
    ) -> None:
        self._store = store
        self._posts = posts
        self._look = look
        """Reads the stations and opens their cameras."""
        self._look_regions = look_regions
        """Reads the regions and watches them."""

    def handlers(self) -> dict[str, Handler]:
        """Command → who answers it."""
        return {
            "record_start": self._record_start,
            "record_stop": self._record_stop,
            "record_revert": self._record_revert,
            "snapshot": self._snapshot,
            "stations_changed": self._changed,
            "rois_changed": self._rois_changed,
        }

    async def _record_start(self, command: Command) -> dict[str, object]:
        since_ns = time.time_ns()
        recording = await self._recording(command)
        post = await self._post(command.organisation, recording.station_id)
        try:
            await post.vision.recorder.start(recording.id, self._folder(recording), since_ns)
        except RecordingRefused as refused:
            raise CommandFailed(refused.code, refused.message) from refused
        return {}

    async def _record_stop(self, command: Command) -> dict[str, object]:
        recording = await self._recording(command)
        post = self._posts.get((command.organisation, recording.station_id))
        folder = self._folder(recording)
        try:
            # A station that is gone, or whose process died since, left its frames on disk.
            recorded = await (post.vision.recorder.end(recording.id, folder) if post else asyncio.to_thread(finish_folder, folder))
        except RecordingRefused as refused:
            raise CommandFailed(refused.code, refused.message) from refused
        return {"frames": recorded.frames, "width": recorded.width, "height": recorded.height, "refused": recorded.refused}

    async def _record_revert(self, command: Command) -> dict[str, object]:
        recording = await self._recording(command)
        post = self._posts.get((command.organisation, recording.station_id))
        if post is not None:
            await post.vision.recorder.drop(recording.id)
        await asyncio.to_thread(self._store.files.delete_folder, recording.folder)
        return {}

    async def _snapshot(self, command: Command) -> dict[str, object]:
        post = await self._post(command.organisation, str(command.body.get("station_id", "")))
        frame = post.vision.capture.newest
        if frame is None or time.time_ns() - frame.seen_at_ns > _SNAPSHOT_AGE_NS:
            raise CommandFailed("no_picture", "The camera of this station shows nothing now.")
        jpeg = frame.jpeg or await asyncio.to_thread(encode, frame.image, _SNAPSHOT_QUALITY)
        height, width = frame.image.shape[:2]
        return {"jpeg": jpeg, "width": width, "height": height, "captured_at_ns": frame.captured_at_ns}

    async def _changed(self, _: Command) -> dict[str, object]:
        await self._look()
        return {}

    async def _rois_changed(self, _: Command) -> dict[str, object]:
        # A region may be the first thing that is said of a station that was made a moment ago.
        await self._look()
        await self._look_regions()
        return {}

    async def resume(self, organisation: str) -> None:
        """Goes on with the recording that was open when the process died, and drops one that was reverted meanwhile."""
        context = await self._store.training_contexts.find(organisation)
        open_id = context.recording_id if context else None
        for post in [post for key, post in self._posts.items() if key[0] == organisation]:
            held = post.vision.recorder.recording_id
            if held and held != open_id:
                recording = await self._store.recordings.find(organisation, held)
                if recording is None or recording.state is not RecordingState.OPEN:
                    await post.vision.recorder.drop(held)
        recording = await self._store.recordings.find(organisation, open_id) if open_id else None
        going_on = self._posts.get((organisation, recording.station_id)) if recording else None
        if recording is None or going_on is None or recording.state is not RecordingState.OPEN:
            return
        try:
            await going_on.vision.recorder.go_on(recording.id, self._folder(recording))
        except RecordingRefused:
            # Finished on disk; the hub has not written it down yet.
            return

    async def _recording(self, command: Command) -> Recording:
        id_ = str(command.body.get("recording_id", ""))
        try:
            return await self._store.recordings.get(command.organisation, id_)
        except NotStored as error:
            raise CommandFailed("recording_unknown", "There is no such recording.") from error

    async def _post(self, organisation: str, station_id: str) -> Post:
        if (organisation, station_id) not in self._posts:
            # Added a moment ago, or this process has just begun.
            await self._look()
        try:
            return self._posts[organisation, station_id]
        except KeyError:
            raise CommandFailed("station_unknown", "This station has no camera that vision knows.") from None

    def _folder(self, recording: Recording) -> Path:
        return self._store.files.path(recording.folder)
