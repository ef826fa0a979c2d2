"""The making of an assembly's work-instruction video: how far it is."""

from enum import StrEnum

from storage.entities.base import Entity


class VideoState(StrEnum):
    """How far the making is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class WorkInstruction(Entity):
    """One an assembly, made anew whenever it is asked for; `id` is the assembly's, whose `video_file` names the video."""

    id: str
    request_id: str
    """Id of the command that makes it; of an earlier one nothing more is heeded."""
    state: VideoState = VideoState.QUEUED
    percent: int = 0
    """0..100; at 100 the video is being put in its place, and nobody cancels any more."""
    error: str = ""
    """A sentence, when it failed."""
    created_at_ms: int
    """When it was asked for."""
    noted_at_ms: int
    """When the process that makes it last said that it does."""
