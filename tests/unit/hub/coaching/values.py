"""Values that the tests of coaching share: an assembly, a session, frames."""

from hub.coaching.sighting import Sighting
from storage.entities.assembly import Assembly
from storage.entities.session import CoachingOptions, Session
from storage.entities.step import Label, LabelType, Step, StepAction

MS = 1_000_000
START_MS = 1_000_000


def an_assembly(steps: int = 3, action: StepAction = StepAction.ML) -> Assembly:
    """Steps 10, 20, 30…, each with its end position `m<id>`, a wrong part `w<id>`, and hands for all."""
    made = tuple(
        Step(
            id=10 * n,
            name=f"Fit part {n}",
            description="Marking towards the edge.",
            action=action,
            benchmark_s=20.0,
            labels=(Label(id=f"m{10 * n}", type=LabelType.MASTER), Label(id=f"w{10 * n}", type=LabelType.INCORRECT, index=1)),
        )
        for n in range(1, steps + 1)
    )
    return Assembly(
        organisation="acme",
        id="asm",
        revision_id="rev",
        name="Gearbox cover",
        steps=made,
        start_label=Label(id="start", type=LabelType.MASTER),
        occluded_label=Label(id="hands", type=LabelType.OCCLUDED),
        next_step_id=1000,
        active_model_version=1,
        created_at_ms=0,
        updated_at_ms=0,
    )


def a_session(**fields: object) -> Session:
    """A session that has just begun at step 10."""
    held: dict[str, object] = {
        "organisation": "acme",
        "id": "rec",
        "station_id": "st1",
        "machine": "M1",
        "assembly_id": "asm",
        "operator_id": "op",
        "step_id": 10,
        "step_started_at_ms": START_MS,
        "started_at_ms": START_MS,
        "last_activity_at_ms": START_MS,
        "options": CoachingOptions(),
    }
    return Session.model_validate(held | fields)


def a_frame(label: str, at_ms: float, step_id: int = 10, confidence: float = 0.95) -> Sighting:
    """A frame's verdict, captured `at_ms`."""
    return Sighting(step_id, label, confidence, frame_no=int(at_ms), captured_at_ns=round(at_ms * MS))
