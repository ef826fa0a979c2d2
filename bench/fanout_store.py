"""What the fan-out bench needs in the store: an organisation for each hub, so that each hears only its own messages."""

from hub.services.auth import AuthService
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.station import Station
from storage.entities.step import Label, LabelType, Step
from storage.entities.user import Role
from storage.messages import Prediction

STATION, ASSEMBLY = "station-1", "assembly-1"
TIERS = ("auto", "descriptor", "transport", "send")


async def furnish(store: Store) -> dict[str, str]:
    """An organisation for each tier, so that each hub hears only its own messages; their tokens."""
    auth = AuthService(store)
    tokens = {}
    try:
        for tier in TIERS:
            await store.organisations.add(tier)
            await store.stations.add(
                Station(
                    organisation=tier, id=STATION, name=STATION, camera="push", machine_identifier=STATION, created_at_ms=1, updated_at_ms=1
                )
            )
            await store.assemblies.add(assembly().model_copy(update={"organisation": tier}))
            tokens[tier] = await auth.issue_token(tier, Role.VIEWER)
    finally:
        auth.close()
    return tokens


def assembly() -> Assembly:
    """One step with two labels."""
    labels = (Label(id="l0000001", type=LabelType.MASTER), Label(id="l0000002", type=LabelType.INCORRECT, index=1))
    return Assembly(
        organisation=TIERS[0],
        id=ASSEMBLY,
        revision_id=ASSEMBLY,
        name="bench",
        steps=(Step(id=1, labels=labels),),
        created_at_ms=1,
        updated_at_ms=1,
    )


SEEN = Prediction(
    station=STATION,
    frame_no=1,
    captured_at_ns=0,
    assembly_id=ASSEMBLY,
    step_id=1,
    model_version=3,
    label="l0000001",
    confidence=0.9731,
    confidences={"l0000001": 0.9731, "l0000002": 0.0269},
    novelty=0.12,
    capture_ms=1.2,
    infer_ms=4.5,
)
"""Some 300 bytes as JSON."""
