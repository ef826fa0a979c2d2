"""Which pictures somebody looks at: written by the hubs, read by vision, forgotten unless renewed."""

from collections.abc import Sequence

from storage import keys
from storage.database import Database


class PictureDemands:
    """Of each station and width the greatest rate that anybody asked for lately."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def demand(self, organisation: str, station: str, width: int, fps: float, ttl_ms: int) -> None:
        """Asks for pictures; a hub that asks for more than this one keeps its say until it stops renewing."""
        key = keys.picture_demand(organisation, station, width)
        found, left_ms = await self._db.redis.get(key), await self._db.redis.pttl(key)
        if found is None or float(found) <= fps or left_ms < ttl_ms // 2:
            await self._db.redis.set(key, repr(fps), px=ttl_ms)

    async def demanded(self, organisation: str, station: str, widths: Sequence[int]) -> dict[int, float]:
        """Frames/s of each width that is in demand."""
        found = await self._db.redis.mget([keys.picture_demand(organisation, station, width) for width in widths])
        return {width: float(fps) for width, fps in zip(widths, found, strict=True) if fps is not None}
