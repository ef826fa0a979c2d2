"""The words of /station/{station_id}/frames: frames up, credit down."""

from typing import Annotated, Any

from pydantic import Field, StrictBytes, StrictInt

from hub.protocol.parsing import OwnModel

JPEG_MAGIC = b"\xff\xd8"


class PushedFrameMessage(OwnModel):
    """One picture from a station's own camera. `frame_no` grows within a connection and across its reconnects."""

    frame_no: Annotated[StrictInt, Field(ge=0, lt=2**63)]
    captured_at_ns: Annotated[StrictInt, Field(gt=0, lt=2**63)]
    jpeg: Annotated[StrictBytes, Field(min_length=4)]


def credit(frames: int) -> dict[str, Any]:
    """Grants so many more frames."""
    return {"credit": frames}
