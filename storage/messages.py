"""What is passed between processes and never stored: frozen values, packed with msgpack."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the vision process saw in one frame of a station (latest-only).

    `captured_at_ns` and `frame_no` were stamped at capture and never change. `label` is a label id of the step's model, or
    "previous", "wrong", "not_sure". `confidence` 0..1 is the calibrated probability of `label`; `novelty` 0..1 says how unlike anything
    taught the picture is. The `*_ms` are durations of the stages: captured → taken up, inference, publish.
    """

    station: str
    frame_no: int
    captured_at_ns: int
    assembly_id: str
    step_id: int
    model_version: int
    label: str
    confidence: float
    confidences: dict[str, float] = field(default_factory=dict)
    novelty: float = 0.0
    capture_ms: float = 0.0
    infer_ms: float = 0.0
    published_at_ns: int = 0
    camera_moved: bool = False
    roi: tuple[float, float, float, float] | None = None
    """x, y, w, h of the watched region in the picture, normalised 0..1."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG for screens (latest-only)."""

    station: str
    frame_no: int
    captured_at_ns: int
    width: int
    height: int
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class SourceState:
    """Whether a station's camera delivers: "connecting" | "live" | "lost" | "ended", since when, and why."""

    station: str
    state: str
    since_ms: int
    reason: str = ""
    frames_per_second: float = 0.0
    frame_age_ms: float | None = None
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class PushedFrame:
    """A frame that a station sends over its socket; acknowledged by its number once it is inferred."""

    station: str
    frame_no: int
    captured_at_ns: int
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Command:
    """A request to another process: entry of a command stream, taken by a consumer group, answered once, safe to repeat.

    `id` is chosen by the caller; a second delivery of the same id must have no second effect. `deadline_ms` is when
    the caller stops waiting: a consumer that finds it passed answers "late" without acting.
    """

    id: str
    organisation: str
    name: str
    body: dict[str, object]
    deadline_ms: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a command: `ok`, or an error code and a sentence."""

    command_id: str
    ok: bool
    body: dict[str, object] = field(default_factory=dict)
    code: str = ""
    message: str = ""
