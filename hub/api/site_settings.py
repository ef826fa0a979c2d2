"""Settings of the organisation: operations 8 to 10 of the Supercoach surface, and a read of ours."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator
from quart import Blueprint, Response

from hub.api.shapes import ObjectAnswer, Said, said, small, told
from hub.errors import Invalid
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from storage.entities.user import Role

blueprint = Blueprint("site_settings", __name__)
SUPERCOACH = Surface.SUPERCOACH


class ReleaseControl(BaseModel):
    """Whether only what is released is coached."""

    release_control_enabled: bool | None = None


class ReleaseControlShown(BaseModel):
    """Whether only what is released is coached."""

    release_control_enabled: bool


class ReleaseControlAnswer(BaseModel):
    """The envelope around it."""

    status: Literal["ok"] = "ok"
    msg: ReleaseControlShown


class TorqueSettings(BaseModel):
    """The source names no fields: any object of at most 16 KiB."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _is_small(cls, value: Any) -> Any:
        return small(value)


@blueprint.put("/setting/release-control")
@operation(
    "site_settings.set_release_control",
    role=Role.SUPERVISOR,
    limit=WRITES,
    surface=SUPERCOACH,
    number=8,
    body=ReleaseControl,
    answers={200: Said},
)
async def set_release_control(body: ReleaseControl) -> Response:
    """On: only a published assembly with an approver is coached, from the next start on (else 409); units that are being built go on."""
    if body.release_control_enabled is None:
        raise Invalid("release_control_enabled is needed.", field="release_control_enabled")
    await current_hub().site_settings.set_release_control(current_caller().organisation, body.release_control_enabled)
    return said(f"Release control is {'on' if body.release_control_enabled else 'off'}.")


@blueprint.get("/setting/release-control")
@operation("site_settings.release_control", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, answers={200: ReleaseControlAnswer})
async def get_release_control() -> Response:
    """Whether only what is released is coached; false before it was ever set. An operation of ours: the source only has the write."""
    return told({"release_control_enabled": await current_hub().site_settings.release_control(current_caller().organisation)})


@blueprint.put("/setting/torque")
@operation(
    "site_settings.set_torque", role=Role.SUPERVISOR, limit=WRITES, surface=SUPERCOACH, number=9, body=TorqueSettings, answers={200: Said}
)
async def set_torque(body: TorqueSettings) -> Response:
    """Replaces the torque settings, a free object of at most 16 KiB."""
    await current_hub().site_settings.set_torque(current_caller().organisation, dict(body.model_extra or {}))
    return said("The torque settings are saved.")


@blueprint.get("/setting/torque")
@operation("site_settings.torque", role=Role.VIEWER, limit=READS, surface=SUPERCOACH, number=10, answers={200: ObjectAnswer})
async def get_torque() -> Response:
    """The torque settings as they were set last; empty before that."""
    return told(await current_hub().site_settings.torque(current_caller().organisation))
