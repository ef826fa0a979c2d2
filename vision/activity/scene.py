"""What moves in a camera's picture."""

from dataclasses import dataclass

from vision.detectors.pictures import Picture


@dataclass(frozen=True)
class Glance:
    """One look at a scene."""

    captured_at_ns: int


class Scene:
    """Looks at one camera's pictures for all regions in them. Not for several threads at once."""

    def look(self, image: Picture, captured_at_ns: int) -> Glance | None:
        """What moves at that moment; None for a picture that tells nothing: older than the last one, or too small."""
        raise NotImplementedError
