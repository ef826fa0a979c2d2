"""The fastest way to the sockets that this machine has and the settings allow."""

import structlog

from hub.live.outbox import Tier
from hub.live.transport import self_test
from hub.native.build import load
from hub.native.fan import CompiledFan, Fan, WriteFan
from hub.settings import Settings

log = structlog.get_logger(__name__)

_ALLOWED = {"auto": Tier.DESCRIPTOR, "descriptor": Tier.DESCRIPTOR, "transport": Tier.TRANSPORT, "send": Tier.SEND}


async def choose_tier(settings: Settings) -> Tier:
    """The tier that works here, at most the one that TAKT_FAN_OUT names."""
    allowed = _ALLOWED[settings.fan_out]
    return Tier.SEND if allowed is Tier.SEND else min(await self_test(), allowed)


def choose_fan(settings: Settings) -> Fan:
    """The compiled call where TAKT_FAN_OUT is auto and it can be had, else the loop over os.write. Blocks while it compiles."""
    library = load(settings.data_dir / "cache") if settings.fan_out == "auto" else None
    return WriteFan() if library is None else CompiledFan(library)
