"""One picture on its way through the room."""

from dataclasses import dataclass

from vision.detectors.pictures import Picture as Image

__all__ = ["Frame", "Image", "Reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source gives: a picture, and for pushed frames the station's own stamps and the JPEG that it sent.

    `seen_at_ns` is the moment of capture on this machine's clock, as well as the source knows it.
    """

    image: Image
    frame_no: int | None = None
    captured_at_ns: int | None = None
    seen_at_ns: int | None = None
    jpeg: bytes | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture with the stamps that never change: `captured_at_ns` (UTC) by the clock of whoever captured it, `seen_at_ns` by ours."""

    frame_no: int
    captured_at_ns: int
    seen_at_ns: int
    image: Image
    jpeg: bytes | None = None
