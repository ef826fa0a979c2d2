"""What every source of pictures promises, and how it fails."""

from typing import Protocol

from vision.frame import Reading


class SourceLost(Exception):
    """No picture comes; the message says why in words for a person. Opening again may help."""


class SourceEnded(Exception):
    """A source that plays once has played."""


class Source(Protocol):
    """Where pictures come from. Used by one thread; every call returns within the source's time-outs."""

    def open(self) -> None:
        """Connects. Raises SourceLost."""

    def read(self) -> Reading | None:
        """The next picture, or None when there is none yet. Raises SourceLost, SourceEnded."""

    def close(self) -> None:
        """Lets go of the camera; safe to call twice and before open."""
